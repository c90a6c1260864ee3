package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// query gives the rows of SQL run by the simple protocol, as text.
func query(t *testing.T, c *pgx.Conn, sql string) string {
	t.Helper()
	results, err := c.PgConn().Exec(background, sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for _, row := range results[len(results)-1].Rows {
		var fields []string
		for _, f := range row {
			fields = append(fields, string(f))
		}
		lines = append(lines, strings.Join(fields, ","))
	}
	return strings.Join(lines, " ")
}

func TestCursors(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "BEGIN; DECLARE f CURSOR FOR SELECT n FROM generate_series(1, 6) n; DECLARE s SCROLL CURSOR FOR SELECT n FROM generate_series(1, 6) n")
	for _, x := range []struct{ sql, want string }{
		{"FETCH f", "1"},
		{"FETCH 2 FROM f", "2 3"},
		{"FETCH RELATIVE 2 FROM f", "5"},
		{"FETCH ALL f", "6"},
		{"FETCH f", ""},
		{"FETCH LAST FROM s", "6"},
		{"FETCH PRIOR FROM s", "5"},
		{"FETCH BACKWARD 2 FROM s", "4 3"},
		{"FETCH FIRST FROM s", "1"},
		{"FETCH ABSOLUTE 4 FROM s", "4"},
		{"FETCH ABSOLUTE -2 FROM s", "5"},
		{"FETCH RELATIVE -1 FROM s", "4"},
		{"FETCH RELATIVE 0 FROM s", "4"},
		{"FETCH FORWARD ALL FROM s", "5 6"},
		{"FETCH PRIOR FROM s", "6"},
		{"FETCH BACKWARD ALL FROM s", "5 4 3 2 1"},
		{"FETCH PRIOR FROM s", ""},
		{"FETCH NEXT FROM s", "1"},
	} {
		if got := query(t, c, x.sql); got != x.want {
			t.Errorf("%s: got %q, want %q", x.sql, got, x.want)
		}
	}
	if tags := exec(t, c, "MOVE 3 IN s"); tags[0] != "MOVE 3" {
		t.Errorf("tag %v", tags)
	}
	if _, err := tryExec(c, "FETCH PRIOR FROM f"); code(err) != "55000" {
		t.Errorf("backward without SCROLL: %v", err)
	}
	exec(t, c, "ROLLBACK")
	if _, err := tryExec(c, "FETCH f"); code(err) != "34000" {
		t.Errorf("after the transaction: %v", err)
	}
	if _, err := tryExec(c, "DECLARE x CURSOR FOR SELECT 1"); code(err) != "25P01" {
		t.Errorf("outside a block: %v", err)
	}
	exec(t, c, "DECLARE h CURSOR WITH HOLD FOR SELECT n FROM generate_series(1, 3) n")
	if got := query(t, c, "FETCH 2 FROM h"); got != "1 2" {
		t.Errorf("held: %q", got)
	}
	exec(t, c, "CLOSE h")
}

func TestPrepareAndExecute(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "PREPARE p (int, text) AS SELECT $1 + 1, $2 || '!'")
	if got := query(t, c, "EXECUTE p (41, 'a')"); got != "42,a!" {
		t.Errorf("got %q", got)
	}
	for sql, want := range map[string]string{
		"EXECUTE p (1)": "42601", "EXECUTE q": "26000", "PREPARE p AS SELECT 1": "42P05", "EXECUTE p ('x', 'y')": "22P02",
		"DEALLOCATE q": "26000", "PREPARE r AS SELECT nope": "42703",
	} {
		if _, err := tryExec(c, sql); code(err) != want {
			t.Errorf("%s: got %v, want %s", sql, err, want)
		}
	}
	exec(t, c, "DEALLOCATE ALL")
	if _, err := tryExec(c, "EXECUTE p (1, 'a')"); code(err) != "26000" {
		t.Errorf("after DEALLOCATE: %v", err)
	}
}

