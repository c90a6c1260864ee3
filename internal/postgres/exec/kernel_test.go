package exec

import (
	"fmt"
	"math"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"

	"pgregory.net/rapid"
)

// drawDatum gives values of a type that are likely to meet, and its extremes.
func drawDatum(t *rapid.T, oid types.OID) types.Datum {
	if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return types.Null
	}
	switch kindOf(oid) {
	case types.KindBool:
		return types.Bool(rapid.Bool().Draw(t, "bool"))
	case types.KindFloat:
		return types.Float(rapid.SampledFrom([]float64{
			0, math.Copysign(0, -1), 1, -1, 1.5, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, 1e-300, -7,
		}).Draw(t, "float"))
	case types.KindText:
		return types.Text(rapid.SampledFrom([]string{"", "a", "b", "ab", "B", "é", "a\x01"}).Draw(t, "text"))
	case types.KindNumeric:
		n, err := types.ParseNumeric(rapid.SampledFrom([]string{"0", "1", "1.0", "-2.50", "1e40", "NaN"}).Draw(t, "numeric"))
		if err != nil {
			t.Fatal(err)
		}
		return types.NumericDatum(n)
	}
	bits := map[types.OID]int{types.Int2OID: 16, types.Int4OID: 32}[oid]
	if bits == 0 {
		bits = 64
	}
	low := int64(-1) << (bits - 1)
	return types.Int(rapid.SampledFrom([]int64{0, 1, -1, 2, 7, 100, -100, low, -(low + 1)}).Draw(t, "int"))
}

// TestKernelsAgreeWithFunctions compares every typed kernel, over random columns
// and selections, with the function it stands for, row by row.
func TestKernelsAgreeWithFunctions(t *testing.T) {
	kernels := 0
	for _, o := range builtin.AllOperators() {
		if o.Left == 0 || o.Fn == nil || o.Fn.Fn == nil {
			continue
		}
		call := &plan.Call{Typed: typed(o.Ret), Fn: o.Fn, Args: []plan.Expr{col(o.Left, 0), col(o.Right, 1)}}
		if kernelOf(call, callEval{fn: o.Fn.Fn, strict: o.Fn.Strict, args: make([]evaluator, 2)}) == nil {
			continue
		}
		kernels++
		t.Run(fmt.Sprintf("%s_%d_%d", o.Name, o.Left, o.Right), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { compareKernel(t, o) })
		})
	}
	if kernels < 100 {
		t.Errorf("only %d operators have a kernel", kernels)
	}
}

// side draws an operand: a column, or one value for all rows.
func side(t *rapid.T, oid types.OID, at int) plan.Expr {
	if rapid.IntRange(0, 3).Draw(t, "constant") == 0 {
		return lit(oid, drawDatum(t, oid))
	}
	return col(oid, at)
}

func compareKernel(t *rapid.T, o *builtin.Operator) {
	n := rapid.IntRange(1, 5).Draw(t, "rows")
	b := vec.NewBatch([]types.Kind{kindOf(o.Left), kindOf(o.Right)}, n)
	for range n {
		b.AppendRow([]types.Datum{drawDatum(t, o.Left), drawDatum(t, o.Right)})
	}
	var sel []int32
	if rapid.Bool().Draw(t, "selection") {
		sel = []int32{}
		for i := range n {
			if rapid.Bool().Draw(t, "selected") {
				sel = append(sel, int32(i))
			}
		}
	}
	c := &compiler{}
	e, err := c.expr(&plan.Call{Typed: typed(o.Ret), Fn: o.Fn, Args: []plan.Expr{side(t, o.Left, 0), side(t, o.Right, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{regs: make([]*vec.Vec, c.regs), memos: make([]memo, c.memos), fn: &builtin.Context{}}
	var want []types.Datum
	var wantErr error
	_ = each(sel, n, func(i int) error {
		d, err := e.row(r, rowRef{b: b, at: i})
		if err != nil && wantErr == nil {
			wantErr = err
		}
		want = append(want, d)
		return nil
	})
	got, err := e.vector(r, b, sel)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("error %v, by row %v", err, wantErr)
	}
	if err != nil {
		return
	}
	k := 0
	_ = each(sel, n, func(i int) error {
		d := got.Get(i)
		if d.IsNull() != want[k].IsNull() || !d.IsNull() && types.Compare(o.Ret, d, want[k]) != 0 {
			t.Fatalf("row %d: %v, want %v", i, d, want[k])
		}
		k++
		return nil
	})
	if o.Ret != types.BoolOID {
		return
	}
	chosen, err := choose(r, e, b, sel, nil)
	if err != nil {
		t.Fatal(err)
	}
	var expect []int32
	k = 0
	_ = each(sel, n, func(i int) error {
		if !want[k].IsNull() && want[k].Bool() {
			expect = append(expect, int32(i))
		}
		k++
		return nil
	})
	if fmt.Sprint(chosen) != fmt.Sprint(expect) {
		t.Fatalf("chose %v, want %v", chosen, expect)
	}
}

// drawCondition builds a tree of AND, OR, NOT, CASE, COALESCE over comparisons.
func drawCondition(t *rapid.T, depth int) plan.Expr {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 6).Draw(t, "node")
	}
	args := func() []plan.Expr {
		var out []plan.Expr
		for range rapid.IntRange(2, 3).Draw(t, "args") {
			out = append(out, drawCondition(t, depth-1))
		}
		return out
	}
	switch kind {
	case 1:
		return and(args()...)
	case 2:
		return or(args()...)
	case 3:
		return not(drawCondition(t, depth-1))
	case 4:
		return &plan.Case{
			Typed: typed(types.BoolOID), Whens: []plan.When{{Cond: drawCondition(t, depth-1), Then: drawCondition(t, depth-1)}},
			Else: drawCondition(t, depth-1),
		}
	case 5:
		return &plan.Coalesce{Typed: typed(types.BoolOID), Args: args()}
	case 6:
		return &plan.NullTest{Typed: typed(types.BoolOID), Arg: drawCondition(t, depth-1), Not: rapid.Bool().Draw(t, "not")}
	}
	name := rapid.SampledFrom([]string{"=", "<>", "<", "<=", ">", ">="}).Draw(t, "op")
	return op(name, side(t, types.Int4OID, 0), side(t, types.Int4OID, 1))
}

// TestConditionsByColumn compares conditions over columns with the same over rows.
func TestConditionsByColumn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "rows")
		var rows [][]types.Datum
		for range n {
			rows = append(rows, []types.Datum{drawDatum(t, types.Int2OID), drawDatum(t, types.Int2OID)})
		}
		cond := drawCondition(t, 3)
		oids := []types.OID{types.Int4OID, types.Int4OID}
		in := valuesOf(oids, rows...)
		got := runIn(newContext(nil), projectOf(in, cond))
		kept := runIn(newContext(nil), &plan.Filter{Base: in.Base, Input: in, Cond: cond})
		if got.err != nil || kept.err != nil {
			t.Fatal(got.err, kept.err)
		}
		var wantKept outcome
		for i, row := range rows {
			one := runIn(newContext(nil), projectOf(valuesOf(oids, row), cond))
			if one.err != nil {
				t.Fatal(one.err)
			}
			if one.rows[0] != got.rows[i] {
				t.Fatalf("row %d: %s, want %s", i, got.rows[i], one.rows[0])
			}
			if one.rows[0] == "t" {
				wantKept.rows = append(wantKept.rows, rowText(in.Cols, row))
			}
		}
		if kept.String() != wantKept.String() {
			t.Fatalf("kept %s, want %s", kept, wantKept)
		}
	})
}
