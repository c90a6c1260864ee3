package wire

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/session"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// startServer runs a server over an empty store in memory.
func startServer(t testing.TB, o Options) *Server {
	t.Helper()
	return startServerWith(t, o, session.Options{})
}

// startServerWith gives the sessions options too.
func startServerWith(t testing.TB, o Options, so session.Options) *Server {
	t.Helper()
	store := memstore.New()
	engine, err := table.Open(store, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	so.Engine, so.Settings = engine, map[string]string{"server_version": "15.0 (orbit test)"}
	m, err := session.NewManager(so)
	if err != nil {
		t.Fatal(err)
	}
	o.Addr, o.Sessions = "127.0.0.1:0", m
	s := NewServer(o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := errors.Join(engine.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func connect(t testing.TB, s *Server, more string) *pgx.Conn {
	t.Helper()
	c, err := dial(s, more)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func dial(s *Server, more string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return pgx.Connect(ctx, fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable%s", s.Addr(), more))
}

// code is the SQLSTATE of an error, "" if it has none.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// exec runs SQL by the simple protocol and gives each result's tag.
func exec(t testing.TB, c *pgx.Conn, sql string) []string {
	t.Helper()
	tags, err := tryExec(c, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tags
}

func tryExec(c *pgx.Conn, sql string) ([]string, error) {
	results, err := c.PgConn().Exec(context.Background(), sql).ReadAll()
	var tags []string
	for _, r := range results {
		tags = append(tags, r.CommandTag.String())
	}
	return tags, err
}

// show is a setting's value.
func show(t testing.TB, c *pgx.Conn, name string) string {
	t.Helper()
	results, err := c.PgConn().Exec(context.Background(), "SHOW "+name).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return string(results[0].Rows[0][0])
}