func TestSettingCommands(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	for _, x := range []struct{ sql, name, want string }{
		{"SET work_mem = '8MB'", "work_mem", "8MB"},
		{"BEGIN; SET LOCAL work_mem = '9MB'; COMMIT", "work_mem", "8MB"},
		{"RESET work_mem", "work_mem", "4MB"},
		{"SET TIME ZONE 'Europe/Berlin'", "timezone", "Europe/Berlin"},
		{"SET search_path TO a, \"B\", public", "search_path", "a, \"B\", public"},
		{"SET search_path = DEFAULT", "search_path", "\"$user\", public"},
		{"SET my.setting = 'x'", "my.setting", "x"},
		{"SET datestyle = ISO, DMY", "datestyle", "ISO, DMY"},
		{"SELECT set_config('jit', 'on', false)", "jit", "on"},
		{"BEGIN; SET jit = off; ROLLBACK", "jit", "on"},
		{"BEGIN; SET jit = off; SAVEPOINT a; SET jit = on; ROLLBACK TO a; COMMIT", "jit", "off"},
		{"RESET ALL", "timezone", "UTC"},
		{"DISCARD ALL", "jit", "off"},
	} {
		exec(t, c, x.sql)
		if got := show(t, c, x.name); got != x.want {
			t.Errorf("%s: %s is %q, want %q", x.sql, x.name, got, x.want)
		}
	}
	for sql, want := range map[string]string{
		"SET nope = 1": "42704", "SHOW nope": "42704", "SET work_mem = 'x'": "22023", "SET server_version = '1'": "55P02",
		"SET max_connections = 5": "55P02", "SET jit = 1, 2": "22023", "SET client_encoding = 'LATIN1'": "0A000", "SET role = nobody": "22023",
	} {
		if _, err := tryExec(c, sql); code(err) != want {
			t.Errorf("%s: got %v, want %s", sql, err, want)
		}
	}
	if got := query(t, c, "SELECT current_setting('work_mem'), current_setting('nope.nope', true) IS NULL"); got != "4MB,t" {
		t.Errorf("current_setting: %q", got)
	}
	if rows := query(t, c, "SHOW ALL"); !strings.Contains(rows, "work_mem,4MB,Sets the maximum memory") {
		t.Error("SHOW ALL does not show work_mem")
	}
}

func TestNotSupported(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	for _, sql := range []string{
		"DO 'x'", "LOAD 'x'", "CALL p()", "ALTER SYSTEM SET jit = on", "CLUSTER", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'",
		"CREATE TRIGGER t BEFORE INSERT ON t EXECUTE FUNCTION f()", "SET standard_conforming_strings = off",
	} {
		if _, err := tryExec(c, sql); code(err) != "0A000" {
			t.Errorf("%s: got %v, want 0A000", sql, err)
		}
	}
}

func TestExplain(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t SELECT n, n % 10 FROM generate_series(1, 100) n; PREPARE p (int) AS SELECT b FROM t WHERE a = $1")
	for _, x := range []struct{ sql, want string }{
		{"EXPLAIN SELECT * FROM t WHERE a = 1", "Index Cond: (a = 1)"},
		{"EXPLAIN (COSTS off) SELECT * FROM t", "Seq Scan on t"},
		{"EXPLAIN (ANALYZE, TIMING off, SUMMARY off) SELECT * FROM t WHERE b = 1", "(actual rows=10 loops=1)"},
		{"EXPLAIN ANALYZE SELECT * FROM t", "Execution Time: "},
		{"EXPLAIN (FORMAT json) SELECT * FROM t", `"Node Type": "Seq Scan"`},
		{"EXPLAIN EXECUTE p (1)", "t_pkey"},
		{"EXPLAIN ANALYZE DELETE FROM t WHERE a > 90", "Delete on t"},
	} {
		if got := query(t, c, x.sql); !strings.Contains(got, x.want) {
			t.Errorf("%s: got %q, want %q in it", x.sql, got, x.want)
		}
	}
	if got := query(t, c, "SELECT count(*) FROM t"); got != "90" {
		t.Errorf("after EXPLAIN ANALYZE DELETE %s rows are left", got)
	}
	for sql, want := range map[string]string{
		"EXPLAIN (TIMING) SELECT 1": "22023", "EXPLAIN (NOPE) SELECT 1": "42601", "EXPLAIN (FORMAT xml) SELECT 1": "0A000",
		"EXPLAIN (FORMAT nope) SELECT 1": "22023", "EXPLAIN SELECT nope": "42703", "EXPLAIN (COSTS maybe) SELECT 1": "42601",
	} {
		if _, err := tryExec(c, sql); code(err) != want {
			t.Errorf("%s: got %v, want %s", sql, err, want)
		}
	}
}

