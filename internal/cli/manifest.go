package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// readManifest lists the parts of an append-only file in the order in which they are
// loaded: the base, then what was appended. Parts that history left are no more part
// of it.
func readManifest(path string) (parts []string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words)%2 != 0 {
			return nil, fmt.Errorf("%s: line %d: not a list of names and values", path, n+1)
		}
		fields := map[string]string{}
		for i := 0; i < len(words); i += 2 {
			fields[words[i]] = words[i+1]
		}
		name := fields["file"]
		if name == "" || strings.ContainsAny(name, "/\\") {
			return nil, fmt.Errorf("%s: line %d: names no file of its directory", path, n+1)
		}
		if fields["type"] != "h" {
			parts = append(parts, filepath.Join(filepath.Dir(path), name))
		}
	}
	return parts, nil
}
