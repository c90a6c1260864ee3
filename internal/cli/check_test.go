package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckFindsAFlippedByte damages the first block of a table of the storage tree.
func TestCheckFindsAFlippedByte(t *testing.T) {
	dir := seeded(t)
	if code, out, stderr := call("check", dir); code != ExitOK || strings.Count(out, "all well") != 2 {
		t.Fatalf("%d, %s%s", code, out, stderr)
	}
	if code, _, stderr := call("compact", dir); code != ExitOK {
		t.Fatal(stderr)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "redis", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, path := range tables {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[10] ^= 0xff
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// What is read to open the directory may meet it first.
	if code, out, stderr := call("check", dir); code != ExitDirectory || !strings.Contains(stderr, "damaged") {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
}
