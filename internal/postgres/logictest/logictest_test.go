package logictest

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/postgres/session"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/wire"
	"github.com/orbit-server/orbit/internal/storage/hybrid"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// startServer runs a server over an empty store, in which some tables are kept by
// actors, and gives its address.
func startServer(t *testing.T) string {
	t.Helper()
	store := openStore(t)
	engine, err := table.Open(store, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.NewManager(session.Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	s := wire.NewServer(wire.Options{Addr: "127.0.0.1:0", Sessions: m})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		err := m.Verify(store, table.VerifyOptions{Idle: true, Report: func(f table.Fault) error {
			t.Errorf("%s: %s.%s.%s %s %s: expected %s, found %s", f.Code, f.Database, f.Schema, f.Relation, f.Index, f.Row, f.Expected, f.Found)
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
		if err := errors.Join(engine.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return s.Addr().String()
}

func openStore(t *testing.T) *hybrid.Store {
	t.Helper()
	actors, err := actor.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := actors.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	home, base := memstore.New(), []byte{0xf0}
	lower, upper := table.PinnedRange()
	store, err := hybrid.New(hybrid.Options{
		Home: home, Lower: lower, Upper: upper, Base: base, Defining: table.PinnedKey(), Logged: true,
		Open: func() (hybrid.Memory, error) {
			return actors.Open(actor.Options{
				Kind: "pinned", Route: actor.Route{Key: table.PartitionOf, Range: table.PartitionOfRange},
				Persistence: actor.WriteThrough, Backing: home, Base: base,
			})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// client runs SQL by the simple protocol.
type client struct{ c *pgconn.PgConn }

func (c client) Close() error { return c.c.Close(context.Background()) }

func (c client) Run(ctx context.Context, sql string) (Result, error) {
	results, err := c.c.Exec(ctx, sql).ReadAll()
	if err != nil {
		if e, ok := errors.AsType[*pgconn.PgError](err); ok {
			return Result{}, fmt.Errorf("%s %s", e.Code, e.Message)
		}
		return Result{}, err
	}
	var out Result
	for _, r := range results {
		out = Result{Affected: r.CommandTag.RowsAffected()}
		for _, row := range r.Rows {
			values := make([]*string, len(row))
			for i, v := range row {
				if v != nil {
					s := string(v)
					values[i] = &s
				}
			}
			out.Rows = append(out.Rows, values)
		}
	}
	return out, nil
}

// maxFailures is how many failures of a file are told.
const maxFailures = 20

func runFile(t *testing.T, path, method string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	records, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) == 0 {
		t.Fatal("the file has no records")
	}
	url := os.Getenv("SQLLOGICTEST_URL")
	if url == "" {
		url = "postgres://postgres@" + startServer(t) + "/postgres?sslmode=disable&default_table_access_method=" + method
	} else {
		emptySchema(t, url)
	}
	failures := 0
	results := map[int][]string{}
	r := &Runner{
		Open: func() (Conn, error) {
			c, err := pgconn.Connect(t.Context(), url)
			return client{c}, err
		},
		Got: func(rec Record, lines []string) { results[rec.Line] = lines },
		Fail: func(rec Record, err error) bool {
			if failures++; failures <= maxFailures {
				t.Errorf("%s:%d: %v\n%s", filepath.Base(path), rec.Line, err, rec.SQL)
			}
			return true
		},
	}
	if err := r.Run(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if *rewrite && strings.HasPrefix(path, "testdata") {
		rewriteFile(t, path, records, results)
	}
	if failures > 0 {
		t.Errorf("%d of %d records fail", failures, len(records))
	}
}

// emptySchema makes a server that is not ours ready for a file.
func emptySchema(t *testing.T, url string) {
	c, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	if _, err := (client{c}).Run(t.Context(), "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
}

// rewriteFile puts the results that the server gave in the place of those wanted.
func rewriteFile(t *testing.T, path string, records []Record, results map[int][]string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	var out []string
	at := 1
	for _, rec := range records {
		got, ok := results[rec.Line]
		if !ok || rec.From == 0 {
			continue
		}
		out = append(append(out, lines[at-1:rec.From-1]...), got...)
		at = rec.To
	}
	out = append(out, lines[at-1:]...)
	if err := os.WriteFile(path, []byte(strings.Join(out, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rewrite is for new tests: their results are written by a server that is right,
// which SQLLOGICTEST_URL names.
var rewrite = flag.Bool("rewrite", false, "write the results of testdata as the server gives them")

// TestFiles runs testdata, and with SQLLOGICTEST_DIR the files there too.
func TestFiles(t *testing.T) {
	for _, dir := range []string{"testdata", os.Getenv("SQLLOGICTEST_DIR")} {
		if dir != "" {
			runFiles(t, dir, "heap")
		}
	}
}

// Where a table lies changes nothing about what can be done with it.
func TestFilesInMemory(t *testing.T) {
	if os.Getenv("SQLLOGICTEST_URL") == "" {
		runFiles(t, "testdata", "actor")
	}
}

// What only orbit has.
func TestFilesOfOrbit(t *testing.T) {
	if os.Getenv("SQLLOGICTEST_URL") == "" {
		runFiles(t, "testdata/orbit", "heap")
	}
}

func runFiles(t *testing.T, dir, method string) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.test*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".test")
		t.Run(name, func(t *testing.T) { runFile(t, path, method) })
	}
}