// A cursor sees what there was when it was declared.
func TestCursorKeepsItsView(t *testing.T) {
	s := startServer(t, Options{})
	c, other := connect(t, s, ""), connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 3000)")
	exec(t, c, "BEGIN; DECLARE x CURSOR FOR SELECT a FROM t ORDER BY a; DECLARE y CURSOR FOR SELECT count(*) FROM t u, t v WHERE u.a = v.a")
	if got := query(t, c, "FETCH 2 FROM x"); got != "1 2" {
		t.Fatalf("got %q", got)
	}
	exec(t, other, "DELETE FROM t WHERE a > 3; INSERT INTO t VALUES (5000)")
	exec(t, c, "DELETE FROM t WHERE a = 3; INSERT INTO t VALUES (6000)")
	if got := query(t, c, "SELECT count(*) FROM t"); got != "4" {
		t.Errorf("a new statement sees %s rows", got)
	}
	if tags := exec(t, c, "MOVE ALL IN x"); tags[0] != "MOVE 2998" {
		t.Errorf("the cursor went on over %s", tags[0])
	}
	if got := query(t, c, "FETCH y"); got != "3000" {
		t.Errorf("the cursor read first now sees %s rows", got)
	}
	exec(t, c, "COMMIT")
}

func TestTemporaryTablesEndWithTheSession(t *testing.T) {
	s := startServer(t, Options{})
	c, other := connect(t, s, ""), connect(t, s, "")
	exec(t, c, "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1)")
	if got := query(t, c, "SELECT a FROM t"); got != "1" {
		t.Errorf("got %q", got)
	}
	if _, err := tryExec(other, "SELECT a FROM t"); code(err) != "42P01" {
		t.Errorf("another session: %v", err)
	}
	exec(t, c, "CREATE TEMP TABLE u (a int); DISCARD TEMP")
	if _, err := tryExec(c, "SELECT a FROM t"); code(err) != "42P01" {
		t.Errorf("after DISCARD TEMP: %v", err)
	}
	exec(t, c, "CREATE TEMP TABLE t (a serial PRIMARY KEY)")
	_ = c.Close(background)
	for s.Stats().Connections > 1 {
		time.Sleep(time.Millisecond)
	}
	if n := len(s.o.Sessions.Engine().Catalog(5).Schemas()); n != 3 {
		t.Errorf("%d schemas are left", n)
	}
}

func TestReindex(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY); REINDEX TABLE t; REINDEX INDEX t_pkey; REINDEX SCHEMA public")
	for sql, want := range map[string]string{"REINDEX TABLE nope": "42P01", "REINDEX INDEX nope": "42P01", "REINDEX SCHEMA nope": "3F000"} {
		if _, err := tryExec(c, sql); code(err) != want {
			t.Errorf("%s: got %v, want %s", sql, err, want)
		}
	}
	exec(t, c, "VACUUM t; ")
	exec(t, c, "ANALYZE; CHECKPOINT")
}
