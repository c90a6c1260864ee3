package exec

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

var ctx = context.Background()

// fixture is an engine over a store in memory, with helpers that fail the test.
type fixture struct {
	t testing.TB
	*table.Engine
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	e, err := table.Open(memstore.New(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return fixture{t, e}
}

func (f fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) begin(i table.Isolation) *table.Tx {
	f.t.Helper()
	tx, err := f.Begin(table.TxOptions{Database: catalog.PostgresOID, Isolation: i, Session: f.NewSession(1)})
	f.must(err)
	f.t.Cleanup(tx.Rollback)
	return tx
}

// column spells a column of a table: its name and type.
type column struct {
	name    string
	oid     types.OID
	notNull bool
}

// create makes a table whose first pk columns are the primary key.
func (f fixture) create(name string, pk int, columns ...column) *catalog.Relation {
	f.t.Helper()
	tx := f.begin(table.ReadCommitted)
	oid, err := tx.NewOID()
	f.must(err)
	storage, err := tx.NewStorageID(false)
	f.must(err)
	rel := &catalog.Relation{
		OID: oid, Name: name, Schema: catalog.PublicOID, Kind: catalog.KindTable,
		Owner: catalog.BootstrapRole, Storage: storage, AccessMethod: "persistent",
	}
	for i, c := range columns {
		rel.Columns = append(rel.Columns, &catalog.Column{Num: int16(i + 1), Name: c.name, Type: c.oid, Typmod: -1, NotNull: c.notNull})
	}
	if pk > 0 {
		ioid, err := tx.NewOID()
		f.must(err)
		ix := &catalog.Index{
			OID: ioid, Name: name + "_pkey", Unique: true, Primary: true, Clustered: true, Method: "btree", Valid: true, Storage: storage,
		}
		for i := range pk {
			ix.Keys = append(ix.Keys, catalog.IndexKey{Column: int16(i + 1), Type: columns[i].oid})
		}
		rel.Indexes = append(rel.Indexes, ix)
	}
	f.must(tx.CreateRelation(ctx, rel))
	f.must(tx.Commit(ctx))
	return rel
}

// load inserts rows in a transaction of its own.
func (f fixture) load(rel *catalog.Relation, rows ...[]types.Datum) {
	f.t.Helper()
	tx := f.begin(table.ReadCommitted)
	f.must(tx.StartStatement())
	h := table.NewHandle(rel, nil)
	for _, r := range rows {
		_, err := tx.Insert(ctx, h, r)
		f.must(err)
	}
	f.must(tx.Commit(ctx))
}

func newContext(tx *table.Tx) *Context {
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	return &Context{Ctx: ctx, Tx: tx, Fn: &builtin.Context{TxTime: now, StmtTime: now, Location: time.UTC}}
}

// outcome is what a statement did.
type outcome struct {
	rows     []string
	affected int64
	err      error
}

func (o outcome) String() string { return strings.Join(o.rows, "; ") }

// sorted gives the rows in an order of their own.
func (o outcome) sorted() string {
	slices.Sort(o.rows)
	return o.String()
}

// runIn executes a plan in a transaction's next statement.
func runIn(ec *Context, root plan.Node, params ...types.Datum) outcome {
	if ec.Tx != nil {
		if err := ec.Tx.StartStatement(); err != nil {
			return outcome{err: err}
		}
	}
	p := &plan.Plan{Root: root, Params: make([]types.OID, len(params))}
	prog, err := Compile(p)
	if err != nil {
		return outcome{err: err}
	}
	return execute(ec, prog, params...)
}

func execute(ec *Context, prog *Program, params ...types.Datum) (out outcome) {
	c, err := prog.Open(ec, params)
	if err != nil {
		return outcome{err: err}
	}
	defer func() {
		if err := c.Close(); out.err == nil {
			out.err = err
		}
	}()
	cols := prog.Plan.Root.Out()
	for {
		b, err := c.Next()
		if err != nil {
			out.err = err
			return out
		}
		if b == nil {
			out.affected = c.RowsAffected()
			return out
		}
		for i := range b.Rows() {
			out.rows = append(out.rows, rowText(cols, b.Row(i, nil)))
		}
	}
}

func rowText(cols []plan.ColumnInfo, row []types.Datum) string {
	var out []string
	for i, d := range row {
		if d.IsNull() {
			out = append(out, "-")
			continue
		}
		out = append(out, string(types.AppendText(nil, cols[i].Type, d, nil)))
	}
	return strings.Join(out, " ")
}

// query runs a plan without tables.
func query(t testing.TB, root plan.Node, params ...types.Datum) outcome {
	t.Helper()
	out := runIn(newContext(nil), root, params...)
	if out.err != nil {
		t.Fatal(out.err)
	}
	return out
}

// The functions below write plans.

func typed(oid types.OID) plan.Typed { return plan.Typed{T: oid, Mod: -1, Loc: -1} }

func lit(oid types.OID, d types.Datum) plan.Expr { return &plan.Const{Typed: typed(oid), Value: d} }

func i4(v int64) plan.Expr { return lit(types.Int4OID, types.Int(v)) }

func null(oid types.OID) plan.Expr { return lit(oid, types.Null) }

func str(s string) plan.Expr { return lit(types.TextOID, types.Text(s)) }

func param(oid types.OID, i int) plan.Expr { return &plan.Param{Typed: typed(oid), Index: i} }

func col(oid types.OID, i int) plan.Expr { return &plan.Column{Typed: typed(oid), Index: i} }

func c4(i int) plan.Expr { return col(types.Int4OID, i) }

// fn finds a built-in function by its name and argument types.
func fn(name string, args ...types.OID) *builtin.Function {
	for _, f := range builtin.Functions(name) {
		if slices.Equal(f.Args, args) {
			return f
		}
	}
	panic(fmt.Sprintf("no function %s%v", name, args))
}

// op calls the operator of that name between two expressions.
func op(name string, l, r plan.Expr) plan.Expr {
	o := builtin.OperatorFor(name, l.Type(), r.Type())
	if o == nil {
		panic(fmt.Sprintf("no operator %s between %d and %d", name, l.Type(), r.Type()))
	}
	return &plan.Call{Typed: typed(o.Ret), Fn: o.Fn, Args: []plan.Expr{l, r}, Op: name}
}

func and(args ...plan.Expr) plan.Expr {
	return &plan.Logic{Typed: typed(types.BoolOID), Op: plan.And, Args: args}
}

func or(args ...plan.Expr) plan.Expr {
	return &plan.Logic{Typed: typed(types.BoolOID), Op: plan.Or, Args: args}
}

func not(arg plan.Expr) plan.Expr {
	return &plan.Logic{Typed: typed(types.BoolOID), Op: plan.Not, Args: []plan.Expr{arg}}
}

func outOf(oids ...types.OID) plan.Base {
	b := plan.Base{}
	for i, o := range oids {
		b.Cols = append(b.Cols, plan.ColumnInfo{Name: fmt.Sprintf("c%d", i), Type: o, Typmod: -1})
	}
	return b
}

func oidsOf(n plan.Node) []types.OID {
	var out []types.OID
	for _, c := range n.Out() {
		out = append(out, c.Type)
	}
	return out
}

// valuesOf is VALUES with literal rows.
func valuesOf(oids []types.OID, rows ...[]types.Datum) *plan.Values {
	v := &plan.Values{Base: outOf(oids...)}
	for _, r := range rows {
		var es []plan.Expr
		for i, d := range r {
			es = append(es, lit(oids[i], d))
		}
		v.Rows = append(v.Rows, es)
	}
	return v
}

func projectOf(in plan.Node, es ...plan.Expr) *plan.Project {
	return &plan.Project{Base: outOf(typesOf(es)...), Input: in, Exprs: es}
}

// scanOf reads all columns of a table.
func scanOf(rel *catalog.Relation, tid bool) *plan.Scan {
	s := &plan.Scan{Rel: rel, WithTID: tid}
	var oids []types.OID
	for i, c := range rel.Columns {
		s.Columns = append(s.Columns, i)
		oids = append(oids, c.Type)
	}
	if tid {
		oids = append(oids, types.TIDOID)
	}
	s.Base = outOf(oids...)
	return s
}

// pointOf reads one row by the first column of the primary key.
func pointOf(rel *catalog.Relation, tid bool, key plan.Expr) *plan.Scan {
	s := scanOf(rel, tid)
	s.Index, s.Spans, s.Point = rel.Indexes[0], []plan.Span{{Eq: []plan.Expr{key}}}, true
	return s
}

func ints(vs ...int64) []types.Datum {
	out := make([]types.Datum, len(vs))
	for i, v := range vs {
		out[i] = types.Int(v)
	}
	return out
}
