package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tablesDigest is a digest of what makeTables made.
func tablesDigest(t *testing.T, dir string) string {
	t.Helper()
	code, out, stderr := call("sql", "--data-dir", dir, "--json", "SELECT count(*), sum(id), md5(string_agg(name, ',' ORDER BY id)) FROM t; SELECT id FROM t WHERE name = 'n77'")
	if code != ExitOK {
		t.Fatal(stderr)
	}
	return out
}

func makeTables(t *testing.T, dir string) {
	t.Helper()
	code, _, stderr := call("sql", "--data-dir", dir,
		"CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE, n int); CREATE INDEX t_n ON t (n); INSERT INTO t SELECT i, 'n' || i, i % 7 FROM generate_series(1, 500) i")
	if code != ExitOK {
		t.Fatal(stderr)
	}
}

func TestBackupAndRestore(t *testing.T) {
	dir := seeded(t)
	makeTables(t, dir)
	keys, rows := digest(t, dir), tablesDigest(t, dir)
	for _, name := range []string{"copy", "copy.tar", "copy.tar.gz", "copy.tar.zst"} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			file, next := filepath.Join(home, name), filepath.Join(home, "next")
			code, out, stderr := call("backup", dir, "-o", file, "--json")
			if code != ExitOK {
				t.Fatal(stderr)
			}
			var result backupResult
			if err := json.Unmarshal([]byte(out), &result); err != nil || result.Files < 4 || result.Bytes == 0 || result.Ended.Before(result.Began) {
				t.Errorf("%v: %s", err, out)
			}
			if code, _, stderr := call("restore", "--verify-only", file); code != ExitOK || !strings.Contains(stderr, "as they were written") {
				t.Errorf("%d, %s", code, stderr)
			}
			if err := os.Mkdir(next, 0o700); err != nil { // an empty one will do
				t.Fatal(err)
			}
			if code, _, stderr := call("restore", file, next); code != ExitOK {
				t.Fatal(stderr)
			}
			if got := digest(t, next); got != keys {
				t.Errorf("keys: got  %s\nwant %s", got, keys)
			}
			if got := tablesDigest(t, next); got != rows {
				t.Errorf("rows: got  %s\nwant %s", got, rows)
			}
			if code, _, stderr := call("restore", file, next); code != ExitFailure || !strings.Contains(stderr, "is not empty") {
				t.Errorf("over another directory: %d, %s", code, stderr)
			}
			if names := list(t, home); names != name+" next" {
				t.Errorf("left: %s", names)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".checkpoint-*")); err != nil || len(left) > 0 {
		t.Errorf("left in the data directory: %v, %v", left, err)
	}
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestBackupThroughStreams(t *testing.T) {
	dir := seeded(t)
	want := digest(t, dir)
	code, archive, stderr := call("backup", dir, "-o", "-")
	if code != ExitOK {
		t.Fatal(stderr)
	}
	next := filepath.Join(t.TempDir(), "next")
	if code, _, stderr := callWith(archive, "restore", "-", next); code != ExitOK {
		t.Fatal(stderr)
	}
	if got := digest(t, next); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestDamagedBackups has each byte that is flipped, and each end that is missing, found.
func TestDamagedBackups(t *testing.T) {
	dir := seeded(t)
	home := t.TempDir()
	file, tree := filepath.Join(home, "copy.tar"), filepath.Join(home, "copy")
	for _, out := range []string{file, tree} {
		if code, _, stderr := call("backup", dir, "-o", out); code != ExitOK {
			t.Fatal(stderr)
		}
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(what string, archive []byte) {
		t.Helper()
		next := filepath.Join(home, "next")
		code, _, stderr := callWith(string(archive), "restore", "-", next)
		if code != ExitDirectory {
			t.Errorf("%s: exit code %d, %s", what, code, stderr)
		}
		if names := list(t, home); names != "copy copy.tar" {
			t.Fatalf("%s: left %s", what, names)
		}
	}
	inFile := bytes.Index(whole, []byte("orbit data directory"))
	flipped := bytes.Clone(whole)
	flipped[inFile] ^= 1
	refuses("a flipped bit", flipped)
	refuses("half an archive", whole[:len(whole)/2])
	refuses("without manifest", whole[:bytes.Index(whole, []byte("BACKUP.json"))])
	refuses("something else", []byte("hello"))
	refuses("nothing", nil)

	if err := os.WriteFile(filepath.Join(tree, "redis", "more"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call("restore", "--verify-only", tree); code != ExitDirectory || !strings.Contains(stderr, "redis/more is not in the manifest") {
		t.Errorf("a file too many: %d, %s", code, stderr)
	}
	if err := os.Remove(filepath.Join(tree, "redis", "more")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(tree, "FORMAT"), 3); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call("restore", "--verify-only", tree); code != ExitDirectory || !strings.Contains(stderr, "FORMAT has 3 bytes instead of ") {
		t.Errorf("a file cut short: %d, %s", code, stderr)
	}
	if code, _, stderr := call("restore", dir, filepath.Join(home, "next")); code != ExitDirectory || !strings.Contains(stderr, "it has no BACKUP.json") {
		t.Errorf("no backup: %d, %s", code, stderr)
	}
}

func TestBackupRefuses(t *testing.T) {
	dir := seeded(t)
	for args, want := range map[string]string{
		"backup " + dir:                  "where to?",
		"backup " + dir + " -o " + dir:   dir + " exists",
		"backup " + dir + " -o - --json": "both want standard output",
		"restore x":                      "where to?",
		"restore --verify-only x y":      "writes nothing",
		"compact --part x " + dir:        `bad --part "x"`,
	} {
		if code, _, stderr := call(strings.Fields(args)...); code != ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d, %s", args, code, stderr)
		}
	}
}

// TestBackupOfActors is about data in memory: what outlives the process is in it, and
// of the rest it is said.
func TestBackupOfActors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	actors := func(persistence string, args ...string) []string {
		return append(args, "--redis-mode", "actor", "--postgres-mode", "actor", "--actor-persistence", persistence)
	}
	if code, _, stderr := callWith("SET k v\n", actors("snapshot", "import", dir, "-", "--format", "resp")...); code != ExitOK {
		t.Fatal(stderr)
	}
	file, next := filepath.Join(t.TempDir(), "a.tar"), filepath.Join(t.TempDir(), "next")
	if code, _, stderr := call(actors("snapshot", "backup", dir, "-o", file)...); code != ExitOK || strings.Contains(stderr, "note:") {
		t.Fatal(stderr)
	}
	if code, _, stderr := call("restore", file, next); code != ExitOK {
		t.Fatal(stderr)
	}
	if code, out, stderr := call(append(actors("snapshot", "redis", "--data-dir", next), "GET", "k")...); code != ExitOK || !strings.Contains(out, "v") {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
	code, _, stderr := call(actors("none", "backup", dir, "-o", file+".tar")...)
	if code != ExitOK || !strings.Contains(stderr, "note: the Redis keys are in memory only") {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestCompact(t *testing.T) {
	dir := seeded(t)
	code, out, stderr := call("compact", dir, "--json")
	if code != ExitOK || !strings.Contains(out, `"part": "postgres"`) || !strings.Contains(out, `"bytes_after"`) {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
	code, out, _ = call("compact", dir, "--part", "redis")
	if code != ExitOK || !strings.Contains(out, "redis") || strings.Contains(out, "postgres") {
		t.Errorf("%d, %s", code, out)
	}
}
