package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledVerbs kills verbs at random moments of their work: the data is what it was,
// or what the verb makes of it, nothing half is there under a name that was asked for,
// and the same verb works when it is run again.
func TestKilledVerbs(t *testing.T) {
	rounds := (crashRounds(t) + 2) / 3 // of each of eight verbs
	dir := filepath.Join(t.TempDir(), "data")
	fill(t, dir, 3000, 3000)
	files := t.TempDir()
	name := func(of string) string { return filepath.Join(files, of) }
	const whole = "3000 keys, 3000,4498500"
	mustVerb(t, "backup", dir, "-o", name("whole.tar"))
	mustVerb(t, "export", dir, "-o", name("whole.rdb"))
	mustVerb(t, "export", dir, "-t", "filled", "-o", name("whole.csv"))
	into := name("into")
	for _, tt := range []struct {
		name string
		args []string
		made string // the file or directory that is whole or not there
	}{
		{"export of keys", []string{"export", dir, "-o", name("keys.rdb")}, name("keys.rdb")},
		{"export of rows", []string{"export", dir, "-t", "filled", "-o", name("rows.parquet")}, name("rows.parquet")},
		{"backup", []string{"backup", dir, "-o", name("copy.tar")}, name("copy.tar")},
		{"backup as a directory", []string{"backup", dir, "-o", name("copy")}, name("copy")},
		{"restore", []string{"restore", name("whole.tar"), name("restored")}, name("restored")},
		{"compact", []string{"compact", dir}, ""},
		{"import of keys", []string{"import", into, name("whole.rdb"), "--on-conflict", "replace"}, ""},
		{"import of rows", []string{"import", into, name("whole.csv"), "--table", "filled", "--on-conflict", "replace"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			restart := func() {
				for _, path := range []string{tt.made, into} {
					if path != "" {
						if err := os.RemoveAll(path); err != nil {
							t.Fatal(err)
						}
					}
				}
				if strings.HasPrefix(tt.name, "import") {
					fill(t, into, 0, 0)
				}
			}
			restart()
			began := time.Now()
			mustVerb(t, tt.args...)
			took := time.Since(began)
			killed := 0
			for range rounds {
				restart()
				if !killedVerb(t, took, tt.args...) {
					continue
				}
				killed++
				wholeOrNone(t, tt.made, whole)
				if strings.HasPrefix(tt.name, "import of rows") {
					if got := contents(t, into); got != "0 keys, 0," && got != "0 keys, 3000,4498500" {
						t.Errorf("an import of rows left %s", got)
					}
				}
			}
			t.Logf("killed in %d of %d rounds", killed, rounds)
			if tt.made != "" {
				if err := os.RemoveAll(tt.made); err != nil {
					t.Fatal(err)
				}
			}
			mustVerb(t, tt.args...)
			wholeOrNone(t, tt.made, whole)
			if got := contents(t, dir); got != whole {
				t.Errorf("there are %s", got)
			}
			if strings.HasPrefix(tt.name, "import") {
				mustVerb(t, "check", into)
				if got := contents(t, into); !strings.Contains(got, "3000") {
					t.Errorf("there are %s", got)
				}
			}
		})
	}
	mustVerb(t, "check", dir)
}

// wholeOrNone reads what a verb made, if it is there.
func wholeOrNone(t *testing.T, path, want string) {
	t.Helper()
	if _, err := os.Stat(path); path == "" || os.IsNotExist(err) {
		return
	}
	switch filepath.Ext(path) {
	case ".rdb":
		mustVerb(t, "import", filepath.Join(t.TempDir(), "read"), path)
	case ".parquet":
		read := filepath.Join(t.TempDir(), "read")
		fill(t, read, 0, 0)
		mustVerb(t, "import", read, path, "--table", "filled")
		if got := contents(t, read); got != "0 keys, 3000,4498500" {
			t.Errorf("%s holds %s", path, got)
		}
	case ".tar":
		mustVerb(t, "restore", "--verify-only", path)
	default:
		if filepath.Base(path) == "restored" {
			if got := contents(t, path); got != want {
				t.Errorf("%s holds %s", path, got)
			}
			return
		}
		mustVerb(t, "restore", "--verify-only", path)
	}
}
