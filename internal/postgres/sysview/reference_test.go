package sysview_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/session"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/wire"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// referenceServer names a PostgreSQL 15 server, by an address such as
// postgres://postgres@127.0.0.1:5432, whose answers the files then take:
//
//	ORBIT_REFERENCE_POSTGRES=… go test -run TestReference -rewrite
const referenceServer = "ORBIT_REFERENCE_POSTGRES"

// The files under testdata/reference hold what clients ask of the catalog, and
// what PostgreSQL 15 answers over the tables of reference.sql.
func TestReference(t *testing.T) {
	base := os.Getenv(referenceServer)
	if base == "" {
		base = "postgres://postgres@" + startServer(t)
	}
	exec(t, base+"/postgres?sslmode=disable", "DROP DATABASE IF EXISTS ref")
	exec(t, base+"/postgres?sslmode=disable", "CREATE DATABASE ref")
	schema, err := os.ReadFile("testdata/reference.sql")
	if err != nil {
		t.Fatal(err)
	}
	ref := base + "/ref?sslmode=disable"
	exec(t, ref, string(schema))
	datadriven.Walk(t, "testdata/reference", func(t *testing.T, path string) {
		c := dial(t, ref)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "query" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return answer(c, d.Input, d.HasArg("sort"))
		})
	})
}

