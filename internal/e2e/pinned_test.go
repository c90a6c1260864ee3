package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestTablesInMemoryBesideOthers kills a server that has tables of both kinds, and
// looks at what of those in memory is there again.
func TestTablesInMemoryBesideOthers(t *testing.T) {
	for _, persistence := range []string{"none", "snapshot", "write-through"} {
		t.Run(persistence, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{"--redis-addr=", "--actor-persistence", persistence, "--actor-snapshot-every", "1h"}
			o := start(t, dir, args...)
			conn := connectSQL(t, o)
			for _, sql := range []string{
				`CREATE TABLE fast (id serial PRIMARY KEY, name text, n int) USING actor`,
				`CREATE TABLE slow (id int PRIMARY KEY, name text)`,
				`INSERT INTO fast (name, n) SELECT 'n' || i, i FROM generate_series(1, 1000) i`,
				`BEGIN`,
				`INSERT INTO slow SELECT id, name FROM fast`,
				`UPDATE fast SET n = 0 WHERE n < 0 OR id = 7`,
				// From here on a snapshot has it: rows and index go together, also
				// what this transaction wrote.
				`CREATE UNIQUE INDEX ON fast (name)`,
				`ALTER TABLE fast ALTER n SET NOT NULL`,
				`COMMIT`,
				`INSERT INTO fast (name, n) VALUES ('late', 1001)`,
			} {
				mustExec(t, conn, sql)
			}
			o.kill()
			o = start(t, dir, args...)
			conn = connectSQL(t, o)
			want := map[string]string{"none": "0 0 0", "snapshot": "1000 1 500493", "write-through": "1001 1 501494"}[persistence]
			check := func() {
				t.Helper()
				for sql, want := range map[string]string{
					`SELECT count(*) || ' ' || count(*) FILTER (WHERE id = 7 AND n = 0) || ' ' || coalesce(sum(n), 0) FROM fast`: want,
					`SELECT count(*)::text FROM slow`: "1000",
				} {
					var got string
					if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
						t.Errorf("%s: %q, %v, want %q", sql, got, err, want)
					}
				}
			}
			check()
			if persistence != "none" {
				if got := code(t, conn, `INSERT INTO fast (name, n) VALUES ('n500', 1)`); got != "23505" {
					t.Errorf("a second n500: %q, want 23505", got)
				}
				if n := mustExec(t, conn, `SELECT FROM fast WHERE name = 'n77'`).RowsAffected(); n != 1 {
					t.Errorf("the index finds %d rows", n)
				}
			}
			o.stop(t)
			o = start(t, dir, args...)
			conn = connectSQL(t, o)
			check()
			// The sequence is on disk, and goes on.
			var id int
			if err := conn.QueryRow(t.Context(), `INSERT INTO fast (n) VALUES (1) RETURNING id`).Scan(&id); err != nil || id <= 1001 {
				t.Errorf("the next id is %d, %v", id, err)
			}
			o.stop(t)
		})
	}
}

