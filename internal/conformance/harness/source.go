package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sources is an apt source list for source packages; the machine's own may have
// none.
const sources = `Types: deb deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

// Source is a Debian source package and what of it is needed.
type Source struct {
	Package string   // its name, such as redis
	Dir     string   // directory in the cache
	Archive string   // pattern of the upstream archive's name
	Root    string   // pattern of the directory in the archive
	Parts   []string // paths to unpack, below the root; everything if none
}

// Fetch unpacks the source into the user's cache and returns its root. It is
// fetched once.
func (s *Source) Fetch(ctx context.Context) (string, error) {
	dir, err := cacheDir(s.Dir)
	if err != nil {
		return "", err
	}
	if root := s.unpacked(dir); root != "" {
		return root, nil
	}
	if err := apt(ctx, dir, "source", "-qq", "--download-only", s.Package); err != nil {
		return "", fmt.Errorf("fetch the source of %s: %w", s.Package, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, s.Archive))
	if err != nil || len(archives) == 0 {
		return "", fmt.Errorf("fetch the source of %s: no archive came", s.Package)
	}
	// Unpacked beside its place and moved there: an interrupted run leaves no half.
	half, err := os.MkdirTemp(dir, "unpack")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(half) }()
	args := []string{"-xf", archives[0], "-C", half}
	if len(s.Parts) > 0 {
		args = append(args, "--wildcards")
		for _, p := range s.Parts {
			args = append(args, "*/"+p+"/*")
		}
	}
	if out, err := exec.CommandContext(ctx, "tar", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack the source of %s: %w: %s", s.Package, err, out)
	}
	roots, err := filepath.Glob(filepath.Join(half, s.Root))
	if err != nil || len(roots) == 0 {
		return "", fmt.Errorf("the source of %s has no %s", s.Package, s.Root)
	}
	root := filepath.Join(dir, filepath.Base(roots[0]))
	return root, os.Rename(roots[0], root)
}

func (s *Source) unpacked(dir string) string {
	found, err := filepath.Glob(filepath.Join(dir, s.Root))
	if err != nil {
		return ""
	}
	for _, f := range found {
		if info, err := os.Stat(f); err == nil && info.IsDir() {
			return f
		}
	}
	return ""
}

// FetchPackage unpacks a binary package, without installing it, into a directory of
// the cache, and returns where.
func FetchPackage(ctx context.Context, name string) (string, error) {
	dir, err := cacheDir(name)
	if err != nil {
		return "", err
	}
	root := filepath.Join(dir, "root")
	if _, err := os.Stat(root); err == nil {
		return root, nil
	}
	if err := apt(ctx, dir, "download", "-qq", name); err != nil {
		return "", fmt.Errorf("fetch %s: %w", name, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, name+"_*.deb"))
	if err != nil || len(archives) == 0 {
		return "", fmt.Errorf("fetch %s: no package came", name)
	}
	if out, err := exec.CommandContext(ctx, "dpkg", "-x", archives[0], root).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack %s: %w: %s", name, err, out)
	}
	return root, nil
}

func cacheDir(name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "orbit-conformance", name)
	return dir, os.MkdirAll(dir, 0o755)
}

// apt runs apt-get in dir with a state of its own: the machine's lists stay as
// they are.
func apt(ctx context.Context, dir string, args ...string) error {
	if err := os.WriteFile(filepath.Join(dir, "deb-src.sources"), []byte(sources), 0o644); err != nil {
		return err
	}
	lists := filepath.Join(dir, "apt", "lists")
	if err := os.MkdirAll(filepath.Join(lists, "partial"), 0o755); err != nil {
		return err
	}
	options := []string{
		"-o", "Dir::Etc::sourcelist=/dev/null", "-o", "Dir::Etc::sourceparts=" + dir,
		"-o", "Dir::State::lists=" + lists, "-o", "APT::Sandbox::User=root",
	}
	for _, a := range [][]string{{"update", "-qq"}, args} {
		cmd := exec.CommandContext(ctx, "apt-get", append(a, options...)...)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	return nil
}
