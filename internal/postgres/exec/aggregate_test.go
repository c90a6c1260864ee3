package exec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"

	"pgregory.net/rapid"
)

// agg calls an aggregate over arguments.
func agg(name string, ret types.OID, args ...plan.Expr) plan.Agg {
	f := fn(name, typesOf(args)...)
	return plan.Agg{Fn: f, Args: args, Type: ret}
}

func aggregateOf(in plan.Node, strategy plan.AggStrategy, group []plan.Expr, aggs ...plan.Agg) *plan.Aggregate {
	oids := typesOf(group)
	for _, a := range aggs {
		oids = append(oids, a.Type)
	}
	return &plan.Aggregate{Base: outOf(oids...), Input: in, Strategy: strategy, Group: group, Aggs: aggs}
}

func count(args ...plan.Expr) plan.Agg {
	if len(args) == 0 {
		return agg("count", types.Int8OID)
	}
	return plan.Agg{Fn: fn("count", types.AnyOID), Args: args, Type: types.Int8OID}
}

// TestAggregate compares hashed, sorted and plain aggregates, in memory and on
// disk, with sums by hand.
func TestAggregate(t *testing.T) {
	oids := []types.OID{types.Int4OID, types.TextOID, types.Int4OID}
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t, "rows", 60, oids)
		in := valuesOf(oids, rows...)
		group := []plan.Expr{c4(0), col(types.TextOID, 1)}
		if rapid.Bool().Draw(t, "plain") {
			group = nil
		}
		filtered := count(c4(2))
		filtered.Filter = op(">", c4(2), i4(2))
		distinct := agg("sum", types.Int8OID, c4(2))
		distinct.Distinct = true
		aggs := []plan.Agg{
			count(), count(c4(2)), agg("sum", types.Int8OID, c4(2)), agg("min", types.Int4OID, c4(2)), agg("max", types.Int4OID, c4(2)),
			filtered, distinct,
		}
		want := aggregateByHand(in.Cols, rows, len(group)).sorted()
		ec := newContext(nil)
		if rapid.Bool().Draw(t, "spill") {
			ec.WorkMem, ec.TempDir = 1, dir
		}
		sorted := &plan.Sort{Base: in.Base, Input: in, Keys: []plan.SortKey{{Expr: c4(0)}, {Expr: col(types.TextOID, 1)}}}
		for name, n := range map[string]plan.Node{
			"hashed": aggregateOf(in, plan.AggHashed, group, aggs...),
			"sorted": aggregateOf(sorted, plan.AggSorted, group, aggs...),
		} {
			out := runIn(ec, n)
			if out.err != nil {
				t.Fatal(name, out.err)
			}
			if got := out.sorted(); got != want {
				t.Fatalf("%s: %s\nwant %s", name, got, want)
			}
		}
	})
}

func aggregateByHand(cols []plan.ColumnInfo, rows [][]types.Datum, width int) (out outcome) {
	groups := map[string][][]types.Datum{}
	if width == 0 {
		groups[""] = nil
	}
	for _, r := range rows {
		k := rowText(cols[:width], r[:width])
		groups[k] = append(groups[k], r)
	}
	for k, g := range groups {
		var count, sum, filtered int64
		var distinct []int64
		for _, r := range g {
			if r[2].IsNull() {
				continue
			}
			v := r[2].Int()
			count++
			sum += v
			if v > 2 {
				filtered++
			}
			if !slices.Contains(distinct, v) {
				distinct = append(distinct, v)
			}
		}
		s := fmt.Sprintf("%d %d - - - %d -", len(g), count, filtered)
		if count > 0 {
			total := int64(0)
			for _, v := range distinct {
				total += v
			}
			s = fmt.Sprintf("%d %d %d %d %d %d %d", len(g), count, sum, slices.Min(distinct), slices.Max(distinct), filtered, total)
		}
		if width > 0 {
			s = k + " " + s
		}
		out.rows = append(out.rows, s)
	}
	return out
}

// TestSumsDoNotOverflow keeps 128 bits of a bigint sum, and the exact average.
func TestSumsDoNotOverflow(t *testing.T) {
	big := types.Int(9223372036854775807)
	in := valuesOf([]types.OID{types.Int8OID}, []types.Datum{big}, []types.Datum{big}, []types.Datum{types.Int(1)})
	x := col(types.Int8OID, 0)
	n := aggregateOf(in, plan.AggPlain, nil, agg("sum", types.NumericOID, x), agg("avg", types.NumericOID, x))
	if got := query(t, n).String(); got != "18446744073709551615 6148914691236517205" {
		t.Error(got)
	}
	neg := valuesOf([]types.OID{types.Int8OID}, ints(-9223372036854775808), ints(-9223372036854775808), ints(-1))
	n.Input = neg
	if got := query(t, n).String(); !strings.HasPrefix(got, "-18446744073709551617 -6148914691236517206") {
		t.Error(got)
	}
}

