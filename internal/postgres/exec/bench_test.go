package exec

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func drain(b *testing.B, ec *Context, prog *Program, params ...types.Datum) int {
	b.Helper()
	c, err := prog.Open(ec, params)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for {
		batch, err := c.Next()
		if err != nil {
			b.Fatal(err)
		}
		if batch == nil {
			break
		}
		n += batch.Rows()
	}
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
	return n
}

func compiled(b *testing.B, root plan.Node, params ...types.OID) *Program {
	b.Helper()
	p, err := Compile(&plan.Plan{Root: root, Params: params})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func BenchmarkPointSelect(b *testing.B) {
	f := newFixture(b)
	rel := f.accounts(account(1, 10, "a"), account(2, 20, "b"))
	tx := f.begin(table.ReadCommitted)
	f.must(tx.StartStatement())
	prog := compiled(b, projectOf(pointOf(rel, false, param(types.Int4OID, 0)), c4(1)), types.Int4OID)
	ec := newContext(tx)
	key := ints(2)
	b.ReportAllocs()
	for b.Loop() {
		drain(b, ec, prog, key...)
	}
}

func BenchmarkPointUpdate(b *testing.B) {
	f := newFixture(b)
	rel := f.accounts(account(1, 10, "a"), account(2, 20, "b"))
	prog := compiled(b, addTo(rel, pointOf(rel, true, param(types.Int4OID, 0)), 1), types.Int4OID)
	tx := f.begin(table.ReadCommitted)
	ec := newContext(tx)
	key := ints(2)
	b.ReportAllocs()
	for b.Loop() {
		f.must(tx.StartStatement())
		drain(b, ec, prog, key...)
	}
}

func series(n int64) *plan.FunctionScan {
	return &plan.FunctionScan{
		Base: outOf(types.Int4OID), Widths: []int{1},
		Calls: []*plan.Call{{Typed: typed(types.Int4OID), Fn: fn("generate_series", types.Int4OID, types.Int4OID), Args: []plan.Expr{i4(1), i4(n)}}},
	}
}

const million = 1_000_000

func BenchmarkFilterAggregateMillion(b *testing.B) {
	set := series(million)
	in := &plan.Filter{Base: set.Base, Input: set, Cond: and(op(">", c4(0), i4(1000)), op("<", op("%", c4(0), i4(10)), i4(7)))}
	prog := compiled(b, aggregateOf(in, plan.AggPlain, nil, count(), agg("sum", types.Int8OID, c4(0))))
	ec := newContext(nil)
	for b.Loop() {
		drain(b, ec, prog)
	}
}

func BenchmarkGroupMillion(b *testing.B) {
	group := op("%", c4(0), i4(1000))
	prog := compiled(b, aggregateOf(series(million), plan.AggHashed, []plan.Expr{group}, count(), agg("sum", types.Int8OID, c4(0))))
	ec := newContext(nil)
	for b.Loop() {
		drain(b, ec, prog)
	}
}

func BenchmarkHashJoinMillion(b *testing.B) {
	l, r := series(million), series(100_000)
	n := &plan.HashJoin{
		Base: outOf(types.Int4OID, types.Int4OID), Outer: l, Inner: r, OuterKeys: []plan.Expr{c4(0)}, InnerKeys: []plan.Expr{c4(0)},
		KeyTypes: []types.OID{types.Int4OID},
	}
	prog := compiled(b, aggregateOf(n, plan.AggPlain, nil, count()))
	ec := newContext(nil)
	ec.WorkMem = 64 << 20
	for b.Loop() {
		drain(b, ec, prog)
	}
}

func BenchmarkSortMillion(b *testing.B) {
	key := op("%", op("*", col(types.Int8OID, 0), lit(types.Int8OID, types.Int(7919))), lit(types.Int8OID, types.Int(1_000_003)))
	in := projectOf(series(million), &plan.Cast{Typed: typed(types.Int8OID), Arg: c4(0), Cast: builtin.FindCast(types.Int4OID, types.Int8OID)})
	prog := compiled(b, &plan.Sort{Base: in.Base, Input: in, Keys: []plan.SortKey{{Expr: key}}})
	ec := newContext(nil)
	ec.WorkMem = 256 << 20
	for b.Loop() {
		drain(b, ec, prog)
	}
}

// BenchmarkCopyIn counts one row of pgbench_accounts per operation.
func BenchmarkCopyIn(b *testing.B) {
	f := newFixture(b)
	rel := f.create("pgbench_accounts", 1, column{"aid", types.Int4OID, true}, column{"bid", types.Int4OID, false},
		column{"abalance", types.Int4OID, false}, column{"filler", types.BPCharOID, false})
	tx := f.begin(table.ReadCommitted)
	f.must(tx.StartStatement())
	c, err := NewCopyIn(newContext(tx), copyProgram(b, rel))
	f.must(err)
	filler := make([]byte, 84)
	for i := range filler {
		filler[i] = ' '
	}
	row := [][]byte{nil, []byte("1"), []byte("0"), filler}
	aid := make([]byte, 0, 16)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		aid = types.AppendText(aid[:0], types.Int4OID, types.Int(int64(n)), nil)
		row[0] = aid
		f.must(c.Text(row))
	}
	f.must(c.Close())
}
