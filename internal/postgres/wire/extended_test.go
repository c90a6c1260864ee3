package wire

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var background = context.Background()

func TestExtendedProtocol(t *testing.T) {
	s := startServer(t, Options{})
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			c := connect(t, s, "&default_query_exec_mode="+mode)
			exec(t, c, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int PRIMARY KEY, b text, c float8, d bool)")
			for i := range 5 {
				tag, err := c.Exec(background, "INSERT INTO t VALUES ($1, $2, $3, $4)", i, strings.Repeat("x", i), float64(i)/2, i%2 == 0)
				if err != nil || tag.String() != "INSERT 0 1" {
					t.Fatalf("insert: %v, %v", tag, err)
				}
			}
			var b string
			var f float64
			var d bool
			if err := c.QueryRow(background, "SELECT b, c, d FROM t WHERE a = $1", 3).Scan(&b, &f, &d); err != nil || b != "xxx" || f != 1.5 || d {
				t.Fatalf("got %q %v %v, %v", b, f, d, err)
			}
			rows, err := c.Query(background, "SELECT a FROM t WHERE a > $1 ORDER BY a DESC", 1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pgx.CollectRows(rows, pgx.RowTo[int32])
			if err != nil || len(got) != 3 || got[0] != 4 {
				t.Fatalf("got %v, %v", got, err)
			}
			tag, err := c.Exec(background, "UPDATE t SET b = $1 WHERE a < $2", "y", 2)
			if err != nil || tag.RowsAffected() != 2 {
				t.Fatalf("update: %v, %v", tag, err)
			}
			if _, err := c.Exec(background, "INSERT INTO t VALUES ($1)", 0); code(err) != "23505" {
				t.Fatalf("duplicate: %v", err)
			}
			if err := c.QueryRow(background, "SELECT b FROM t WHERE a = $1", 77).Scan(&b); !errors.Is(err, pgx.ErrNoRows) {
				t.Fatalf("no row: %v", err)
			}
			if _, err := c.Exec(background, "SELECT nope FROM t WHERE a = $1", 1); code(err) != "42703" {
				t.Fatalf("no column: %v", err)
			}
		})
	}
}

