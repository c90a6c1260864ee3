package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sources is an apt source list for source packages; the machine's own may have
// none.
const sources = `Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

// fetchSuite unpacks Debian's source package of Redis into the user's cache and
// returns where it is. It is fetched once.
func fetchSuite(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "orbit-conformance", "redis")
	if found, err := filepath.Glob(filepath.Join(dir, "redis-7.*", "runtest")); err == nil && len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	list := filepath.Join(dir, "deb-src.sources")
	if err := os.WriteFile(list, []byte(sources), 0o644); err != nil {
		return "", err
	}
	// An apt state of its own: the machine's lists stay as they are.
	state := filepath.Join(dir, "apt")
	if err := os.MkdirAll(filepath.Join(state, "lists", "partial"), 0o755); err != nil {
		return "", err
	}
	apt := []string{
		"-o", "Dir::Etc::sourcelist=/dev/null", "-o", "Dir::Etc::sourceparts=" + dir, "-o", "Dir::State::lists=" + filepath.Join(state, "lists"),
		"-o", "APT::Sandbox::User=root",
	}
	for _, args := range [][]string{append([]string{"apt-get", "update", "-qq"}, apt...), append([]string{"apt-get", "source", "-qq", "--download-only", "redis"}, apt...)} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("fetch Redis's source: %w", err)
		}
	}
	archives, err := filepath.Glob(filepath.Join(dir, "redis_7.*.orig.tar.gz"))
	if err != nil || len(archives) == 0 {
		return "", errors.New("fetch Redis's source: no archive came")
	}
	if out, err := exec.CommandContext(ctx, "tar", "-xzf", archives[0], "-C", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack Redis's source: %w: %s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "redis-7.*", "runtest"))
	if err != nil || len(found) == 0 {
		return "", errors.New("Redis's source has no runtest")
	}
	return filepath.Dir(found[0]), nil
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
