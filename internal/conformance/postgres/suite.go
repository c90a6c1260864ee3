package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// suite is where the two suites lie.
type suite struct {
	regress   string
	isolation string
}

// fetchSuite unpacks the tests of Debian's source package of PostgreSQL into the
// user's cache.
func fetchSuite(ctx context.Context) (*suite, error) {
	source := harness.Source{
		Package: "postgresql-15", Dir: "postgresql-15", Archive: "postgresql-15_15.*.orig.tar.bz2", Root: "postgresql-15.*[0-9]",
		Parts: []string{"src/test/regress", "src/test/isolation"},
	}
	root, err := source.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	return &suite{regress: filepath.Join(root, "src/test/regress"), isolation: filepath.Join(root, "src/test/isolation")}, nil
}

// schedule lists the tests of a schedule in their order.
func schedule(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var tests []string
	for line := range strings.Lines(string(b)) {
		if names, ok := strings.CutPrefix(line, "test:"); ok {
			tests = append(tests, strings.Fields(names)...)
		}
	}
	return tests, nil
}

// expectedOutputs reads the outputs that a test may have: NAME.out and its variants.
func expectedOutputs(dir, name string) ([]string, error) {
	files := []string{filepath.Join(dir, "expected", name+".out")}
	variants, err := filepath.Glob(filepath.Join(dir, "expected", name+"_[0-9].out"))
	if err != nil {
		return nil, err
	}
	slices.Sort(variants)
	var outputs []string
	for _, f := range append(files, variants...) {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, string(b))
	}
	return outputs, nil
}

// buildLibrary compiles the C functions that some regression tests call, for
// PostgreSQL itself, with the headers of Debian's package.
func buildLibrary(ctx context.Context, s *suite, dir string) error {
	headers, err := harness.FetchPackage(ctx, "postgresql-server-dev-15")
	if err != nil {
		return err
	}
	cc := exec.CommandContext(ctx, "cc", "-O1", "-shared", "-fPIC", "-w", "-I", filepath.Join(headers, "usr/include/postgresql/15/server"),
		"-o", filepath.Join(dir, "regress.so"), filepath.Join(s.regress, "regress.c"))
	cc.Stderr = os.Stderr
	if err := cc.Run(); err != nil {
		return err
	}
	for _, name := range []string{"refint.so", "autoinc.so"} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(postgresBin), "lib", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o755); err != nil {
			return err
		}
	}
	return nil
}