// TestCommitsOverBothKindsAreWhole kills a server under commits that write to a
// table of each kind.
func TestCommitsOverBothKindsAreWhole(t *testing.T) {
	dir := t.TempDir()
	args := []string{"--redis-addr=", "--actor-persistence", "write-through"}
	var acknowledged [2]int
	for round := range crashRounds(t) {
		o := start(t, dir, args...)
		if round == 0 {
			conn := connectSQL(t, o)
			mustExec(t, conn, `CREATE TABLE fast (w int, n int, PRIMARY KEY (w, n)) USING actor; CREATE TABLE slow (LIKE fast)`)
			mustExec(t, conn, `CREATE INDEX ON slow (n); CREATE INDEX ON fast (n)`)
		}
		done := make(chan struct{})
		for w := range acknowledged {
			go func() {
				writeBoth(o, w, &acknowledged[w])
				done <- struct{}{}
			}()
		}
		time.Sleep(300 * time.Millisecond)
		o.kill()
		<-done
		<-done
		o = start(t, dir, args...)
		conn := connectSQL(t, o)
		for w, n := range acknowledged {
			var fast, slow, most, byIndex int
			err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM fast WHERE w = $1), (SELECT count(*) FROM slow WHERE w = $1),
				(SELECT coalesce(max(n), 0) FROM fast WHERE w = $1), (SELECT count(*) FROM fast WHERE n BETWEEN 1 AND $2 AND w = $1)`, w, n).
				Scan(&fast, &slow, &most, &byIndex)
			if err != nil || fast != slow || fast < n || byIndex != n {
				t.Fatalf("round %d: %d rows in memory, %d on disk, up to %d, %d by index, %d acknowledged: %v", round, fast, slow, most, byIndex, n, err)
			}
			acknowledged[w] = most
		}
		o.stop(t)
	}
	if acknowledged[0]+acknowledged[1] == 0 {
		t.Error("nothing was committed")
	}
}

// writeBoth commits one row after the other to both tables until the server is gone.
func writeBoth(o *orbit, w int, acknowledged *int) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	for {
		n := *acknowledged + 1
		_, err := conn.Exec(ctx, fmt.Sprintf(`BEGIN; INSERT INTO fast VALUES (%d, %d); INSERT INTO slow VALUES (%d, %d); COMMIT`, w, n, w, n))
		if err != nil {
			return
		}
		*acknowledged = n
	}
}

// TestDumpKeepsTheAccessMethod restores what pg_dump writes.
func TestDumpKeepsTheAccessMethod(t *testing.T) {
	o := start(t, t.TempDir(), "--redis-addr=")
	conn := connectSQL(t, o)
	mustExec(t, conn, `CREATE TABLE fast (id serial PRIMARY KEY, t text) USING actor; CREATE TABLE slow (id int); CREATE INDEX ON fast (t)`)
	mustExec(t, conn, `INSERT INTO fast (t) SELECT 'x' || i FROM generate_series(1, 100) i`)
	dump := run(t, "pg_dump", o.postgresURL())
	if !strings.Contains(dump, "SET default_table_access_method = actor;") {
		t.Errorf("the dump does not name the method:\n%s", dump)
	}
	file := filepath.Join(t.TempDir(), "dump.sql")
	if err := os.WriteFile(file, []byte(dump), 0o600); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, `CREATE DATABASE copy`)
	url := strings.TrimSuffix(o.postgresURL(), "postgres") + "copy"
	run(t, "psql", "-v", "ON_ERROR_STOP=1", "-q", "-f", file, url)
	got := run(t, "psql", "-At", "-c", `SELECT relname, amname, (SELECT count(*) FROM fast) FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`, url)
	if got != "fast|actor|100\nslow|heap|100\n" {
		t.Errorf("restored: %s", got)
	}
}

// TestPersistentTablesNeedThePersistentMode asks for what the mode does not have.
func TestPersistentTablesNeedThePersistentMode(t *testing.T) {
	o := start(t, t.TempDir(), "--redis-addr=", "--postgres-mode", "actor")
	conn := connectSQL(t, o)
	for sql, want := range map[string]string{
		`CREATE TABLE a () USING persistent`: "55000",
		`CREATE TABLE b () USING heap`:       "",
		`CREATE TABLE c () USING actor`:      "",
		`CREATE TABLE d () USING other`:      "42704",
	} {
		if got := code(t, conn, sql); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

// TestTablesInMemoryAreBoundedBesideOthers fills a table in memory: that fails, and
// tables on disk go on.
func TestTablesInMemoryAreBoundedBesideOthers(t *testing.T) {
	o := start(t, t.TempDir(), "--actor-table-memory", "1MB", "--redis-addr=")
	conn := connectSQL(t, o)
	mustExec(t, conn, `CREATE TABLE fast (data text) USING actor; CREATE TABLE slow (data text)`)
	const fill = `INSERT INTO fast SELECT repeat('x', 100000) FROM generate_series(1, 5)`
	mustExec(t, conn, fill)
	both := `WITH s AS (INSERT INTO slow VALUES ('lost') RETURNING 1) INSERT INTO fast SELECT repeat('x', 100000) FROM generate_series(1, 10)`
	if got := code(t, conn, both); got != "53200" {
		t.Errorf("beyond the limit: %q, want 53200", got)
	}
	mustExec(t, conn, `INSERT INTO slow SELECT repeat('x', 100000) FROM generate_series(1, 50)`)
	var fast, slow int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM fast), (SELECT count(*) FROM slow)`).Scan(&fast, &slow); err != nil || fast != 5 || slow != 50 {
		t.Errorf("%d and %d rows, %v, want 5 and 50", fast, slow, err)
	}
	mustExec(t, conn, `DELETE FROM fast`)
	mustExec(t, conn, fill)
}
