package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// fetchSuite unpacks Debian's source package of Redis into the user's cache and
// returns where it is.
func fetchSuite(ctx context.Context) (string, error) {
	source := harness.Source{Package: "redis", Dir: "redis", Archive: "redis_7.*.orig.tar.gz", Root: "redis-7.*"}
	return source.Fetch(ctx)
}

// linkTools puts the installed programs where the suite looks for them.
func linkTools(suite string) error {
	for _, tool := range []string{"redis-server", "redis-cli", "redis-benchmark", "redis-check-aof", "redis-check-rdb"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			return fmt.Errorf("%s is not installed: apt-get install redis-server redis-tools", tool)
		}
		link := filepath.Join(suite, "src", tool)
		if _, err := os.Lstat(link); err == nil {
			continue
		}
		if err := os.Symlink(path, link); err != nil {
			return err
		}
	}
	return nil
}
