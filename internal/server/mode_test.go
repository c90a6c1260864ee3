package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/storage"
)

func scan[T any](t *testing.T, c *pgx.Conn, query string) (v T) {
	t.Helper()
	if err := c.QueryRow(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func exec(t *testing.T, c *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// Data that does not fit into memory stays where it is, whether that is known
// before the copy or during it.
func TestModeChangeIntoTooLittleMemory(t *testing.T) {
	s, client, err := Offline(settings(t, "--data-dir", t.TempDir(), "--actor-table-memory", "1MB"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer shutdown(t, s)
	c := connectSQL(t, client, "postgres", "postgres")
	defer func() { _ = c.Close(t.Context()) }()
	exec(t, c, "create table t (id int primary key, v text)",
		"insert into t select i, md5(i::text) || repeat(md5((i+1)::text), 10) from generate_series(1, 10000) i")
	refused := func(when, protocol string, want error) {
		t.Helper()
		err := s.ChangeMode(t.Context(), admin.ModeChange{Protocol: protocol, Mode: "actor"}, nil)
		if !errors.Is(err, want) {
			t.Errorf("%s of %s: %v", when, protocol, err)
		}
		if got, _ := s.tower(protocol); got.house().mode() != "persistent" {
			t.Errorf("%s: %s is in mode %s", when, protocol, got.house().mode())
		}
	}
	rc := connectRedis(client)
	defer func() { _ = rc.Close() }()
	for i := range 10 { // on disk a run of one letter would be small
		value := make([]byte, 100_000)
		_, _ = rand.Read(value)
		if err := rc.Set(t.Context(), fmt.Sprint("k", i), value, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	refused("the limit of tables", "postgres", storage.ErrFull)
	s.availableMemory = func() (int64, error) { return 500_000, nil }
	if err := s.redis.store.Flush(); err != nil {
		t.Fatal(err)
	}
	refused("a copy", "redis", errNoRoom)
	if _, err := client.Compact(t.Context(), "", nil); err != nil { // now the size is known
		t.Fatal(err)
	}
	copied := false
	s.availableMemory = func() (int64, error) { return 1000, nil }
	for _, protocol := range []string{"redis", "postgres"} {
		err := s.ChangeMode(t.Context(), admin.ModeChange{Protocol: protocol, Mode: "actor"}, func(admin.ModeProgress) { copied = true })
		if !errors.Is(err, errNoRoom) || copied {
			t.Errorf("%s, known before: %v, copied %v", protocol, err, copied)
		}
	}
	if n := scan[int](t, c, "select count(*) from t"); n != 10000 {
		t.Errorf("there are %d rows", n)
	}
	if n, err := rc.StrLen(t.Context(), "k9").Result(); n != 100_000 || err != nil {
		t.Errorf("redis: %d bytes, %v", n, err)
	}
	exec(t, c, "insert into t values (0, 'writes go on')")
	if err := rc.Set(t.Context(), "k", "writes go on", 0).Err(); err != nil {
		t.Error(err)
	}
}

// Discarding leaves nothing that users made in any database, waits for those who
// use a table, and lets all go on at once.
func TestDiscardTables(t *testing.T) {
	dir := t.TempDir()
	s, client, err := Offline(settings(t, "--data-dir", dir), quiet)
	if err != nil {
		t.Fatal(err)
	}
	c := connectSQL(t, client, "postgres", "postgres")
	exec(t, c, "create database other", "create role staff", "create schema made",
		"create table t (id serial primary key, v text)", "insert into t (v) select 'x' from generate_series(1, 1000)",
		"create view made.v as select * from t", "create table made.t using actor as select * from t", "create sequence s",
		"create temp table mine as select 1 as one")
	other := connectSQL(t, client, "other", "postgres")
	exec(t, other, "create table o (id int)", "insert into o values (1)")

	exec(t, other, "begin", "insert into o values (2)")
	changed := make(chan error, 1)
	change := func(mode string) {
		changed <- s.ChangeMode(t.Context(), admin.ModeChange{Protocol: "postgres", Mode: mode, Discard: true}, nil)
	}
	go change("actor")
	select {
	case err := <-changed:
		t.Fatalf("it did not wait for a transaction: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	exec(t, other, "commit")
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	empty := func(mode string) {
		t.Helper()
		for _, c := range []*pgx.Conn{c, other} {
			left := scan[string](t, c, `select coalesce(string_agg(relname, ' '), '') from pg_class c join pg_namespace n on n.oid = relnamespace
				where nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and nspname not like 'pg_temp%'`)
			if schemas := scan[int](t, c, "select count(*) from pg_namespace where nspname = 'made'"); left != "" || schemas != 0 {
				t.Errorf("in mode %s there are %q and %d schemas", mode, left, schemas)
			}
		}
		if got := scan[string](t, c, "show orbit.postgres_mode"); got != mode {
			t.Errorf("the mode is %s, not %s", got, mode)
		}
	}
	empty("actor")
	if n := scan[int](t, c, "select one from mine"); n != 1 {
		t.Errorf("a temporary table has %d", n)
	}
	if n := scan[int](t, c, "select count(*) from pg_roles where rolname = 'staff'"); n != 1 {
		t.Error("a role is gone")
	}
	exec(t, c, "create table t (id serial primary key)", "insert into t default values")
	if id := scan[int](t, c, "select id from t"); id != 1 {
		t.Errorf("a new table begins at %d", id)
	}
	change("persistent")
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	empty("persistent")

	// A move that fails discards nothing.
	exec(t, c, "create table kept as select 1 as one")
	go change("nowhere")
	if err := <-changed; err == nil {
		t.Error("moved nowhere")
	}
	if err := s.sql.engine.DiscardAll(t.Context(), func(func([]byte) bool) error { return errNoRoom }); !errors.Is(err, errNoRoom) {
		t.Errorf("discarding with a move that fails: %v", err)
	}
	_ = c.Close(t.Context())
	_ = other.Close(t.Context())
	shutdown(t, s)
	if s, client, err = Offline(settings(t, "--data-dir", dir), quiet); err != nil {
		t.Fatal(err)
	}
	defer shutdown(t, s)
	c = connectSQL(t, client, "postgres", "postgres")
	defer func() { _ = c.Close(t.Context()) }()
	if n := scan[int](t, c, "select one from kept"); n != 1 {
		t.Errorf("after a restart there is %d", n)
	}
}
