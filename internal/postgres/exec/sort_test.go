package exec

import (
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"

	"pgregory.net/rapid"
)

var sortTypes = []types.OID{types.Int4OID, types.Float8OID, types.TextOID, types.NumericOID, types.BoolOID}

// TestSort compares with a stable sort by the types' own order, in memory, on
// disk and for the first rows only.
func TestSort(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t, "rows", 60, sortTypes)
		in := valuesOf(sortTypes, rows...)
		var keys []plan.SortKey
		for range rapid.IntRange(1, 3).Draw(t, "keys") {
			c := rapid.IntRange(0, len(sortTypes)-1).Draw(t, "column")
			keys = append(keys, plan.SortKey{
				Expr: col(sortTypes[c], c), Desc: rapid.Bool().Draw(t, "desc"), NullsFirst: rapid.Bool().Draw(t, "nulls first"),
			})
		}
		slices.SortStableFunc(rows, func(a, b []types.Datum) int { return compareByKeys(keys, a, b) })
		var want outcome
		for _, r := range rows {
			want.rows = append(want.rows, rowText(in.Cols, r))
		}
		s := &plan.Sort{Base: in.Base, Input: in, Keys: keys}
		ec := newContext(nil)
		if rapid.Bool().Draw(t, "spill") {
			ec.WorkMem, ec.TempDir = 1, dir
		}
		if out := runIn(ec, s); out.err != nil || out.String() != want.String() {
			t.Fatalf("%v %s\nwant %s", out.err, out, want)
		}
		n := rapid.IntRange(0, 70).Draw(t, "top")
		s.TopN = i4(int64(n))
		want.rows = want.rows[:min(n, len(want.rows))]
		if out := runIn(ec, s); out.err != nil || out.String() != want.String() {
			t.Fatalf("first %d: %v %s\nwant %s", n, out.err, out, want)
		}
	})
}

func compareByKeys(keys []plan.SortKey, a, b []types.Datum) int {
	for _, k := range keys {
		i := k.Expr.(*plan.Column).Index
		x, y := a[i], b[i]
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull() || y.IsNull():
			if x.IsNull() == k.NullsFirst {
				return -1
			}
			return 1
		}
		c := types.Compare(k.Expr.Type(), x, y)
		if k.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// TestSortManyRuns merges more runs than are merged at once, and keeps a small
// top of many rows.
func TestSortManyRuns(t *testing.T) {
	set := &plan.FunctionScan{
		Base: outOf(types.Int4OID), Widths: []int{1},
		Calls: []*plan.Call{{Typed: typed(types.Int4OID), Fn: fn("generate_series", types.Int4OID, types.Int4OID), Args: []plan.Expr{i4(1), i4(200_000)}}},
	}
	s := &plan.Sort{Base: set.Base, Input: set, Keys: []plan.SortKey{{Expr: c4(0), Desc: true}}}
	ec := newContext(nil)
	ec.WorkMem, ec.TempDir = 1, t.TempDir()
	out := runIn(ec, s)
	if out.err != nil {
		t.Fatal(out.err)
	}
	if len(out.rows) != 200_000 || out.rows[0] != "200000" || out.rows[199_999] != "1" {
		t.Errorf("%d rows from %s", len(out.rows), out.rows[0])
	}
	s.TopN = i4(3)
	if out := runIn(newContext(nil), s); out.String() != "200000; 199999; 199998" {
		t.Error(out)
	}
}

func TestLimit(t *testing.T) {
	in := valuesOf([]types.OID{types.Int4OID}, ints(1), ints(2), ints(2), ints(2), ints(3))
	for _, tc := range []struct {
		count, offset plan.Expr
		ties          bool
		want          string
	}{
		{i4(2), nil, false, "1; 2"},
		{i4(2), i4(3), false, "2; 3"},
		{nil, i4(4), false, "3"},
		{null(types.Int8OID), nil, false, "1; 2; 2; 2; 3"},
		{i4(0), nil, false, ""},
		{i4(2), nil, true, "1; 2; 2; 2"},
		{i4(1), nil, true, "1"},
		{i4(9), i4(9), true, ""},
	} {
		n := &plan.Limit{Base: in.Base, Input: in, Count: tc.count, Offset: tc.offset, WithTies: tc.ties, TieKeys: []plan.SortKey{{Expr: c4(0)}}}
		if got := query(t, n).String(); got != tc.want {
			t.Errorf("%v: %s", tc, got)
		}
	}
	n := &plan.Limit{Base: in.Base, Input: in, Count: i4(-1)}
	if out := runIn(newContext(nil), n); out.err == nil || out.err.Error() != "LIMIT must not be negative (SQLSTATE 2201W)" {
		t.Error(out.err)
	}
}
