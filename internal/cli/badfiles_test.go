package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerbsRefuseWhatIsNoDirectory gives each verb what is no data directory.
func TestVerbsRefuseWhatIsNoDirectory(t *testing.T) {
	base := t.TempDir()
	for name, content := range map[string]string{"file": "data", "foreign/x": "hello"} {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(base, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]struct {
		code int
		says string
	}{
		"file":    {ExitDirectory, "it is no directory"},
		"foreign": {ExitDirectory, "it holds x and no file FORMAT"},
		"empty":   {ExitDirectory, "not an orbit data directory: it is empty"},
		"nothing": {ExitFailure, "there is no data directory at "},
	} {
		path := filepath.Join(base, dir)
		out := filepath.Join(base, "out.tar")
		for _, args := range [][]string{
			{"inspect", path},
			{"inspect", "keys", path},
			{"inspect", "lsm", path},
			{"check", path},
			{"check", path, "--repair", "--yes"},
			{"compact", path},
			{"export", path, "-o", filepath.Join(base, "out.rdb")},
			{"backup", path, "-o", out},
		} {
			code, stdout, stderr := call(args...)
			if code != want.code || !strings.Contains(stderr, want.says) || stdout != "" {
				t.Errorf("%v: %d, %s%s", args, code, stdout, stderr)
			}
		}
	}
	left, err := os.ReadDir(base)
	if err != nil || len(left) != 3 {
		t.Error(left, err)
	}
	// An empty directory may become one.
	if code, _, stderr := callWith("SET a 1\n", "import", filepath.Join(base, "empty"), "-", "--format", "resp"); code != ExitOK {
		t.Error(stderr)
	}
	// Of a file that is not there nothing is made.
	fresh := filepath.Join(base, "fresh")
	if code, _, stderr := call("import", fresh, filepath.Join(base, "none.rdb")); code != ExitFailure || !strings.Contains(stderr, "no such file") {
		t.Errorf("%d, %s", code, stderr)
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a directory was made for a file that is not there")
	}
}

// TestDamagedFilesAreRefused imports and restores files that are cut short, changed or
// empty: nothing of them stays.
func TestDamagedFilesAreRefused(t *testing.T) {
	dir := seeded(t)
	if code, _, stderr := call("sql", "--data-dir", dir, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x' || i, 9) FROM generate_series(1, 500) i"); code != ExitOK {
		t.Fatal(stderr)
	}
	files := t.TempDir()
	at := func(name string) string { return filepath.Join(files, name) }
	for _, args := range [][]string{
		{"export", dir, "-o", at("keys.rdb")},
		{"export", dir, "-o", at("keys.rdb.gz")},
		{"export", dir, "-o", at("keys.jsonl.zst")},
		{"export", dir, "--format", "sql", "-o", at("tables.sql")},
		{"export", dir, "--table", "t", "-o", at("t.csv")},
		{"backup", dir, "-o", at("saved.tar.zst")},
	} {
		if code, _, stderr := call(args...); code != ExitOK {
			t.Fatal(args, stderr)
		}
	}
	change := map[string]func(b []byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)/2] },
		"flipped": func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b },
		"emptied": func([]byte) []byte { return nil },
	}
	for name, does := range change {
		for _, file := range []string{"keys.rdb", "keys.rdb.gz", "keys.jsonl.zst", "tables.sql", "t.csv", "saved.tar.zst"} {
			if name == "flipped" && file == "tables.sql" || name != "emptied" && file == "t.csv" {
				continue // text has no checksum, and CSV no end
			}
			t.Run(name+"/"+file, func(t *testing.T) {
				b, err := os.ReadFile(at(file))
				if err != nil {
					t.Fatal(err)
				}
				bad := filepath.Join(t.TempDir(), file)
				if err := os.WriteFile(bad, does(b), 0o600); err != nil {
					t.Fatal(err)
				}
				target := filepath.Join(t.TempDir(), "target")
				if file == "saved.tar.zst" {
					code, _, stderr := call("restore", bad, target)
					if code != ExitDirectory || !strings.HasPrefix(stderr, "orbit: restore "+bad+": ") {
						t.Errorf("%d, %s", code, stderr)
					}
					if left, _ := os.ReadDir(filepath.Dir(target)); len(left) > 0 {
						t.Error(left)
					}
					return
				}
				args := []string{"import", target, bad}
				if file == "t.csv" {
					if code, _, stderr := call("import", target, at("tables.sql")); code != ExitOK {
						t.Fatal(stderr)
					}
					if code, _, stderr := call("sql", "--data-dir", target, "TRUNCATE t"); code != ExitOK {
						t.Fatal(stderr)
					}
					args = append(args, "--table", "t")
				}
				code, _, stderr := call(args...)
				if code != ExitFailure || !strings.HasPrefix(stderr, "orbit: "+bad+": ") || strings.Contains(stderr, "Post \"") {
					t.Errorf("%d, %s", code, stderr)
				}
				code, out, stderr := call("check", target)
				if code != ExitOK || strings.Count(out, "all well") != 2 {
					t.Errorf("%d, %s%s", code, out, stderr)
				}
				if _, out, _ := call("redis", "--data-dir", target, "DBSIZE"); strings.TrimSpace(out) != "0" && !strings.Contains(out, "0") {
					t.Error(out)
				}
				rows := "SELECT count(*) FROM pg_class WHERE relname = 't'"
				if file == "t.csv" {
					rows = "SELECT count(*) FROM t"
				}
				if _, out, stderr := call("sql", "--data-dir", target, "--format", "csv", rows); out != "count\n0\n" {
					t.Error(out, stderr)
				}
			})
		}
	}
}