// Every computed relation can be read in full, under the columns of the checked-in
// list: names and types as the protocol tells them.
func TestEveryRelationReads(t *testing.T) {
	c := dial(t, "postgres://postgres@"+startServer(t)+"/postgres?sslmode=disable")
	rows, err := os.ReadFile("data/relations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(rows)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		results, err := query(c, "SELECT * FROM "+f[0]+"."+f[1])
		if err != nil {
			t.Errorf("%s.%s: %v", f[0], f[1], err)
			continue
		}
		var got, want []string
		for _, fd := range results[0].columns {
			got = append(got, fmt.Sprintf("%s:%d", fd.Name, fd.DataTypeOID))
		}
		for column := range strings.SplitSeq(f[5], ",") {
			part := strings.SplitN(column, ":", 3)
			want = append(want, part[0]+":"+part[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s.%s has columns\n%v, not\n%v", f[0], f[1], got, want)
		}
		binary := c.ExecParams(context.Background(), "SELECT * FROM "+f[0]+"."+f[1], nil, nil, nil, []int16{1}).Read()
		if binary.Err != nil || len(binary.Rows) < len(results[0].rows)/2 {
			t.Errorf("%s.%s in binary: %d rows, %v", f[0], f[1], len(binary.Rows), binary.Err)
		}
	}
}

// startServer runs a server over an empty store in memory.
func startServer(t *testing.T) (address string) {
	t.Helper()
	store := memstore.New()
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
		if err := errors.Join(engine.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return s.Addr().String()
}

func dial(t *testing.T, dsn string) *pgconn.PgConn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func exec(t *testing.T, dsn, sql string) {
	t.Helper()
	c := dial(t, dsn)
	if _, err := c.Exec(context.Background(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// result is what one statement gives.
type result struct {
	columns []pgconn.FieldDescription
	rows    [][][]byte
}

// query runs SQL by the simple protocol.
func query(c *pgconn.PgConn, sql string) (out []result, err error) {
	m := c.Exec(context.Background(), sql)
	for m.NextResult() {
		r := m.ResultReader()
		out = append(out, result{columns: slices.Clone(r.FieldDescriptions())})
		for r.NextRow() {
			row := make([][]byte, len(r.Values()))
			for i, v := range r.Values() {
				row[i] = slices.Clone(v)
			}
			out[len(out)-1].rows = append(out[len(out)-1].rows, row)
		}
	}
	return out, m.Close()
}

// answer is what a query gives: a line of columns with their types, then the
// rows; or the error.
func answer(c *pgconn.PgConn, sql string, sort bool) string {
	results, err := query(c, sql)
	if err != nil {
		e, ok := errors.AsType[*pgconn.PgError](err)
		if !ok {
			return err.Error()
		}
		return e.Severity + " " + e.Code + ": " + e.Message
	}
	var b strings.Builder
	for _, r := range results {
		var names, lines []string
		for _, f := range r.columns {
			names = append(names, f.Name+" "+types.FormatType(types.OID(f.DataTypeOID), f.TypeModifier))
		}
		for _, row := range r.rows {
			var cells []string
			for _, v := range row {
				if v == nil {
					cells = append(cells, "NULL")
				} else {
					cells = append(cells, strings.ReplaceAll(string(v), "\n", `\n`))
				}
			}
			lines = append(lines, strings.Join(cells, " | "))
		}
		if sort {
			slices.Sort(lines)
		}
		b.WriteString(strings.Join(names, " | ") + "\n")
		for _, l := range lines {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// Drivers read these columns by their binary forms.
func TestBinaryValues(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "postgres://postgres@"+startServer(t)+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var (
		address  netip.Prefix
		oid      uint32
		name     string
		kind     rune
		acl      []string
		args     []uint32
		elapsed  time.Time
		settings []string
	)
	for _, q := range []struct {
		sql  string
		into []any
	}{
		{"SELECT client_addr, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()", []any{&address, &elapsed}},
		{"SELECT oid, relname, relkind FROM pg_class WHERE relname = 'pg_class'", []any{&oid, &name, &kind}},
		{"SELECT nspacl::text[] FROM pg_namespace WHERE nspname = 'public'", []any{&acl}},
		{"SELECT proargtypes::oid[] FROM pg_proc WHERE proname = 'upper' AND prorettype = 'text'::regtype", []any{&args}},
		{"SELECT enumvals FROM pg_settings WHERE name = 'default_transaction_isolation'", []any{&settings}},
	} {
		if err := conn.QueryRow(ctx, q.sql).Scan(q.into...); err != nil {
			t.Errorf("%s: %v", q.sql, err)
		}
	}
	if address.Addr().String() != "127.0.0.1" || oid != 1259 || name != "pg_class" || kind != 'r' || len(acl) != 2 ||
		!slices.Equal(args, []uint32{25}) || len(settings) == 0 {
		t.Errorf("got %v %d %s %c %v %v %v", address, oid, name, kind, acl, args, settings)
	}
}

// What the administration functions do is real.
func TestAdministration(t *testing.T) {
	ctx := context.Background()
	dsn := "postgres://postgres@" + startServer(t) + "/postgres?sslmode=disable"
	one, other := dial(t, dsn), dial(t, dsn)
	value := func(c *pgconn.PgConn, sql string) string {
		t.Helper()
		r, err := query(c, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if len(r) == 0 || len(r[0].rows) != 1 {
			t.Fatalf("%s: not one row", sql)
		}
		return string(r[0].rows[0][0])
	}
	value(one, "SELECT pg_advisory_lock(42)")
	if got := value(other, "SELECT pg_try_advisory_lock(42)"); got != "f" {
		t.Errorf("a lock that another session has is given: %s", got)
	}
	if got := value(other, "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted"); got != "42" {
		t.Errorf("pg_locks shows %s", got)
	}
	if got := value(one, "SELECT pg_advisory_unlock(42)"); got != "t" {
		t.Errorf("unlock gives %s", got)
	}
	if got := value(other, "SELECT pg_try_advisory_lock(42)"); got != "t" {
		t.Errorf("a free lock is not given: %s", got)
	}
	if got := value(one, "SELECT pg_terminate_backend("+value(other, "SELECT pg_backend_pid()")+")"); got != "t" {
		t.Errorf("terminate gives %s", got)
	}
	if err := other.Ping(ctx); err == nil {
		t.Error("a terminated session answers")
	}
	if got := value(one, "SELECT pg_cancel_backend(999999)"); got != "f" {
		t.Errorf("a session that is not there is cancelled: %s", got)
	}
}
