package exec

import (
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"

	"pgregory.net/rapid"
)

var joinKinds = map[string]plan.JoinKind{
	"inner": plan.Inner, "left": plan.Left, "right": plan.Right, "full": plan.Full, "semi": plan.Semi, "anti": plan.Anti,
}

func drawRows(t *rapid.T, label string, most int, oids []types.OID) [][]types.Datum {
	var rows [][]types.Datum
	for range rapid.IntRange(0, most).Draw(t, label) {
		row := make([]types.Datum, len(oids))
		for i, o := range oids {
			if o == types.Int4OID {
				if v := rapid.IntRange(0, 6).Draw(t, "int"); v > 0 {
					row[i] = types.Int(int64(v))
				}
				continue
			}
			row[i] = drawDatum(t, o)
		}
		rows = append(rows, row)
	}
	return rows
}

func joinBase(kind plan.JoinKind, l, r plan.Node) plan.Base {
	oids := oidsOf(l)
	if kind != plan.Semi && kind != plan.Anti {
		oids = append(oids, oidsOf(r)...)
	}
	return outOf(oids...)
}

// joins makes the same join in all ways: on the sides' first two columns, and a
// further condition on the third.
func joins(kind plan.JoinKind, l, r plan.Node, extra plan.Expr) map[string]plan.Node {
	oids := oidsOf(l)
	width := len(oids)
	base := joinBase(kind, l, r)
	var lk, rk []plan.Expr
	var cond []plan.Expr
	var keys []plan.SortKey
	for i := range 2 {
		lk, rk = append(lk, col(oids[i], i)), append(rk, col(oids[i], i))
		cond = append(cond, op("=", col(oids[i], i), col(oids[i], width+i)))
		keys = append(keys, plan.SortKey{Expr: col(oids[i], i)})
	}
	if extra != nil {
		cond = append(cond, extra)
	}
	sorted := func(n plan.Node) plan.Node {
		return &plan.Sort{Base: outOf(oidsOf(n)...), Input: n, Keys: keys}
	}
	return map[string]plan.Node{
		"loop":  &plan.NestLoop{Base: base, Kind: kind, Outer: l, Inner: r, Cond: and(cond...)},
		"hash":  &plan.HashJoin{Base: base, Kind: kind, Outer: l, Inner: r, OuterKeys: lk, InnerKeys: rk, KeyTypes: oids[:2], Cond: extra},
		"merge": &plan.MergeJoin{Base: base, Kind: kind, Outer: sorted(l), Inner: sorted(r), OuterKeys: lk, InnerKeys: rk, KeyTypes: oids[:2], Cond: extra},
	}
}

// TestJoinsAgree compares hash and merge joins of all kinds with the nested loop,
// and that with the definition.
func TestJoinsAgree(t *testing.T) {
	oids := []types.OID{types.Int4OID, types.TextOID, types.Int4OID}
	for name, kind := range joinKinds {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				lrows, rrows := drawRows(t, "outer", 20, oids), drawRows(t, "inner", 20, oids)
				l, r := valuesOf(oids, lrows...), valuesOf(oids, rrows...)
				var extra plan.Expr
				if rapid.Bool().Draw(t, "extra") {
					extra = op("<=", col(types.Int4OID, 2), col(types.Int4OID, 5))
				}
				want := joinByDefinition(kind, l.Cols, lrows, rrows, extra != nil).sorted()
				for how, n := range joins(kind, l, r, extra) {
					out := runIn(newContext(nil), n)
					if out.err != nil {
						t.Fatal(how, out.err)
					}
					if got := out.sorted(); got != want {
						t.Fatalf("%s join: %s\nwant %s", how, got, want)
					}
				}
			})
		})
	}
}

