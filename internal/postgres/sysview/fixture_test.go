package sysview

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// testEnv is a session over a catalog that tests make by hand.
type testEnv struct {
	view *catalog.View
	path []types.OID
}

var (
	_ Env    = (*testEnv)(nil)
	_ Server = (*testEnv)(nil)
)

func (e *testEnv) View() *catalog.View                   { return e.view }
func (e *testEnv) Tx() *table.Tx                         { return nil }
func (e *testEnv) SearchPath() []types.OID               { return e.path }
func (e *testEnv) CurrentUser() string                   { return "postgres" }
func (e *testEnv) SessionUser() string                   { return "postgres" }
func (e *testEnv) CurrentDatabase() string               { return "postgres" }
func (e *testEnv) CurrentSchemas(bool) []string          { return []string{"public"} }
func (e *testEnv) Setting(string) (string, bool)         { return "", false }
func (e *testEnv) SetSetting(string, string, bool) error { return nil }
func (e *testEnv) BackendPID() int32                     { return 7 }
func (e *testEnv) NextVal(types.OID) (int64, error)      { return 0, nil }
func (e *testEnv) CurrVal(types.OID) (int64, error)      { return 0, nil }
func (e *testEnv) SetVal(types.OID, int64, bool) error   { return nil }
func (e *testEnv) LastVal() (int64, error)               { return 0, nil }

var started = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func (e *testEnv) Sessions() []Session {
	return []Session{{
		PID: 7, Database: "postgres", User: "postgres", Application: "psql", Address: "127.0.0.1", Port: 4000,
		Start: started, QueryStart: started, StateChange: started, State: "active", Query: "SELECT 1",
	}}
}

func (e *testEnv) Settings() []Setting {
	return []Setting{{
		Name: "work_mem", Value: "4096", Unit: "kB", Category: "Memory", Desc: "Memory.", Context: "user", Type: "integer",
		Source: "default", Min: "64", Max: "2147483647", Boot: "4096", Reset: "4096",
	}}
}

func (e *testEnv) Prepared() []Prepared {
	return []Prepared{{Name: "p", Statement: "SELECT $1", Made: started, Params: []types.OID{types.Int4OID}}}
}

func (e *testEnv) Cursors() []Cursor {
	return []Cursor{{Name: "c", Statement: "SELECT 1", Made: started}}
}
func (e *testEnv) Started() time.Time          { return started }
func (e *testEnv) CancelBackend(int32) bool    { return false }
func (e *testEnv) TerminateBackend(int32) bool { return false }
func (e *testEnv) Context() context.Context    { return context.Background() }
func (e *testEnv) Warn(string, string, ...any) {}

// OIDs of the fixture.
const (
	shop     types.OID = 16400 // a schema
	customer types.OID = 16410
	orders   types.OID = 16420
	ordersID types.OID = 16430 // a sequence
	cheap    types.OID = 16440 // a view
	mood     types.OID = 16450 // an enum
)

