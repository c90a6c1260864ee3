package exec

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func boolean(v bool) plan.Expr { return lit(types.BoolOID, types.Bool(v)) }

func intArray(vs ...types.Datum) plan.Expr {
	a := &types.Array{Elem: types.Int4OID, Items: vs}
	if len(vs) > 0 {
		a.Dims = []types.Dim{{Length: len(vs), Lower: 1}}
	}
	return lit(types.Int4ArrayOID, types.ArrayDatum(a))
}

func subscripted(arg plan.Expr, store plan.Expr, subs ...plan.Sub) *plan.Subscript {
	s := &plan.Subscript{Typed: typed(types.Int4OID), Arg: arg, Subs: subs, Store: store}
	if store != nil {
		s.T = types.Int4ArrayOID
	}
	return s
}

func TestExpressions(t *testing.T) {
	eq := builtin.OperatorFor("=", types.Int4OID, types.Int4OID).Fn
	lt := builtin.OperatorFor("<", types.Int4OID, types.Int4OID).Fn
	nb := null(types.BoolOID)
	anyOf := func(x plan.Expr, all bool, items ...types.Datum) plan.Expr {
		return &plan.ScalarArray{Typed: typed(types.BoolOID), Left: x, Array: intArray(items...), Fn: eq, Op: "=", All: all}
	}
	rows := func(o string, fns []*builtin.Function, l, r []plan.Expr) plan.Expr {
		return &plan.RowCompare{
			Typed: typed(types.BoolOID), Op: o, Left: l, Right: r, Fns: fns, Eqs: []*builtin.Function{eq, eq},
		}
	}
	for name, tc := range map[string]struct {
		expr plan.Expr
		want string
	}{
		"add":                  {op("+", i4(2), i4(3)), "5"},
		"add null":             {op("+", i4(2), null(types.Int4OID)), "-"},
		"divide truncates":     {op("/", i4(-7), i4(2)), "-3"},
		"modulo of dividend":   {op("%", i4(-7), i4(2)), "-1"},
		"false and null":       {and(boolean(false), nb), "f"},
		"null and true":        {and(nb, boolean(true)), "-"},
		"null or true":         {or(nb, boolean(true)), "t"},
		"null or false":        {or(nb, boolean(false)), "-"},
		"not null":             {not(nb), "-"},
		"and stops":            {and(boolean(false), op("=", op("/", i4(1), i4(0)), i4(1))), "f"},
		"is null":              {&plan.NullTest{Typed: typed(types.BoolOID), Arg: nb}, "t"},
		"is not true":          {&plan.BoolTest{Typed: typed(types.BoolOID), Arg: nb, Want: types.Bool(true), Not: true}, "t"},
		"is unknown":           {&plan.BoolTest{Typed: typed(types.BoolOID), Arg: nb, Want: types.Null}, "t"},
		"distinct null":        {&plan.Distinct{Typed: typed(types.BoolOID), Left: i4(1), Right: null(types.Int4OID), Eq: eq}, "t"},
		"not distinct":         {&plan.Distinct{Typed: typed(types.BoolOID), Left: i4(1), Right: i4(1), Eq: eq, Not: true}, "t"},
		"coalesce":             {&plan.Coalesce{Typed: typed(types.Int4OID), Args: []plan.Expr{null(types.Int4OID), i4(4)}}, "4"},
		"greatest skips nulls": {&plan.MinMax{Typed: typed(types.Int4OID), Greatest: true, Args: []plan.Expr{i4(3), null(types.Int4OID), i4(9), i4(4)}}, "9"},
		"least":                {&plan.MinMax{Typed: typed(types.Int4OID), Args: []plan.Expr{i4(3), i4(1), i4(9)}}, "1"},
		"nullif same":          {&plan.NullIf{Typed: typed(types.Int4OID), Left: i4(3), Right: i4(3), Eq: eq}, "-"},
		"nullif other":         {&plan.NullIf{Typed: typed(types.Int4OID), Left: i4(3), Right: i4(4), Eq: eq}, "3"},
		"any":                  {anyOf(i4(3), false, ints(1, 2, 3, 4, 5)...), "t"},
		"any not there":        {anyOf(i4(9), false, ints(1, 2, 3, 4, 5)...), "f"},
		"any null there":       {anyOf(i4(9), false, types.Int(1), types.Null), "-"},
		"any null, as a set":   {anyOf(i4(9), false, append(ints(1, 2, 3, 4, 5), types.Null)...), "-"},
		"all":                  {anyOf(i4(3), true, ints(3, 3)...), "t"},
		"all of none":          {anyOf(i4(3), true), "t"},
		"rows equal":           {rows("=", []*builtin.Function{eq, eq}, []plan.Expr{i4(1), i4(2)}, []plan.Expr{i4(1), i4(2)}), "t"},
		"rows equal unknown":   {rows("=", []*builtin.Function{eq, eq}, []plan.Expr{i4(1), null(types.Int4OID)}, []plan.Expr{i4(1), i4(2)}), "-"},
		"rows differ early":    {rows("=", []*builtin.Function{eq, eq}, []plan.Expr{i4(0), null(types.Int4OID)}, []plan.Expr{i4(1), i4(2)}), "f"},
		"rows less":            {rows("<", []*builtin.Function{lt, lt}, []plan.Expr{i4(1), i4(2)}, []plan.Expr{i4(1), i4(3)}), "t"},
		"rows less at once":    {rows("<", []*builtin.Function{lt, lt}, []plan.Expr{i4(0), null(types.Int4OID)}, []plan.Expr{i4(1), i4(3)}), "t"},
		"array":                {&plan.ArrayExpr{Typed: typed(types.Int4ArrayOID), Elem: types.Int4OID, Items: []plan.Expr{i4(1), null(types.Int4OID)}}, "{1,NULL}"},
		"nested array":         {&plan.ArrayExpr{Typed: typed(types.Int4ArrayOID), Elem: types.Int4OID, Nested: true, Items: []plan.Expr{intArray(ints(1, 2)...), intArray(ints(3, 4)...)}}, "{{1,2},{3,4}}"},
		"element":              {subscripted(intArray(ints(7, 8)...), nil, plan.Sub{Upper: i4(2)}), "8"},
		"element out of range": {subscripted(intArray(ints(7, 8)...), nil, plan.Sub{Upper: i4(3)}), "-"},
		"store":                {subscripted(intArray(ints(7, 8)...), i4(1), plan.Sub{Upper: i4(2)}), "{7,1}"},
		"store beyond":         {subscripted(intArray(ints(7)...), i4(1), plan.Sub{Upper: i4(3)}), "{7,NULL,1}"},
		"store before":         {subscripted(intArray(ints(7)...), i4(1), plan.Sub{Upper: i4(0)}), "[0:1]={1,7}"},
		"store into null":      {subscripted(null(types.Int4ArrayOID), i4(1), plan.Sub{Upper: i4(1)}), "{1}"},
		"cast through text":    {&plan.Cast{Typed: typed(types.Int4OID), Arg: str("12"), IO: true}, "12"},
		"case": {&plan.Case{Typed: typed(types.TextOID), Whens: []plan.When{
			{Cond: op(">", i4(1), i4(2)), Then: str("no")}, {Cond: op("<", i4(1), i4(2)), Then: str("yes")},
		}}, "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			if s, ok := tc.expr.(*plan.Subscript); ok && s.Slice {
				s.T = types.Int4ArrayOID
			}
			if got := query(t, projectOf(&plan.Result{}, tc.expr)).String(); got != tc.want {
				t.Errorf("by row: %s, want %s", got, tc.want)
			}
			two := valuesOf([]types.OID{types.Int4OID}, ints(1), ints(2))
			if got, want := query(t, projectOf(two, tc.expr)).String(), tc.want+"; "+tc.want; got != want {
				t.Errorf("by column: %s, want %s", got, want)
			}
		})
	}
}

