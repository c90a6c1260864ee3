package keymap

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// File is where a user's own keys are: tui.toml in orbit's directory of the user's
// configuration; "" if there is no such directory.
func File() string {
	base, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "orbit", "tui.toml")
}

// Load is the table with the keys of a file; as it comes if there is no such file.
//
//	[keys]
//	"app.quit" = ["q", "ctrl+q"]
func Load(path string) (*Map, error) {
	m := New()
	if path == "" {
		return m, nil
	}
	// No name has a slash, so that the names' points divide nothing.
	k := koanf.New("/")
	err := k.Load(file.Provider(path), toml.Parser())
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, name := range k.MapKeys("keys") {
		keys := k.Strings("keys/" + name)
		if one := k.String("keys/" + name); len(keys) == 0 && one != "" {
			keys = []string{one}
		}
		if err := m.Rebind(ID(name), keys); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if c := m.Conflicts(); len(c) > 0 {
		return nil, fmt.Errorf("%s: %s", path, c[0])
	}
	return m, nil
}
