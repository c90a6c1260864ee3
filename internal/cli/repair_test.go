package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

// damage opens a store of a directory that nobody holds and does something to it.
func damage(t *testing.T, s storage.Store, err error, do func(s storage.Store, b storage.Batch)) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b := s.NewBatch()
	do(s, b)
	if b.Len() == 0 {
		t.Fatal("nothing was damaged")
	}
	p, err := s.Apply(b)
	if err == nil {
		err = p.Wait()
	}
	for _, err := range []error{err, b.Close(), s.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// keys are the keys of a store that are chosen.
func keys(t *testing.T, s storage.Reader, chosen func(key []byte) bool) (found [][]byte) {
	t.Helper()
	it, err := s.NewIter(storage.IterOptions{KeysOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if chosen(it.Key()) {
			found = append(found, bytes.Clone(it.Key()))
		}
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return found
}

// hurt makes faults that can be mended in both halves, and one that cannot.
func hurt(t *testing.T, dir string) {
	t.Helper()
	redis, err := frontstore.Open(frontstore.Options{Dir: filepath.Join(dir, "redis")})
	damage(t, redis, err, func(s storage.Store, b storage.Batch) {
		ordered := keys(t, s, func(key []byte) bool { return key[0] == 's' && key[9] == 'o' })
		_ = b.Delete(ordered[0]) // a batch takes what it is given
		for _, key := range keys(t, s, func(key []byte) bool { return key[0] == 'x' }) {
			_ = b.Delete(key)
		}
		_ = b.Set([]byte("zz"), nil) // nobody's
	})
	sql, err := pebblestore.Open(pebblestore.Options{Dir: filepath.Join(dir, "postgresql")})
	damage(t, sql, err, func(s storage.Store, b storage.Batch) {
		rows := keys(t, s, func(key []byte) bool { return key[0] == 0x11 })
		last := rows[len(rows)-1]
		for _, key := range rows {
			if key[1] == last[1] { // of the index that was made last
				_ = b.Delete(key)
			}
		}
	})
}

func hurtDirectory(t *testing.T) string {
	t.Helper()
	dir := seeded(t)
	const tables = "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t SELECT i, 'n' || i FROM generate_series(1, 60) i; CREATE INDEX t_lower ON t (lower(name)) WHERE id > 10"
	if code, _, stderr := call("sql", "--data-dir", dir, tables); code != ExitOK {
		t.Fatal(stderr)
	}
	if code, out, stderr := call("check", dir); code != ExitOK || strings.Count(out, "all well") != 2 {
		t.Fatalf("%d, %s%s", code, out, stderr)
	}
	hurt(t, dir)
	return dir
}

func TestCheckNamesFaults(t *testing.T) {
	dir := hurtDirectory(t)
	code, out, stderr := call("check", dir, "--limit", "1000")
	if code != ExitDirectory || !strings.Contains(stderr, "54 faults, 53 of which `orbit check --repair` can mend") {
		t.Errorf("%d, %s", code, stderr)
	}
	for _, want := range []string{
		`(?m)^redis +[0-9]+ +[0-9.]+ KB +4 faults: expiry_missing 2, record 1, zset_order 1$`,
		`(?m)^postgres .* 50 faults: index_missing 50$`,
		`(?m)^redis: zset_order in database 0, key zset: expected member "d" in order at -Inf; found it by name alone$`,
		`(?m)^redis: record: expected no such entry; found an entry under 7a7a \(not to be mended without loss\)$`,
		`(?m)^redis: expiry_missing in database 0, key soon: expected an entry at 4102444800123 \(2100-01-01T00:00:00Z\); found none$`,
		`(?m)^postgres: index_missing in postgres.public.t, index t_lower, row \(id\)=\(60\): expected an entry for the row; found none$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	code, out, stderr = call("check", dir, "--limit", "3")
	if code != ExitDirectory || strings.Count(out, "\n") != 9 || !strings.Contains(stderr, "postgres: 47 more; ") {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
}

func TestRepairMendsAfterABackup(t *testing.T) {
	dir := hurtDirectory(t)
	if code, _, stderr := call("check", dir, "--repair"); code != ExitUsage || !strings.Contains(stderr, "give --yes") {
		t.Errorf("%d, %s", code, stderr)
	}
	code, out, stderr := call("check", dir, "--repair", "--yes", "--json")
	if code != ExitDirectory || !strings.Contains(stderr, "1 fault cannot be mended without loss, and left as it is") {
		t.Fatalf("%d, %s", code, stderr)
	}
	var parts []struct {
		Counts map[string]int64 `json:"fault_counts"`
		Mended map[string]int64 `json:"mended"`
		Backup string           `json:"backup"`
	}
	if err := json.Unmarshal([]byte(out), &parts); err != nil || len(parts) != 2 {
		t.Fatal(out, err)
	}
	if parts[0].Mended["zset_order"] != 1 || parts[0].Mended["expiry_missing"] != 2 || parts[0].Counts["record"] != 1 || parts[1].Mended["index_missing"] != 50 {
		t.Error(out)
	}
	// The backup has what was there before.
	restored := filepath.Join(t.TempDir(), "restored")
	if code, _, stderr := call("restore", parts[1].Backup, restored); code != ExitOK {
		t.Fatal(stderr)
	}
	if code, out, _ := call("check", restored); code != ExitDirectory || !strings.Contains(out, "index_missing 50") {
		t.Error(out)
	}
	// What was mended is well, and used.
	if _, out, _ := call("check", dir); !strings.Contains(out, "1 fault: record 1") || !strings.Contains(out, "all well") {
		t.Error(out)
	}
	if _, out, _ := call("sql", "--data-dir", dir, "--format", "csv", "SELECT id FROM t WHERE lower(name) = 'n42' AND id > 10"); !strings.Contains(out, "42") {
		t.Error(out)
	}
	if _, out, _ := call("redis", "--data-dir", dir, "ZRANGE", "zset", "0", "0"); strings.TrimSpace(out) != "d" && !strings.Contains(out, `"d"`) {
		t.Error(out)
	}
}

func TestRepairAsksAtATerminal(t *testing.T) {
	dir := hurtDirectory(t)
	ask := func(answer string) (code int, stderr string) {
		var o, e bytes.Buffer
		code = Main(t.Context(), []string{"check", dir, "--repair", "--backup", filepath.Join(t.TempDir(), "saved.tar")},
			Streams{In: strings.NewReader(answer), Out: &o, Err: &e, InTerminal: true})
		return code, e.String()
	}
	if code, stderr := ask("no\n"); code != ExitFailure || !strings.Contains(stderr, "nothing was changed") {
		t.Errorf("%d, %s", code, stderr)
	}
	if code, stderr := ask("yes\n"); code != ExitDirectory || !strings.Contains(stderr, "53 faults will be mended in ") || !strings.Contains(stderr, "saved.tar") {
		t.Errorf("%d, %s", code, stderr)
	}
	for _, args := range [][]string{{"--yes"}, {"--repair", "--no-backup"}, {"--repair", "--yes", "--no-backup", "--backup", "x"}} {
		if code, _, stderr := call(append([]string{"check", dir}, args...)...); code != ExitUsage {
			t.Errorf("%v: %d, %s", args, code, stderr)
		}
	}
}

func TestCheckInActors(t *testing.T) {
	t.Setenv("ORBIT_REDIS_MODE", "actor")
	t.Setenv("ORBIT_POSTGRES_MODE", "actor")
	t.Setenv("ORBIT_ACTOR_PERSISTENCE", "snapshot")
	dir := seeded(t)
	if code, _, stderr := call("sql", "--data-dir", dir, "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE); INSERT INTO t SELECT i, 'n' || i FROM generate_series(1, 60) i"); code != ExitOK {
		t.Fatal(stderr)
	}
	code, out, stderr := call("check", dir, "--repair", "--yes")
	if code != ExitOK || strings.Count(out, "all well") != 2 {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
	if saved, _ := filepath.Glob(dir + ".before-repair-*"); len(saved) != 0 {
		t.Error("a backup was made though there was nothing to mend")
	}
}

// TestFaultsAreDocumented sees that the table of codes has those that there are.
func TestFaultsAreDocumented(t *testing.T) {
	var known []string
	for _, f := range faultCodes {
		known = append(known, f.code)
	}
	var made []string
	for _, path := range []string{"../redis/keyspace/fault.go", "../postgres/table/fault.go"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\tFault\w+ += "(\w+)"`).FindAllSubmatch(b, -1) {
			made = append(made, string(m[1]))
		}
	}
	slices.Sort(known)
	slices.Sort(made)
	if !slices.Equal(known, made) {
		t.Errorf("documented are\n%v, there are\n%v", known, made)
	}
}
