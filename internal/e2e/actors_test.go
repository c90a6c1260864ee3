package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestManyTablesInMemory makes many tables whose partitions actors own, each with
// an index, restarts, and drops them: their partitions go too.
func TestManyTablesInMemory(t *testing.T) {
	for _, c := range []struct {
		name   string
		tables int
		using  string
		args   []string
	}{
		{"actor mode", 1000, "", []string{"--postgres-mode", "actor", "--actor-persistence", "snapshot", "--actor-snapshot-every", "200ms"}},
		{"beside others", 100, "USING actor", []string{"--actor-persistence", "write-through"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			args := append([]string{"--redis-addr=", "--actor-idle-after", "1s"}, c.args...)
			o := start(t, dir, args...)
			conn := connectSQL(t, o)
			forTables(t, conn, c.tables, func(i int) string {
				return fmt.Sprintf(`CREATE TABLE t%d (id int PRIMARY KEY, name text) %s; CREATE INDEX ON t%[1]d (name)`, i, c.using)
			})
			forTables(t, conn, c.tables, func(i int) string {
				return fmt.Sprintf(`INSERT INTO t%d SELECT i, 'n' || i FROM generate_series(1, 10) i`, i)
			})
			queryTables(t, conn, c.tables)
			if n := partitions(t, conn, true); n != 2*c.tables {
				t.Errorf("%d partitions of tables and indexes, want %d", n, 2*c.tables)
			}
			o.stop(t)

			o = start(t, dir, args...)
			conn = connectSQL(t, o)
			queryTables(t, conn, c.tables)
			forTables(t, conn, c.tables, func(i int) string { return fmt.Sprintf(`DROP TABLE t%d`, i) })
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				n := partitions(t, conn, false)
				if n == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d partitions of tables that are gone", n)
				}
			}
			// A number that is used again is a partition again.
			mustExec(t, conn, `CREATE TABLE t0 (id int PRIMARY KEY, name text)`+c.using)
			mustExec(t, conn, `INSERT INTO t0 VALUES (1, 'n1')`)
			o.stop(t)
			o = start(t, dir, args...)
			if n := mustExec(t, connectSQL(t, o), `SELECT FROM t0 WHERE id = 1`).RowsAffected(); n != 1 {
				t.Errorf("%d rows in the table that was made last", n)
			}
			o.stop(t)
		})
	}
}

// forTables executes a statement for each of n tables.
func forTables(t *testing.T, conn *pgx.Conn, n int, sql func(i int) string) {
	t.Helper()
	for i := range n {
		if _, err := conn.PgConn().Exec(t.Context(), sql(i)).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql(i), err)
		}
	}
}

// queryTables looks a row up in each of n tables by its second index.
func queryTables(t *testing.T, conn *pgx.Conn, n int) {
	t.Helper()
	for i := range n {
		var id, rows int
		sql := fmt.Sprintf(`SELECT id, (SELECT count(*) FROM t%d) FROM t%[1]d WHERE name = 'n7'`, i)
		if err := conn.QueryRow(t.Context(), sql).Scan(&id, &rows); err != nil || id != 7 || rows != 10 {
			t.Fatalf("%s: %d, %d, %v", sql, id, rows, err)
		}
	}
}

// partitions counts the partitions of tables and indexes that exist, or of those
// that do not.
func partitions(t *testing.T, conn *pgx.Conn, exist bool) (n int) {
	t.Helper()
	const sql = `SELECT count(*) FROM orbit.actors WHERE protocol = 'postgres' AND partition <> 0 AND (relation IS NOT NULL) = $1`
	if err := conn.QueryRow(t.Context(), sql, exist).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