// fixture is a catalog with one of most kinds of object.
func fixture() *testEnv {
	const db = catalog.PostgresOID
	s := catalog.Bootstrap()
	s.PutSchema(db, &catalog.Schema{OID: shop, Name: "Shop", Owner: catalog.BootstrapRole, Comment: "what is sold"})
	s.PutRole(&catalog.Role{OID: 16460, Name: "readers", Inherit: true, ConnLimit: -1, Comment: "only look"})
	s.PutRelation(db, &catalog.Relation{
		OID: customer, Name: "customer", Schema: catalog.PublicOID, Kind: catalog.KindTable, Owner: catalog.BootstrapRole,
		Storage: 1, AccessMethod: "persistent", RowType: customer + 1, Comment: "who buys",
		Columns: []*catalog.Column{
			{Num: 1, Name: "country", Type: types.BPCharOID, Typmod: 6, NotNull: true},
			{Num: 2, Name: "no", Type: types.Int4OID, Typmod: -1, NotNull: true, Identity: 'd'},
			{Num: 3, Name: "gone", Type: types.Int4OID, Typmod: -1, Dropped: true},
			{Num: 4, Name: "Full Name", Type: types.VarCharOID, Typmod: 44, Default: "'nobody'", Comment: "as on the door"},
		},
		Indexes: []*catalog.Index{
			{
				OID: customer + 2, Name: "customer_pkey", Storage: 1, Unique: true, Primary: true, Clustered: true, Method: "btree", Valid: true,
				Keys: []catalog.IndexKey{{Column: 1, Type: types.BPCharOID}, {Column: 2, Type: types.Int4OID}},
			},
			{
				OID: customer + 3, Name: "customer_name", Storage: 2, Method: "btree", Valid: true, Comment: "to find by name",
				Keys:      []catalog.IndexKey{{Expr: `lower("Full Name")`, Type: types.TextOID, Desc: true, NullsFirst: true}},
				Predicate: "no > 100", Include: []int16{2},
			},
		},
		Constraints: []*catalog.Constraint{
			{OID: customer + 4, Name: "customer_pkey", Kind: catalog.PrimaryKey, Columns: []int16{1, 2}, Index: customer + 2, Validated: true},
			{OID: customer + 5, Name: "positive", Kind: catalog.Check, Columns: []int16{2}, Expr: "no > 0 AND country <> ''", Validated: true, Comment: "of course"},
		},
	})
	s.PutRelation(db, &catalog.Relation{
		OID: customer + 6, Name: "customer_no_seq", Schema: catalog.PublicOID, Kind: catalog.KindSequence, Owner: catalog.BootstrapRole, Storage: 8,
		Sequence: &catalog.Sequence{
			Type: types.Int4OID, Start: 1, Increment: 1, Min: 1, Max: 1<<31 - 1, Cache: 1, OwnerTable: customer, OwnerCol: 2, Internal: true,
		},
	})
	s.PutRelation(db, &catalog.Relation{
		OID: orders, Name: "order", Schema: shop, Kind: catalog.KindTable, Owner: 16460, Storage: 3, AccessMethod: "persistent",
		RowType: orders + 1, Options: map[string]string{"fillfactor": "70"},
		Columns: []*catalog.Column{
			{Num: 1, Name: "id", Type: types.Int8OID, Typmod: -1, NotNull: true, Default: "nextval('16430'::regclass)"},
			{Num: 2, Name: "country", Type: types.BPCharOID, Typmod: 6},
			{Num: 3, Name: "no", Type: types.Int4OID, Typmod: -1},
			{Num: 4, Name: "net", Type: types.NumericOID, Typmod: 655366},
			{Num: 5, Name: "gross", Type: types.NumericOID, Typmod: 655366, Generated: "net * 1.19"},
			{Num: 6, Name: "tags", Type: types.TextArrayOID, Typmod: -1, HasMissing: true, Missing: "{new}"},
		},
		Indexes: []*catalog.Index{{
			OID: orders + 2, Name: "order_id_key", Storage: 4, Unique: true, NullsNotDistinct: true, Method: "btree", Valid: true,
			Keys: []catalog.IndexKey{{Column: 1, Type: types.Int8OID}},
		}},
		Constraints: []*catalog.Constraint{
			{OID: orders + 3, Name: "order_id_key", Kind: catalog.Unique, Columns: []int16{1}, Index: orders + 2, Validated: true, Deferrable: true},
			{
				OID: orders + 4, Name: "of_customer", Kind: catalog.ForeignKey, Columns: []int16{2, 3}, RefTable: customer,
				RefColumns: []int16{1, 2}, RefIndex: customer + 2, OnUpdate: 'c', OnDelete: 'n', Match: 'f', Deferrable: true, Deferred: true,
			},
		},
	})
	s.PutRelation(db, &catalog.Relation{
		OID: ordersID, Name: "order_id_seq", Schema: shop, Kind: catalog.KindSequence, Owner: catalog.BootstrapRole, Storage: 5,
		Sequence: &catalog.Sequence{
			Type: types.Int8OID, Start: 10, Increment: 5, Min: 1, Max: 1000, Cache: 1, Cycle: true, OwnerTable: orders, OwnerCol: 1,
		},
	})
	s.PutRelation(db, &catalog.Relation{
		OID: cheap, Name: "cheap", Schema: shop, Kind: catalog.KindView, Owner: catalog.BootstrapRole, RowType: cheap + 1,
		ViewSQL: `SELECT id, net FROM "Shop"."order" WHERE net < 10`, DependsOn: []types.OID{orders},
		Columns: []*catalog.Column{
			{Num: 1, Name: "id", Type: types.Int8OID, Typmod: -1}, {Num: 2, Name: "net", Type: types.NumericOID, Typmod: 655366},
		},
	})
	s.PutType(db, &catalog.CustomType{
		OID: mood, Name: "mood", Schema: catalog.PublicOID, Owner: catalog.BootstrapRole, Kind: 'e', Labels: []string{"sad", "ok"}, Typmod: -1,
		Array: mood + 1,
	})
	return &testEnv{view: s.View(db), path: []types.OID{catalog.PublicOID}}
}

func (e *testEnv) context() *exec.Context {
	fn := &builtin.Context{Env: e, TxTime: started, StmtTime: started, Location: time.UTC}
	fn.Format.Names = Names(fn)
	return &exec.Context{Ctx: context.Background(), Fn: fn}
}

// read gives the rows of a relation, all columns; eq is the hint.
func (e *testEnv) read(t *testing.T, d *definition, eq map[int]types.Datum) [][]types.Datum {
	t.Helper()
	all := make([]int, len(d.rel.Columns))
	for i := range all {
		all[i] = i
	}
	var rows [][]types.Datum
	err := Rows{}.Rows(e.context(), d.rel, all, eq, func(row []types.Datum) error {
		rows = append(rows, append([]types.Datum(nil), row...))
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", d.rel.Name, err)
	}
	return rows
}

// show writes a row as text.
func show(d *definition, row []types.Datum) string {
	var b strings.Builder
	for i, v := range row {
		if i > 0 {
			b.WriteByte('|')
		}
		if !v.IsNull() {
			b.WriteString(types.Output(d.rel.Columns[i].Type, v, nil))
		}
	}
	return b.String()
}