func TestSlices(t *testing.T) {
	a := intArray(ints(1, 2, 3, 4)...)
	slice := func(lo, hi plan.Expr, store plan.Expr) plan.Expr {
		return &plan.Subscript{
			Typed: typed(types.Int4ArrayOID), Arg: a, Slice: true, Subs: []plan.Sub{{Lower: lo, Upper: hi}}, Store: store,
		}
	}
	for want, e := range map[string]plan.Expr{
		"{2,3}":       slice(i4(2), i4(3), nil),
		"{1,2}":       slice(nil, i4(2), nil),
		"{3,4}":       slice(i4(3), nil, nil),
		"{}":          slice(i4(5), i4(6), nil),
		"{1,9,8,4}":   slice(i4(2), i4(3), intArray(ints(9, 8)...)),
		"{1,2,3,4,5}": slice(i4(5), i4(5), intArray(ints(5)...)),
	} {
		if got := query(t, projectOf(&plan.Result{}, e)).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestArithmeticErrors(t *testing.T) {
	i8 := func(v int64) plan.Expr { return lit(types.Int8OID, types.Int(v)) }
	i2 := func(v int64) plan.Expr { return lit(types.Int2OID, types.Int(v)) }
	f8 := func(v float64) plan.Expr { return lit(types.Float8OID, types.Float(v)) }
	for _, tc := range []struct {
		expr    plan.Expr
		message string
	}{
		{op("+", i4(2147483647), i4(1)), "integer out of range"},
		{op("*", i2(300), i2(300)), "smallint out of range"},
		{op("-", i8(-9223372036854775808), i8(1)), "bigint out of range"},
		{op("*", i8(4294967296), i8(4294967296)), "bigint out of range"},
		{op("*", i8(-9223372036854775808), i8(-1)), "bigint out of range"},
		{op("/", i4(-2147483648), i4(-1)), "integer out of range"},
		{op("/", i4(1), i4(0)), "division by zero"},
		{op("%", i4(1), i4(0)), "division by zero"},
		{op("*", f8(1e300), f8(1e300)), "value out of range: overflow"},
		{op("*", f8(1e-300), f8(1e-300)), "value out of range: underflow"},
		{op("/", f8(1), f8(0)), "division by zero"},
	} {
		for _, in := range []plan.Node{&plan.Result{}, valuesOf([]types.OID{types.Int4OID}, ints(1), ints(2))} {
			out := runIn(newContext(nil), projectOf(in, tc.expr))
			if out.err == nil || pgerr.From(out.err).Message != tc.message {
				t.Errorf("%v, want %q", out.err, tc.message)
			}
		}
	}
}

// TestParametersAreReadAnew runs one program twice: what it keeps of an execution
// must not reach the next.
func TestParametersAreReadAnew(t *testing.T) {
	array := &plan.ArrayExpr{Typed: typed(types.Int4ArrayOID), Elem: types.Int4OID}
	for i := range 5 {
		array.Items = append(array.Items, param(types.Int4OID, i))
	}
	eq := builtin.OperatorFor("=", types.Int4OID, types.Int4OID).Fn
	in := valuesOf([]types.OID{types.Int4OID}, ints(1), ints(2), ints(3), ints(4))
	n := &plan.Filter{Base: in.Base, Input: in, Cond: and(
		&plan.ScalarArray{Typed: typed(types.BoolOID), Left: c4(0), Array: array, Fn: eq, Op: "="},
		op("<", c4(0), op("+", param(types.Int4OID, 0), i4(3))),
	)}
	prog, err := Compile(&plan.Plan{Root: n, Params: make([]types.OID, 5)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if out := execute(newContext(nil), prog, ints(1, 2, 4, 4, 4)...); out.err != nil || out.String() != "1; 2" {
			t.Error(out.err, out)
		}
		if out := execute(newContext(nil), prog, ints(9, 2, 4, 3, 9)...); out.err != nil || out.String() != "2; 3; 4" {
			t.Error(out.err, out)
		}
	}
}