func joinByDefinition(kind plan.JoinKind, cols []plan.ColumnInfo, l, r [][]types.Datum, extra bool) (out outcome) {
	give := func(row []types.Datum) {
		out.rows = append(out.rows, rowText(append(append([]plan.ColumnInfo(nil), cols...), cols...), row))
	}
	nulls := make([]types.Datum, len(cols))
	rmatched := make([]bool, len(r))
	for _, lr := range l {
		matched := false
		for i, rr := range r {
			if lr[0].IsNull() || rr[0].IsNull() || lr[1].IsNull() || rr[1].IsNull() || lr[0].Int() != rr[0].Int() || lr[1].Str() != rr[1].Str() {
				continue
			}
			if extra && (lr[2].IsNull() || rr[2].IsNull() || lr[2].Int() > rr[2].Int()) {
				continue
			}
			matched, rmatched[i] = true, true
			if kind != plan.Semi && kind != plan.Anti {
				give(append(append([]types.Datum(nil), lr...), rr...))
			}
		}
		switch {
		case matched && kind == plan.Semi, !matched && kind == plan.Anti:
			give(lr)
		case !matched && (kind == plan.Left || kind == plan.Full):
			give(append(append([]types.Datum(nil), lr...), nulls...))
		}
	}
	if kind == plan.Right || kind == plan.Full {
		for i, rr := range r {
			if !rmatched[i] {
				give(append(append([]types.Datum(nil), nulls...), rr...))
			}
		}
	}
	return out
}

// numbers is a set of rows (k, text of k, i), k = i modulo mod, NULL when 0.
func numbers(n, mod int) *plan.Values {
	oids := []types.OID{types.Int4OID, types.TextOID, types.Int4OID}
	var rows [][]types.Datum
	for i := range n {
		k := types.Int(int64(i % mod))
		s := types.Text(fmt.Sprint("key ", i%mod))
		if i%mod == 0 {
			k = types.Null
		}
		rows = append(rows, []types.Datum{k, s, types.Int(int64(i))})
	}
	return valuesOf(oids, rows...)
}

// TestHashJoinSpills joins with so little memory that both sides go to disk,
// and are divided more than once.
func TestHashJoinSpills(t *testing.T) {
	l, r := numbers(1200, 300), numbers(800, 200)
	for name, kind := range joinKinds {
		t.Run(name, func(t *testing.T) {
			n := joins(kind, l, r, op("<=", col(types.Int4OID, 2), col(types.Int4OID, 5)))["hash"]
			want := query(t, n).sorted()
			ec := newContext(nil)
			ec.WorkMem, ec.TempDir = 1000, t.TempDir()
			prog, err := CompileCounted(&plan.Plan{Root: n})
			if err != nil {
				t.Fatal(err)
			}
			c, err := prog.Open(ec, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got outcome
			for {
				b, err := c.Next()
				if err != nil {
					t.Fatal(err)
				}
				if b == nil {
					break
				}
				for i := range b.Rows() {
					got.rows = append(got.rows, rowText(n.Out(), b.Row(i, nil)))
				}
			}
			if got.sorted() != want {
				t.Errorf("%d rows from disk differ from those in memory", len(got.rows))
			}
			if c.Stats()[n].Spilled == 0 {
				t.Error("nothing was spilled")
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLateral runs an inner side that depends on the outer row by a slot.
func TestLateral(t *testing.T) {
	oids := []types.OID{types.Int4OID}
	l := valuesOf(oids, ints(1), ints(2), ints(3))
	slot := &plan.Slot{Typed: typed(types.Int4OID), Slot: 0}
	in := valuesOf(oids, ints(2), ints(3), ints(4))
	inner := &plan.Filter{Base: in.Base, Input: in, Cond: op("<", c4(0), slot)}
	for kind, want := range map[plan.JoinKind]string{
		plan.Inner: "3 2", plan.Left: "1 -; 2 -; 3 2", plan.Semi: "3", plan.Anti: "1; 2",
	} {
		n := &plan.NestLoop{
			Base: joinBase(kind, l, inner), Kind: kind, Outer: l, Inner: inner, Binds: []plan.Bind{{Slot: 0, Expr: c4(0)}},
		}
		if got := query(t, n).String(); got != want {
			t.Errorf("kind %d: %s, want %s", kind, got, want)
		}
	}
}
