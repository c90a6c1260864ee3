package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// The tests of this file hold down what went wrong in the system that orbit
// descends from: each was a bug that users met.

func connectSQL(t *testing.T, o *orbit) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) pgconn.CommandTag {
	t.Helper()
	tag, err := conn.Exec(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag
}

// code is the SQLSTATE that a statement fails with, "" if it does not.
func code(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	if err == nil {
		return ""
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		t.Fatalf("%s: %v", sql, err)
	}
	return pe.Code
}

func one[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestRegressionSQL(t *testing.T) {
	dir := t.TempDir()
	o := start(t, dir)
	conn := connectSQL(t, o)
	mustExec(t, conn, `CREATE TABLE r (id serial PRIMARY KEY, n int UNIQUE, s text)`)
	mustExec(t, conn, `INSERT INTO r (n, s) SELECT i, 'Mixed Case ' || i FROM generate_series(1, 20) i`)

	// A range in WHERE deleted every row.
	if tag := mustExec(t, conn, `DELETE FROM r WHERE n > 15 AND n <= 18`); tag.RowsAffected() != 3 {
		t.Errorf("range deleted %d rows", tag.RowsAffected())
	}
	if n := one[int](t, conn, `SELECT count(*) FROM r`); n != 17 {
		t.Errorf("%d rows are left", n)
	}
	// UPDATE duplicated rows.
	mustExec(t, conn, `UPDATE r SET s = s || '!' WHERE n BETWEEN 3 AND 5`)
	if n := one[int](t, conn, `SELECT count(*) FROM r`); n != 17 {
		t.Errorf("%d rows after an update", n)
	}
	// String literals were turned into capitals.
	if s := one[string](t, conn, `SELECT s FROM r WHERE s = 'Mixed Case 3!'`); s != "Mixed Case 3!" {
		t.Errorf("got %q", s)
	}
	// NULL went out as the text NULL.
	mustExec(t, conn, `INSERT INTO r (n, s) VALUES (100, NULL)`)
	if s := one[*string](t, conn, `SELECT s FROM r WHERE n = 100`); s != nil {
		t.Errorf("NULL is %q", *s)
	}
	// Keys were not enforced.
	if c := code(t, conn, `INSERT INTO r (n) VALUES (100)`); c != "23505" {
		t.Errorf("a duplicate gives %q", c)
	}
	if c := code(t, conn, `UPDATE r SET id = 1 WHERE n = 2`); c != "23505" {
		t.Errorf("a duplicate by update gives %q", c)
	}
	// BEGIN, GRANT and CREATE INDEX answered OK and did nothing.
	mustExec(t, conn, `BEGIN`)
	mustExec(t, conn, `DELETE FROM r`)
	mustExec(t, conn, `ROLLBACK`)
	if n := one[int](t, conn, `SELECT count(*) FROM r`); n != 18 {
		t.Errorf("%d rows after a rollback", n)
	}
	if c := code(t, conn, `GRANT SELECT ON r TO postgres`); c != "0A000" {
		t.Errorf("GRANT gives %q", c)
	}
	mustExec(t, conn, `CREATE INDEX r_s ON r (s)`)
	if n := one[int](t, conn, `SELECT count(*) FROM pg_indexes WHERE indexname = 'r_s'`); n != 1 {
		t.Errorf("the index is listed %d times", n)
	}
	last := one[int](t, conn, `SELECT max(id) FROM r`)
	o.stop(t)

	// After a restart the list of tables was empty and SERIAL began again.
	o = start(t, dir)
	conn = connectSQL(t, o)
	if n := one[int](t, conn, `SELECT count(*) FROM information_schema.tables WHERE table_name = 'r'`); n != 1 {
		t.Errorf("the table is listed %d times", n)
	}
	if id := one[int](t, conn, `INSERT INTO r (n) VALUES (200) RETURNING id`); id <= last {
		t.Errorf("the sequence gave %d again, %d is taken", id, last)
	}
	o.stop(t)
}

func TestRegressionRedis(t *testing.T) {
	o := start(t, t.TempDir())
	ctx := t.Context()
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	t.Cleanup(func() { _ = c.Close() })

	// Extending or overwriting a TTL left the old expiry, and the sweeper deleted
	// the live key.
	c.Set(ctx, "extended", "v", 150*time.Millisecond)
	c.PExpire(ctx, "extended", time.Hour)
	c.Set(ctx, "overwritten", "v", 150*time.Millisecond)
	c.Set(ctx, "overwritten", "w", 0)
	c.Set(ctx, "persisted", "v", 150*time.Millisecond)
	c.Persist(ctx, "persisted")
	c.Set(ctx, "due", "v", 150*time.Millisecond)
	if ttl := c.PTTL(ctx, "due").Val(); ttl <= 0 || ttl > 150*time.Millisecond {
		t.Errorf("a TTL of 150 ms reads as %v", ttl)
	}
	deadline := time.Now().Add(10 * time.Second)
	for c.DBSize(ctx).Val() != 3 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if n := c.Exists(ctx, "extended", "overwritten", "persisted").Val(); n != 3 || c.DBSize(ctx).Val() != 3 {
		t.Errorf("%d of 3 live keys are there, %d keys in all", n, c.DBSize(ctx).Val())
	}
	// SET and INCR went to different stores.
	c.Set(ctx, "counter", 5, time.Hour)
	if n := c.Incr(ctx, "counter").Val(); n != 6 {
		t.Errorf("INCR after SET 5 gives %d", n)
	}
	if ttl := c.TTL(ctx, "counter").Val(); ttl <= 0 {
		t.Errorf("INCR dropped the TTL: %v", ttl)
	}
	// Values had to be UTF-8; there was no WRONGTYPE.
	if v := c.Set(ctx, "raw", "\xff\x00\xfe", 0).Err(); v != nil {
		t.Error(v)
	}
	if err := c.LPush(ctx, "raw", "x").Err(); err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") {
		t.Errorf("a list command on a string: %v", err)
	}
	// FLUSHALL answered OK and did nothing.
	c.FlushAll(ctx)
	if n := c.DBSize(ctx).Val(); n != 0 {
		t.Errorf("%d keys after FLUSHALL", n)
	}
}

// TestStatementsAreNotLogged: SQL with its literals was in the log.
func TestStatementsAreNotLogged(t *testing.T) {
	o := start(t, t.TempDir(), "--log-level", "debug")
	conn := connectSQL(t, o)
	mustExec(t, conn, `CREATE TABLE secret (v text)`)
	mustExec(t, conn, `INSERT INTO secret VALUES ('hunter2')`)
	_ = code(t, conn, `SELECT 'hunter2'::int`)
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	c.Set(t.Context(), "hunter2", "hunter2", 0)
	_ = c.Close()
	o.stop(t)
	if strings.Contains(o.stderr.String(), "hunter2") {
		t.Errorf("the log holds what clients sent:\n%s", o.stderr)
	}
}
