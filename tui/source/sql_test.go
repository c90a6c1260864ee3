package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/server"
)

// open opens an empty directory offline.
func open(t *testing.T) *SQL {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Flags(flags)
	if err := flags.Set("data-dir", filepath.Join(t.TempDir(), "data")); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	s, client, err := server.Offline(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	src := New(client, c.DataDir, false)
	t.Cleanup(func() {
		if err := errors.Join(src.Close(), s.Shutdown(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return src.Database("postgres", false)
}

// exec runs statements that must not fail.
func exec(t *testing.T, q *SQL, text string) {
	t.Helper()
	s := q.Session()
	if _, err := s.Run(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func describe(t *testing.T, q *SQL, name string) *Relation {
	t.Helper()
	r, err := q.Describe(t.Context(), "public", name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCatalog(t *testing.T) {
	q := open(t)
	exec(t, q, `create table items (a int, name text not null default 'none', price numeric(10, 2), twice int generated always as (a * 2) stored,
		primary key (name, a), check (price > 0)); create index items_price on items (price);
		create view dear as select name from items where price > 10; create schema other; create table other.t (x int)`)
	schemas, err := q.Schemas(t.Context())
	if err != nil || len(schemas) != 2 || schemas[0] != (Schema{"public", 2}) || schemas[1] != (Schema{"other", 1}) {
		t.Errorf("schemas: %v, %v", schemas, err)
	}
	all, more, err := q.Relations(t.Context(), "public", "", 1)
	if err != nil || len(all) != 1 || !more || all[0].Name != "dear" || all[0].KindName() != "view" {
		t.Errorf("relations: %v, %v, %v", all, more, err)
	}
	r := describe(t, q, "items")
	if fmt.Sprint(r.Key) != "[1 0]" {
		t.Errorf("key: %v", r.Key)
	}
	if c := r.Columns[2]; c.Name != "price" || c.Type != "numeric(10,2)" || !c.Number || c.Wide || c.NotNull {
		t.Errorf("price: %+v", c)
	}
	if c := r.Columns[1]; c.Default != "'none'::text" || !c.Wide || !c.NotNull {
		t.Errorf("name: %+v", c)
	}
	if !r.Columns[3].Generated {
		t.Errorf("twice: %+v", r.Columns[3])
	}
	if len(r.Indexes) != 2 || !r.Indexes[0].Primary || r.Indexes[1].Name != "items_price" || len(r.Constraints) < 2 {
		t.Errorf("indexes: %+v, constraints: %+v", r.Indexes, r.Constraints)
	}
	if v := describe(t, q, "dear"); v.Editable() == "" || !strings.Contains(v.Definition, "items") {
		t.Errorf("view: %+v", v)
	}
	if _, err := q.Describe(t.Context(), "public", "nothing"); err == nil {
		t.Error("a table that is not there is described")
	}
}

// walk reads a listing page by page, and gives the values of a column.
func walk(t *testing.T, q *SQL, l Listing, from, on Place, column int) (found []string) {
	t.Helper()
	page, err := q.Page(t.Context(), l, from, nil, 7)
	for {
		if err != nil {
			t.Fatal(err)
		}
		var part []string
		for _, r := range page.Rows {
			v := r.Values[column].Text
			if r.Values[column].Null {
				v = "NULL"
			}
			part = append(part, v)
		}
		if on == PageBehind {
			found = append(found, part...)
		} else {
			found = append(part, found...)
		}
		if on == PageBehind && page.Last || on == PageBefore && page.First {
			return found
		}
		edge := &page.Rows[0]
		if on == PageBehind {
			edge = &page.Rows[len(page.Rows)-1]
		}
		page, err = q.Page(t.Context(), l, on, edge, 7)
	}
}

func TestPagesAreTheRowsInTheirOrder(t *testing.T) {
	q := open(t)
	exec(t, q, `create table keyed (a int, b text, n int, u int not null, primary key (a, b));
		insert into keyed select i / 5, 'k' || i, case when i % 3 > 0 then i % 4 end, i % 7 from generate_series(1, 60) i;
		create table loose as select * from keyed`)
	for _, c := range []struct {
		table, where string
		column       int
		down         bool
	}{
		{"keyed", "", -1, false},
		{"keyed", "", -1, true},
		{"keyed", "n is not null -- those only", -1, false},
		{"keyed", "", 2, false},
		{"keyed", "", 2, true},
		{"keyed", "", 3, false},
		{"keyed", "", 3, true},
		{"keyed", "", 1, true},
		{"loose", "", -1, false},
		{"loose", "a > 3", -1, false},
	} {
		name := fmt.Sprintf("%s where %q by %d, down %v", c.table, c.where, c.column, c.down)
		l := Listing{describe(t, q, c.table), c.where, c.column, c.down}
		var want []string
		s := q.Session()
		o, err := s.Run(t.Context(), l.Query())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, row := range o.Results[0].Rows {
			want = append(want, row[1].Text)
		}
		if got := walk(t, q, l, PageStart, PageBehind, 1); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: forward\n%v\nwant\n%v", name, got, want)
		}
		if got := walk(t, q, l, PageEnd, PageBefore, 1); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: backward\n%v\nwant\n%v", name, got, want)
		}
		if n, err := q.Total(t.Context(), l); err != nil || int(n) != len(want) {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	}
}

func TestLongValuesAreCut(t *testing.T) {
	q := open(t)
	exec(t, q, `create table long (id int primary key, v text, j jsonb); insert into long values (1, repeat('é', 3000000), '{"a": 1}'), (2, null, null)`)
	l := Listing{Relation: describe(t, q, "long"), Column: -1}
	page, err := q.Page(t.Context(), l, PageStart, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	if v := page.Rows[0].Values[1]; !v.Cut || v.Text != strings.Repeat("é", Preview) {
		t.Errorf("%d bytes, cut: %v", len(v.Text), v.Cut)
	}
	if v := page.Rows[0].Values[2]; v.Cut || v.Text != `{"a": 1}` {
		t.Errorf("JSON: %+v", v)
	}
	v, length, err := q.CellValue(t.Context(), l, &page.Rows[0], 1)
	if err != nil || !v.Cut || length != 3_000_000 || len(v.Text) != 2*MaxValue {
		t.Errorf("%d bytes of %d, cut: %v, %v", len(v.Text), length, v.Cut, err)
	}
	if v, _, err := q.CellValue(t.Context(), l, &page.Rows[1], 1); err != nil || !v.Null {
		t.Errorf("NULL: %+v, %v", v, err)
	}
}

func TestConditionsMayBeWrong(t *testing.T) {
	q := open(t)
	exec(t, q, `create table t (id int primary key)`)
	_, err := q.Page(t.Context(), Listing{Relation: describe(t, q, "t"), Where: "id > 1 and nothing = 2", Column: -1}, PageStart, nil, 10)
	var wrong *ConditionError
	if !errors.As(err, &wrong) || wrong.At != 12 || !strings.Contains(wrong.Error(), "nothing") {
		t.Errorf("%v, at %+v", err, wrong)
	}
}

func TestChanges(t *testing.T) {
	q := open(t)
	exec(t, q, `create table t (id int primary key, v text, n int not null default 7); insert into t values (1, 'one''s'), (2, null); create table loose (x int)`)
	r := describe(t, q, "t")
	key := []Value{{Text: "1"}}
	apply := func(c *Change, err error) error {
		if err == nil {
			_, err = q.Apply(t.Context(), c)
		}
		return err
	}
	c, err := r.Update(key, 1, Value{Text: "one's"}, Value{Text: "x'; drop table t --"})
	if err != nil {
		t.Fatal(err)
	}
	text, params := c.Text()
	if want := `update "public"."t" set "v" = $1 where "id" = $2 and "v"::text = $3`; text != want || params[0] != "$1 = 'x''; drop table t --'" {
		t.Errorf("%s, %v", text, params)
	}
	if err := apply(c, nil); err != nil {
		t.Error(err)
	}
	if err := apply(c, nil); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("a change of what has changed: %v", err)
	}
	if err := apply(r.Update([]Value{{Text: "2"}}, 1, Value{Null: true}, Value{Text: ""})); err != nil {
		t.Error(err)
	}
	if err := apply(r.Update(key, 2, Value{Text: "7"}, Value{Null: true})); err == nil {
		t.Error("NULL in a column that has none")
	}
	if err := apply(r.Insert([]int{0, 1}, []Value{{Text: "3"}, {Null: true}})); err != nil {
		t.Error(err)
	}
	if err := apply(r.Delete(key)); err != nil {
		t.Error(err)
	}
	l := Listing{Relation: r, Column: -1}
	page, err := q.Page(t.Context(), l, PageStart, nil, 10)
	if err != nil || len(page.Rows) != 2 || page.Rows[0].Values[1] != (Value{}) || page.Rows[1].Values[2].Text != "7" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := describe(t, q, "loose").Update(nil, 0, Value{}, Value{}); err == nil || !strings.Contains(err.Error(), "primary key") {
		t.Errorf("a table without a key: %v", err)
	}
}

func TestNothingIsChangedReadOnly(t *testing.T) {
	q := open(t)
	exec(t, q, `create table t (id int primary key)`)
	locked := q.s.Database("postgres", true)
	c, err := describe(t, q, "t").Insert([]int{0}, []Value{{Text: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	var refused *pgconn.PgError
	if _, err := locked.Apply(t.Context(), c); !errors.As(err, &refused) || refused.Code != "25006" {
		t.Errorf("%v", err)
	}
}

func TestQueriesAreCancelledAndTheSessionGoesOn(t *testing.T) {
	q := open(t)
	s := q.Session()
	if _, err := s.Run(t.Context(), `set application_name = 'kept'`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := s.Run(ctx, `select count(*) from generate_series(1, 1000000000) a`)
	t.Logf("cancelled in %s", time.Since(begun)-100*time.Millisecond)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "57014" {
		t.Fatalf("cancelled: %v", err)
	}
	o, err := s.Run(t.Context(), `show application_name`)
	if err != nil || o.Results[0].Rows[0][0].Text != "kept" {
		t.Errorf("%+v, %v", o, err)
	}
	// The same of a page's connection.
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := q.query(ctx, `select count(*) from generate_series(1, 1000000000) a`, func([]Value) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestResultsAreBounded(t *testing.T) {
	q := open(t)
	s := q.Session()
	o, err := s.Run(t.Context(), `select i, repeat('x', 10) from generate_series(1, 50000) i; select 1 as one; create table t (x int); select 1/0`)
	if err == nil || len(o.Results) != 3 {
		t.Fatalf("%d results, %v", len(o.Results), err)
	}
	if r := o.Results[0]; r.Count != 50000 || len(r.Rows) != maxResultRows || r.Kept() || !r.Columns[0].Number {
		t.Errorf("%d rows kept of %d", len(r.Rows), r.Count)
	}
	if r := o.Results[2]; r.Tag != "CREATE TABLE" || r.Columns != nil {
		t.Errorf("%+v", r)
	}
}

func TestExport(t *testing.T) {
	q := open(t)
	exec(t, q, `create table t (id int primary key, v text); insert into t values (2, 'b'), (1, null)`)
	l := Listing{Relation: describe(t, q, "t"), Column: -1, Down: true}
	for name, want := range map[string]string{"x.csv": "id,v\n2,b\n1,\n", "x.jsonl": "{\"id\":2,\"v\":\"b\"}\n{\"id\":1,\"v\":null}\n"} {
		path := filepath.Join(t.TempDir(), name)
		n, err := q.Export(t.Context(), l.Query(), path)
		got, readErr := os.ReadFile(path)
		if err != nil || readErr != nil || n != 2 || string(got) != want {
			t.Errorf("%s: %d rows, %v, %q", name, n, errors.Join(err, readErr), got)
		}
		if _, err := q.Export(t.Context(), l.Query(), path); err == nil {
			t.Error("a file was written over")
		}
		path += ".bad.csv"
		if _, err := q.Export(t.Context(), "select nothing", path); err == nil {
			t.Error("exported nothing")
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("half a file is there: %v", err)
		}
	}
}

func TestCommandsAreDescribed(t *testing.T) {
	q := open(t)
	all, err := q.s.Commands(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := all["SET"]; c.Summary == "" || len(c.Arguments) < 3 || !c.Writes {
		t.Errorf("SET: %+v", c)
	}
	if c := all["CONFIG GET"]; c.Name != "CONFIG GET" || c.Summary == "" {
		t.Errorf("CONFIG GET: %+v", c)
	}
	if c := all["GET"]; c.Writes {
		t.Errorf("GET: %+v", c)
	}
}