// TestDamagedDirectories cuts, empties and removes files of a data directory: each verb
// ends with a message, and none with success where data is lost.
func TestDamagedDirectories(t *testing.T) {
	source := seeded(t)
	if code, _, stderr := call("compact", source); code != ExitOK {
		t.Fatal(stderr)
	}
	for name, does := range map[string]func(t *testing.T, dir string){
		"no format": func(t *testing.T, dir string) { remove(t, dir, "FORMAT") },
		"format of another": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte("999\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"no manifest":    func(t *testing.T, dir string) { remove(t, dir, "redis/MANIFEST-*") },
		"a table is cut": func(t *testing.T, dir string) { truncate(t, dir, "redis/*.sst") },
		"no table":       func(t *testing.T, dir string) { remove(t, dir, "postgresql/*.sst") },
	} {
		t.Run(name, func(t *testing.T) {
			saved, dir := filepath.Join(t.TempDir(), "saved"), filepath.Join(t.TempDir(), "dir")
			if code, _, stderr := call("backup", source, "-o", saved); code != ExitOK {
				t.Fatal(stderr)
			}
			if code, _, stderr := call("restore", saved, dir); code != ExitOK {
				t.Fatal(stderr)
			}
			does(t, dir)
			for _, args := range [][]string{
				{"check", dir},
				{"check", dir, "--repair", "--yes"},
				{"inspect", "--exact", dir},
				{"export", dir, "-o", filepath.Join(t.TempDir(), "out.rdb")},
				{"export", dir, "--format", "sql", "-o", filepath.Join(t.TempDir(), "out.sql")},
			} {
				code, _, stderr := call(args...)
				if code != ExitDirectory || !strings.HasPrefix(stderr, "orbit: ") {
					t.Errorf("%v: %d, %s", args, code, stderr)
				}
			}
		})
	}
}

func remove(t *testing.T, dir, pattern string) {
	t.Helper()
	each(t, dir, pattern, os.Remove)
}

func truncate(t *testing.T, dir, pattern string) {
	t.Helper()
	each(t, dir, pattern, func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	})
}

func each(t *testing.T, dir, pattern string, do func(path string) error) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatal(pattern, paths, err)
	}
	for _, path := range paths {
		if err := do(path); err != nil {
			t.Fatal(err)
		}
	}
}
