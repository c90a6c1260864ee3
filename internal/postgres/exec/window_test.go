package exec

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func edgeAt(kind plan.BoundKind, offset ...int64) plan.FrameBound {
	b := plan.FrameBound{Kind: kind}
	if len(offset) > 0 {
		b.Offset = lit(types.Int8OID, types.Int(offset[0]))
	}
	return b
}

// inRangeInt4 is in_range(int4, int4, int4, bool, bool).
var inRangeInt4 = &builtin.Function{
	Name: "in_range", Strict: true,
	Fn: func(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
		by := a[2].Int()
		if a[3].Bool() {
			by = -by
		}
		if a[4].Bool() {
			return types.Bool(a[0].Int() <= a[1].Int()+by), nil
		}
		return types.Bool(a[0].Int() >= a[1].Int()+by), nil
	},
}

// TestFrames sums over frames of every mode: columns are the partition, the
// order and the value.
func TestFrames(t *testing.T) {
	oids := []types.OID{types.Int4OID, types.Int4OID, types.Int4OID}
	in := valuesOf(oids, ints(1, 1, 1), ints(1, 2, 2), ints(1, 2, 4), ints(1, 5, 8), ints(2, 7, 16))
	inRange := inRangeInt4
	ranged := func(kind plan.BoundKind, offset int64) plan.FrameBound {
		return plan.FrameBound{Kind: kind, Offset: i4(offset), InRange: inRange}
	}
	cur := edgeAt(plan.CurrentRow)
	for name, tc := range map[string]struct {
		frame plan.Frame
		want  string
	}{
		"default":           {plan.Frame{Mode: plan.FrameRange, Start: edgeAt(plan.UnboundedPreceding), End: cur}, "1; 7; 7; 15; 16"},
		"whole":             {plan.Frame{Mode: plan.FrameRange, Start: edgeAt(plan.UnboundedPreceding), End: edgeAt(plan.UnboundedFollowing)}, "15; 15; 15; 15; 16"},
		"rows so far":       {plan.Frame{Mode: plan.FrameRows, Start: edgeAt(plan.UnboundedPreceding), End: cur}, "1; 3; 7; 15; 16"},
		"rows around":       {plan.Frame{Mode: plan.FrameRows, Start: edgeAt(plan.OffsetPreceding, 1), End: edgeAt(plan.OffsetFollowing, 1)}, "3; 7; 14; 12; 16"},
		"rows ahead":        {plan.Frame{Mode: plan.FrameRows, Start: edgeAt(plan.OffsetFollowing, 2), End: edgeAt(plan.OffsetFollowing, 9)}, "12; 8; -; -; -"},
		"groups before":     {plan.Frame{Mode: plan.FrameGroups, Start: edgeAt(plan.OffsetPreceding, 1), End: cur}, "1; 7; 7; 14; 16"},
		"range before":      {plan.Frame{Mode: plan.FrameRange, Start: ranged(plan.OffsetPreceding, 3), End: cur}, "1; 7; 7; 14; 16"},
		"range around":      {plan.Frame{Mode: plan.FrameRange, Start: ranged(plan.OffsetPreceding, 1), End: ranged(plan.OffsetFollowing, 1)}, "7; 7; 7; 8; 16"},
		"range ahead":       {plan.Frame{Mode: plan.FrameRange, Start: ranged(plan.OffsetFollowing, 1), End: ranged(plan.OffsetFollowing, 3)}, "6; 8; 8; -; -"},
		"without the row":   {plan.Frame{Mode: plan.FrameRange, Start: edgeAt(plan.UnboundedPreceding), End: cur, Exclude: plan.ExcludeCurrentRow}, "-; 5; 3; 7; -"},
		"without its peers": {plan.Frame{Mode: plan.FrameRange, Start: edgeAt(plan.UnboundedPreceding), End: cur, Exclude: plan.ExcludeGroup}, "-; 1; 1; 7; -"},
		"without ties":      {plan.Frame{Mode: plan.FrameRange, Start: edgeAt(plan.UnboundedPreceding), End: cur, Exclude: plan.ExcludeTies}, "1; 3; 5; 15; 16"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &plan.Window{
				Base: outOf(append(oids, types.Int8OID)...), Input: in, Partition: []plan.Expr{c4(0)}, Order: []plan.SortKey{{Expr: c4(1)}},
				Calls: []plan.WindowCall{{Fn: fn("sum", types.Int4OID), Args: []plan.Expr{c4(2)}, Type: types.Int8OID, Frame: tc.frame}},
			}
			if got := query(t, projectOf(w, col(types.Int8OID, 3))).String(); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// TestFrameOrders checks RANGE with an offset going down and across NULLs.
func TestFrameOrders(t *testing.T) {
	inRange := inRangeInt4
	oids := []types.OID{types.Int4OID, types.Int4OID}
	null := func(v int64) []types.Datum { return []types.Datum{types.Null, types.Int(v)} }
	for _, tc := range []struct {
		key  plan.SortKey
		rows [][]types.Datum
		want string
	}{
		{plan.SortKey{Expr: c4(0), Desc: true}, [][]types.Datum{ints(9, 1), ints(8, 2), ints(5, 4)}, "1; 3; 4"},
		{plan.SortKey{Expr: c4(0)}, [][]types.Datum{ints(1, 1), ints(2, 2), null(4), null(8)}, "1; 3; 12; 12"},
		{plan.SortKey{Expr: c4(0), NullsFirst: true}, [][]types.Datum{null(4), null(8), ints(1, 1), ints(2, 2)}, "12; 12; 1; 3"},
	} {
		w := &plan.Window{
			Base: outOf(append(oids, types.Int8OID)...), Input: valuesOf(oids, tc.rows...), Order: []plan.SortKey{tc.key},
			Calls: []plan.WindowCall{{
				Fn: fn("sum", types.Int4OID), Args: []plan.Expr{c4(1)}, Type: types.Int8OID,
				Frame: plan.Frame{
					Mode: plan.FrameRange, Start: plan.FrameBound{Kind: plan.OffsetPreceding, Offset: i4(1), InRange: inRange},
					End: edgeAt(plan.CurrentRow),
				},
			}},
		}
		if got := query(t, projectOf(w, col(types.Int8OID, 2))).String(); got != tc.want {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
}

func TestWindowFunctions(t *testing.T) {
	in := valuesOf([]types.OID{types.Int4OID}, ints(1), ints(2), ints(2), ints(3))
	var calls []plan.WindowCall
	oids := []types.OID{types.Int4OID}
	for _, name := range []string{"row_number", "rank", "dense_rank"} {
		calls = append(calls, plan.WindowCall{
			Fn: fn(name), Type: types.Int8OID, Frame: plan.Frame{Start: edgeAt(plan.UnboundedPreceding), End: edgeAt(plan.CurrentRow)},
		})
		oids = append(oids, types.Int8OID)
	}
	w := &plan.Window{Base: outOf(oids...), Input: in, Order: []plan.SortKey{{Expr: c4(0)}}, Calls: calls}
	if got := query(t, w).String(); got != "1 1 1 1; 2 2 2 2; 2 3 2 2; 3 4 4 3" {
		t.Error(got)
	}
}