func TestBatch(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY)")
	b := &pgx.Batch{}
	for i := range 100 {
		b.Queue("INSERT INTO t VALUES ($1)", i)
	}
	b.Queue("SELECT count(*) FROM t")
	r := c.SendBatch(background, b)
	for range 100 {
		if _, err := r.Exec(); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := r.QueryRow().Scan(&n); err != nil || n != 100 {
		t.Fatalf("counted %d, %v", n, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// A batch is one transaction: what comes before an error is undone.
	b = &pgx.Batch{}
	b.Queue("INSERT INTO t VALUES (1000)")
	b.Queue("INSERT INTO t VALUES (1)")
	b.Queue("INSERT INTO t VALUES (1001)")
	if err := c.SendBatch(background, b).Close(); code(err) != "23505" {
		t.Fatalf("got %v", err)
	}
	if err := c.QueryRow(background, "SELECT count(*) FROM t").Scan(&n); err != nil || n != 100 {
		t.Fatalf("after the error %d rows, %v", n, err)
	}
}

func TestPortalInParts(t *testing.T) {
	s := startServer(t, Options{})
	r := rawLogin(t, s)
	write := func(parts ...[]byte) {
		for _, p := range parts {
			if _, err := r.Write(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	parse := message('P', "\x00select n from generate_series(1, 7) n\x00\x00\x00")
	bind := message('B', "p\x00\x00\x00\x00\x00\x00\x00\x00")
	three := message('E', "p\x00\x00\x00\x00\x03")
	sync := message('S', "")
	write(message('Q', "begin\x00"))
	r.until('Z')
	write(parse, bind, three, three, three, sync)
	if got := r.until('Z'); got != "12DDDsDDDsDCZ" {
		t.Errorf("got %q", got)
	}
	// The portal lives on after Sync within a transaction, and ends with it.
	write(message('C', "Pp\x00"), bind, three, sync, three, message('Q', "commit\x00"), three, sync)
	if got := r.until('Z') + r.until('Z') + r.until('Z'); got != "32DDDsZDDDsCZEZ" {
		t.Errorf("got %q", got)
	}
}

func TestTransactions(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	status := func(want byte) {
		t.Helper()
		if got := c.PgConn().TxStatus(); got != want {
			t.Fatalf("status %c, want %c", got, want)
		}
	}
	count := func(want int) {
		t.Helper()
		var n int
		if err := c.QueryRow(background, "SELECT count(*) FROM t").Scan(&n); err != nil || n != want {
			t.Fatalf("%d rows (%v), want %d", n, err, want)
		}
	}
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY)")
	// The statements of one message are one transaction.
	if _, err := tryExec(c, "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"); code(err) != "23505" {
		t.Fatal(err)
	}
	count(0)
	// Unless it says otherwise.
	if _, err := tryExec(c, "INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); SELECT 1/0"); code(err) != "22012" {
		t.Fatal(err)
	}
	count(1)
	exec(t, c, "BEGIN")
	status('T')
	exec(t, c, "INSERT INTO t VALUES (2); SAVEPOINT a; INSERT INTO t VALUES (3)")
	if _, err := tryExec(c, "INSERT INTO t VALUES (3)"); code(err) != "23505" {
		t.Fatal(err)
	}
	status('E')
	if _, err := tryExec(c, "SELECT 1"); code(err) != "25P02" {
		t.Fatal(err)
	}
	exec(t, c, "ROLLBACK TO a")
	status('T')
	count(2)
	exec(t, c, "SAVEPOINT b; INSERT INTO t VALUES (4); RELEASE b")
	if _, err := tryExec(c, "ROLLBACK TO b"); code(err) != "3B001" {
		t.Fatal(err)
	}
	if tags, err := tryExec(c, "COMMIT"); err != nil || tags[0] != "ROLLBACK" {
		t.Fatalf("commit of a failed transaction: %v, %v", tags, err)
	}
	status('I')
	count(1)
	exec(t, c, "BEGIN; INSERT INTO t VALUES (5); COMMIT AND CHAIN")
	status('T')
	exec(t, c, "INSERT INTO t VALUES (6); ROLLBACK AND CHAIN")
	status('T')
	exec(t, c, "ROLLBACK")
	count(2)
	for sql, want := range map[string]string{
		"SAVEPOINT x": "25P01", "RELEASE x": "25P01", "COMMIT AND CHAIN": "25P01",
		"PREPARE TRANSACTION 'x'": "0A000", "BEGIN; VACUUM": "25001",
	} {
		if _, err := tryExec(c, sql); code(err) != want {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
		exec(t, c, "ROLLBACK")
	}
	exec(t, c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	if got := show(t, c, "transaction_isolation") + show(t, c, "transaction_read_only"); got != "repeatable readon" {
		t.Errorf("characteristics are %s", got)
	}
	if _, err := tryExec(c, "INSERT INTO t VALUES (9)"); code(err) != "25006" {
		t.Errorf("write in a read-only transaction: %v", err)
	}
	exec(t, c, "ROLLBACK")
	exec(t, c, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")
	exec(t, c, "BEGIN")
	if got := show(t, c, "transaction_isolation"); got != "serializable" {
		t.Errorf("isolation is %s", got)
	}
	exec(t, c, "COMMIT")
}

func TestPlansFollowTheCatalog(t *testing.T) {
	s := startServer(t, Options{})
	c, other := connect(t, s, ""), connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 10)")
	const q = "SELECT b FROM t WHERE a = 1"
	get := func(want string) {
		t.Helper()
		r, err := c.PgConn().Exec(background, q).ReadAll()
		if err != nil || string(r[0].Rows[0][0]) != want {
			t.Fatalf("got %v, %v; want %s", r, err, want)
		}
	}
	get("10")
	exec(t, other, "ALTER TABLE t RENAME b TO c; ALTER TABLE t ADD b text DEFAULT 'new'")
	get("new")
	exec(t, other, "CREATE SCHEMA s; CREATE TABLE s.t (a int, b text); INSERT INTO s.t VALUES (1, 'in s')")
	exec(t, c, "SET search_path = s")
	get("in s")
	exec(t, c, "RESET search_path")
	get("new")
	exec(t, c, "BEGIN; ALTER TABLE t ALTER b SET DEFAULT 'x'; CREATE TEMP TABLE t (a int, b text); INSERT INTO t VALUES (1, 'temporary')")
	get("temporary")
	exec(t, c, "ROLLBACK")
	get("new")
	// A named statement whose columns change cannot go on.
	if _, err := c.Prepare(background, "p", "SELECT * FROM t"); err != nil {
		t.Fatal(err)
	}
	exec(t, other, "ALTER TABLE t ADD d int")
	if _, err := c.Exec(background, "p"); code(err) != "0A000" {
		t.Errorf("changed columns: %v", err)
	}
}

func TestCancelAndTimeout(t *testing.T) {
	s := startServer(t, Options{})
	c, other := connect(t, s, ""), connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
	exec(t, other, "BEGIN; LOCK TABLE t")
	ctx, cancel := context.WithTimeout(background, 100*time.Millisecond)
	defer cancel()
	// pgx closes the connection when its context ends, so the request is ours.
	go func() {
		<-ctx.Done()
		_ = c.PgConn().CancelRequest(background)
	}()
	if _, err := tryExec(c, "SELECT * FROM t"); code(err) != "57014" {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := tryExec(c, "SET statement_timeout = 50; SELECT * FROM t"); code(err) != "57014" || !strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("timed out: %v", err)
	}
	exec(t, c, "SET lock_timeout = 50")
	if _, err := tryExec(c, "SELECT * FROM t"); code(err) != "55P03" {
		t.Errorf("lock timeout: %v", err)
	}
	exec(t, other, "ROLLBACK")
	exec(t, c, "SELECT * FROM t")
	exec(t, c, "SET statement_timeout = 50")
	if _, err := tryExec(c, "SELECT pg_sleep(100)"); code(err) != "57014" {
		t.Errorf("asleep: %v", err)
	}
	// Another session may cancel and terminate.
	exec(t, c, "RESET statement_timeout")
	errs := make(chan error)
	pid := query(t, c, "SELECT pg_backend_pid()")
	for _, x := range []struct{ function, want string }{{"pg_cancel_backend", "57014"}, {"pg_terminate_backend", "57P01"}} {
		go func() {
			_, err := tryExec(c, "SELECT pg_sleep(100)")
			errs <- err
		}()
		for query(t, other, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%sleep(100)' AND pid = "+pid) != "1" {
			time.Sleep(time.Millisecond)
		}
		if got := query(t, other, "SELECT "+x.function+"("+pid+")"); got != "t" {
			t.Errorf("%s gives %s", x.function, got)
		}
		if err := <-errs; code(err) != x.want {
			t.Errorf("%s: %v", x.function, err)
		}
	}
}
