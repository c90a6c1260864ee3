package exec

import (
	"context"
	"errors"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// TestRecursion counts to five, with and without duplicates.
func TestRecursion(t *testing.T) {
	base := outOf(types.Int4OID)
	work := &plan.CTEScan{Base: base, ID: 0, Work: true}
	step := projectOf(&plan.Filter{Base: base, Input: work, Cond: op("<", c4(0), i4(5))}, op("+", c4(0), i4(1)))
	count := &plan.RecursiveUnion{Base: base, ID: 0, Start: valuesOf([]types.OID{types.Int4OID}, ints(1)), Step: step, All: true}
	root := &plan.With{
		Base: outOf(types.Int4OID, types.Int4OID), CTEs: []*plan.CTE{{ID: 0, Name: "n", Plan: count}},
		Input: &plan.NestLoop{
			Base: outOf(types.Int4OID, types.Int4OID), Outer: &plan.CTEScan{Base: base, ID: 0}, Inner: &plan.CTEScan{Base: base, ID: 0},
			Cond: op("=", c4(0), op("+", c4(1), i4(3))),
		},
	}
	if got := query(t, root).String(); got != "4 1; 5 2" {
		t.Error(got)
	}
	// A step that goes round in circles ends without ALL.
	circle := projectOf(work, op("%", op("+", c4(0), i4(1)), i4(3)))
	union := &plan.RecursiveUnion{Base: base, ID: 0, Start: valuesOf([]types.OID{types.Int4OID}, ints(0)), Step: circle}
	if got := query(t, union).String(); got != "0; 1; 2" {
		t.Error(got)
	}
}

func TestSubqueries(t *testing.T) {
	oids := []types.OID{types.Int4OID}
	two := valuesOf(oids, ints(1), ints(2))
	some := valuesOf(oids, ints(2), ints(3), []types.Datum{types.Null})
	empty := valuesOf(oids)
	eq := builtin.OperatorFor("=", types.Int4OID, types.Int4OID).Fn
	ne := builtin.OperatorFor("<>", types.Int4OID, types.Int4OID).Fn
	slot := &plan.Slot{Typed: typed(types.Int4OID), Slot: 0}
	binds := []plan.Bind{{Slot: 0, Expr: c4(0)}}
	correlated := &plan.Filter{Base: some.Base, Input: some, Cond: op("=", c4(0), slot)}
	sub := func(kind plan.SubqueryKind, n plan.Node, oid types.OID) *plan.Subquery {
		return &plan.Subquery{Typed: typed(oid), Kind: kind, Plan: n}
	}
	quantified := func(kind plan.SubqueryKind, n plan.Node, o string, f *builtin.Function, b []plan.Bind) plan.Expr {
		s := sub(kind, n, types.BoolOID)
		s.Left, s.Op, s.Fns, s.Binds = []plan.Expr{c4(0)}, o, []*builtin.Function{f}, b
		return s
	}
	bound := func(s *plan.Subquery) plan.Expr { s.Binds = binds; return s }
	// A sub-select two levels down that reads the outermost row is not kept.
	deep := projectOf(&plan.Result{}, sub(plan.Scalar, projectOf(&plan.Result{}, slot), types.Int4OID))
	for name, tc := range map[string]struct {
		expr plan.Expr
		want string
	}{
		"exists":            {sub(plan.Exists, some, types.BoolOID), "t; t"},
		"exists none":       {sub(plan.Exists, empty, types.BoolOID), "f; f"},
		"exists correlated": {bound(sub(plan.Exists, correlated, types.BoolOID)), "f; t"},
		"scalar":            {sub(plan.Scalar, valuesOf(oids, ints(7)), types.Int4OID), "7; 7"},
		"scalar none":       {sub(plan.Scalar, empty, types.Int4OID), "-; -"},
		"scalar correlated": {bound(sub(plan.Scalar, correlated, types.Int4OID)), "-; 2"},
		"scalar two levels": {bound(sub(plan.Scalar, deep, types.Int4OID)), "1; 2"},
		"in":                {quantified(plan.Any, some, "=", eq, nil), "-; t"},
		"in none":           {quantified(plan.Any, empty, "=", eq, nil), "f; f"},
		"in correlated":     {quantified(plan.Any, correlated, "=", eq, binds), "f; t"},
		"not in":            {quantified(plan.All, some, "<>", ne, nil), "-; f"},
		"not in none":       {quantified(plan.All, empty, "<>", ne, nil), "t; t"},
		"array":             {sub(plan.ArrayOf, some, types.Int4ArrayOID), "{2,3,NULL}; {2,3,NULL}"},
		"row":               {sub(plan.RowOf, valuesOf([]types.OID{types.Int4OID, types.Int4OID}, ints(1, 2)), types.RecordOID), "(1,2); (1,2)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := query(t, projectOf(two, tc.expr)).String(); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
	out := runIn(newContext(nil), projectOf(two, sub(plan.Scalar, some, types.Int4OID)))
	if pgerr.Code(out.err) != pgerr.CardinalityViolation {
		t.Error(out.err)
	}
}

func TestSets(t *testing.T) {
	series := func(a, b plan.Expr) *plan.Call {
		return &plan.Call{Typed: typed(types.Int4OID), Fn: fn("generate_series", types.Int4OID, types.Int4OID), Args: []plan.Expr{a, b}}
	}
	two := valuesOf([]types.OID{types.Int4OID}, ints(1), ints(0), ints(2))
	set := &plan.ProjectSet{
		Base: outOf(types.Int4OID, types.Int4OID, types.Int4OID), Input: two,
		Exprs: []plan.Expr{c4(0), series(i4(1), c4(0)), series(i4(5), op("+", i4(5), c4(0)))},
	}
	if got := query(t, set).String(); got != "1 1 5; 1 - 6; 0 - 5; 2 1 5; 2 2 6; 2 - 7" {
		t.Error(got)
	}
	zip := &plan.FunctionScan{
		Base: outOf(types.Int4OID, types.Int4OID, types.Int8OID), Calls: []*plan.Call{series(i4(1), i4(2)), series(i4(7), i4(9))},
		Widths: []int{1, 1}, Ordinality: true, Filter: op(">", col(types.Int8OID, 2), lit(types.Int8OID, types.Int(1))),
	}
	if got := query(t, zip).String(); got != "2 8 2; - 9 3" {
		t.Error(got)
	}
	// A limit stops a set that would not end.
	endless := &plan.FunctionScan{Base: outOf(types.Int4OID), Widths: []int{1}, Calls: []*plan.Call{series(i4(1), i4(2147483647))}}
	if got := query(t, &plan.Limit{Base: endless.Base, Input: endless, Count: i4(2)}).String(); got != "1; 2" {
		t.Error(got)
	}
}

// TestMemoryLimit has what cannot spill fail with 53200 in time.
func TestMemoryLimit(t *testing.T) {
	series := &plan.Call{Typed: typed(types.Int4OID), Fn: fn("generate_series", types.Int4OID, types.Int4OID), Args: []plan.Expr{i4(1), i4(2147483647)}}
	set := &plan.FunctionScan{Base: outOf(types.Int4OID), Widths: []int{1}, Calls: []*plan.Call{series}}
	for _, n := range []plan.Node{
		&plan.Materialize{Base: set.Base, Input: set},
		projectOf(&plan.Result{}, &plan.Subquery{Typed: typed(types.Int4ArrayOID), Kind: plan.ArrayOf, Plan: set}),
	} {
		ec := newContext(nil)
		ec.MemLimit = 1 << 20
		n = &plan.Limit{Base: plan.Base{Cols: n.Out()}, Input: n, Offset: lit(types.Int8OID, types.Int(1<<40))}
		if out := runIn(ec, n); pgerr.Code(out.err) != pgerr.OutOfMemory {
			t.Errorf("%v", out.err)
		}
	}
}

func TestCancel(t *testing.T) {
	series := &plan.Call{Typed: typed(types.Int4OID), Fn: fn("generate_series", types.Int4OID, types.Int4OID), Args: []plan.Expr{i4(1), i4(2147483647)}}
	set := &plan.FunctionScan{Base: outOf(types.Int4OID), Widths: []int{1}, Calls: []*plan.Call{series}}
	for _, cause := range []error{nil, pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout")} {
		want := "canceling statement due to user request"
		if cause != nil {
			want = pgerr.From(cause).Message
		}
		ec := newContext(nil)
		c, cancel := context.WithCancelCause(ctx)
		ec.Ctx = c
		prog, err := Compile(&plan.Plan{Root: aggregateOf(set, plan.AggPlain, nil, count())})
		if err != nil {
			t.Fatal(err)
		}
		cur, err := prog.Open(ec, nil)
		if err != nil {
			t.Fatal(err)
		}
		cancel(cause)
		_, err = cur.Next()
		if e, ok := errors.AsType[*pgerr.Error](err); !ok || e.Message != want || e.Code != pgerr.QueryCanceled {
			t.Errorf("%v, want %s", err, want)
		}
		if err := cur.Close(); err != nil {
			t.Error(err)
		}
	}
}