func TestOrderedAggregate(t *testing.T) {
	in := valuesOf([]types.OID{types.Int4OID, types.TextOID},
		[]types.Datum{types.Int(2), types.Text("b")}, []types.Datum{types.Int(3), types.Text("c")},
		[]types.Datum{types.Int(1), types.Text("a")}, []types.Datum{types.Int(2), types.Text("B")})
	a := plan.Agg{
		Fn: fn("string_agg", types.TextOID, types.TextOID), Args: []plan.Expr{col(types.TextOID, 1), str(",")}, Type: types.TextOID,
		Order: []plan.SortKey{{Expr: c4(0), Desc: true}},
	}
	if got := query(t, aggregateOf(in, plan.AggPlain, nil, a)).String(); got != "c,b,B,a" {
		t.Error(got)
	}
}

func TestGroupingSets(t *testing.T) {
	oids := []types.OID{types.Int4OID, types.Int4OID, types.Int4OID}
	in := valuesOf(oids, ints(1, 1, 10), ints(1, 2, 20), ints(2, 1, 30))
	n := aggregateOf(in, plan.AggHashed, []plan.Expr{c4(0), c4(1)}, agg("sum", types.Int8OID, c4(2)))
	n.Sets = [][]int{{0, 1}, {0}, {}}
	n.Grouping = [][]int{{0, 1}}
	n.Base = outOf(types.Int4OID, types.Int4OID, types.Int8OID, types.Int4OID)
	want := "- - 60 3; 1 - 30 1; 1 1 10 0; 1 2 20 0; 2 - 30 1; 2 1 30 0"
	if got := query(t, n).sorted(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	n.Input = valuesOf(oids)
	if got := query(t, n).sorted(); got != "- - - 3" {
		t.Errorf("of no rows: %s", got)
	}
}

func TestHaving(t *testing.T) {
	in := valuesOf([]types.OID{types.Int4OID}, ints(1), ints(1), ints(2))
	n := aggregateOf(in, plan.AggHashed, []plan.Expr{c4(0)}, count())
	n.Having = op(">", col(types.Int8OID, 1), lit(types.Int8OID, types.Int(1)))
	if got := query(t, n).String(); got != "1 2" {
		t.Error(got)
	}
}

// TestDistinctSpills has duplicates come long after work_mem was passed, and parts
// that do not fit either.
func TestDistinctSpills(t *testing.T) {
	set := series(50_000)
	in := projectOf(set, op("%", c4(0), i4(10_000)))
	n := aggregateOf(&plan.HashDistinct{Base: in.Base, Input: in}, plan.AggPlain, nil, count(), agg("sum", types.Int8OID, c4(0)))
	for _, workMem := range []int{1000, 20_000, 1 << 20} {
		ec := newContext(nil)
		ec.WorkMem, ec.TempDir = workMem, t.TempDir()
		if out := runIn(ec, n); out.err != nil || out.String() != "10000 49995000" {
			t.Errorf("%d bytes: %v %s", workMem, out.err, out)
		}
	}
}

func TestDistinctAndSetOperations(t *testing.T) {
	oids := []types.OID{types.Int4OID}
	null := []types.Datum{types.Null}
	l := valuesOf(oids, ints(1), ints(1), ints(1), null, null, ints(2))
	r := valuesOf(oids, ints(1), ints(1), null, ints(3))
	setOp := func(kind plan.SetOpKind, all bool) plan.Node {
		return &plan.SetOp{Base: l.Base, Kind: kind, All: all, Left: l, Right: r}
	}
	for _, tc := range []struct {
		n    plan.Node
		want string
	}{
		{&plan.HashDistinct{Base: l.Base, Input: l}, "-; 1; 2"},
		{setOp(plan.Intersect, false), "-; 1"},
		{setOp(plan.Intersect, true), "-; 1; 1"},
		{setOp(plan.Except, false), "2"},
		{setOp(plan.Except, true), "-; 1; 2"},
		{&plan.Append{Base: l.Base, List: []plan.Node{l, r}}, "-; -; -; 1; 1; 1; 1; 1; 2; 3"},
	} {
		if got := query(t, tc.n).sorted(); got != tc.want {
			t.Errorf("%T: %s, want %s", tc.n, got, tc.want)
		}
	}
	if got := query(t, &plan.Unique{Base: l.Base, Input: l, Keys: []int{0}}).String(); got != "1; -; 2" {
		t.Error(got)
	}
}
