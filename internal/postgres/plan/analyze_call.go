package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// funcCall analyses a call: of a function, an aggregate or a window function.
func (qc *qctx) funcCall(f *pg_query.FuncCall) (Expr, error) {
	schema, name := qualifiedName(f.Funcname)
	loc := f.Location
	a := qc.a
	var args []Expr
	var names []string
	oldAgg := qc.inAgg
	for _, n := range f.Args {
		arg := n
		if na := n.GetNamedArgExpr(); na != nil {
			names = append(names, na.Name)
			arg = na.Arg
		} else if len(names) > 0 {
			return nil, pgerr.New(pgerr.SyntaxError, "positional argument cannot follow named argument").At(locOfNode(n))
		}
		e, err := qc.expr(arg)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	qc.inAgg = oldAgg
	direct := len(args)
	if f.AggWithinGroup {
		for _, n := range f.AggOrder {
			e, err := qc.expr(n.GetSortBy().GetNode())
			if err != nil {
				return nil, err
			}
			args = append(args, e)
		}
	}
	if f.AggStar && len(args) == 0 {
		return qc.starAggregate(schema, name, f)
	}
	c, err := a.resolveFunction(schema, name, args, names, f.FuncVariadic, loc)
	if err != nil {
		if e, ok, cerr := qc.typeCall(schema, name, args, names, loc); ok {
			return e, cerr
		}
		return nil, err
	}
	fn := c.fn
	declared, ret, err := a.resolveGenerics(argTypes(args), c.args, fn.Ret, loc)
	if err != nil {
		return nil, err
	}
	for i := range args {
		if args[i], err = a.coerce(args[i], declared[i], builtin.CastImplicit, -1); err != nil {
			return nil, err
		}
		if args[i].Type() == types.UnknownOID && declared[i] == types.AnyOID {
			if args[i], err = a.resolveUnknown(args[i]); err != nil {
				return nil, err
			}
		}
	}
	if fn.Kind == 'a' && len(args) == 0 && f.Over == nil {
		return nil, pgerr.New(pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name).At(loc)
	}
	plain := args
	if args, err = a.completeArgs(c, args, declared, loc); err != nil {
		return nil, err
	}
	if fn, err = a.bindCall(f, fn, args, ret); err != nil {
		return nil, err
	}
	switch {
	case fn.Kind == 'a' && f.Over == nil:
		return qc.aggregate(f, fn, c.variadic, args, plain, direct, ret, name)
	case f.Over != nil:
		return qc.windowCall(f, fn, args, ret, name)
	case fn.Kind == 'w':
		return nil, pgerr.New(pgerr.WrongObjectType, "window function %s requires an OVER clause", name).At(loc)
	}
	switch {
	case f.AggStar:
		return nil, pgerr.New(pgerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", name, name).At(loc)
	case f.AggDistinct:
		return nil, pgerr.New(pgerr.WrongObjectType, "DISTINCT specified, but %s is not an aggregate function", name).At(loc)
	case f.AggWithinGroup:
		return nil, pgerr.New(pgerr.WrongObjectType, "WITHIN GROUP specified, but %s is not an aggregate function", name).At(loc)
	case len(f.AggOrder) > 0:
		return nil, pgerr.New(pgerr.WrongObjectType, "ORDER BY specified, but %s is not an aggregate function", name).At(loc)
	case f.AggFilter != nil:
		return nil, pgerr.New(pgerr.WrongObjectType, "FILTER specified, but %s is not an aggregate function", name).At(loc)
	}
	call := &Call{Typed: Typed{ret, -1, loc}, Fn: fn, Args: args, Syntax: f.Funcformat == pg_query.CoercionForm_COERCE_SQL_SYNTAX}
	if fn.Set != nil {
		if err := qc.checkSet(call); err != nil {
			return nil, err
		}
	}
	return call, nil
}

// checkSet refuses set-returning functions where rows cannot repeat.
func (qc *qctx) checkSet(c *Call) error {
	switch qc.clause {
	case inSelect, inFrom, inGroupBy, inOrderBy, inDistinctOn:
		if qc.inAgg {
			return pgerr.New(pgerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
				WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(c.Loc)
		}
		if qc.clause == inSelect {
			qc.q.hasSets = true
		}
		return nil
	case inValues, inInsert:
		if qc.clause == inInsert {
			return nil
		}
		return pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in VALUES").At(c.Loc)
	case inHaving:
		return pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in HAVING").At(c.Loc)
	case inWindow:
		return nil
	}
	if w := noAggregates[qc.clause]; w != "" {
		return pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", w).At(c.Loc)
	}
	return nil
}

// setLoc is where the first set-returning call in e stands.
func setLoc(e Expr) int32 {
	loc := int32(-1)
	walkExpr(e, func(x Expr) bool {
		if c, ok := x.(*Call); ok && c.Fn.Set != nil && loc < 0 {
			loc = c.Loc
		}
		return loc < 0
	})
	return loc
}

// noSets refuses set-returning calls where a value is taken or left.
func noSets(list []Expr, what string) error {
	for _, e := range list {
		if e != nil && isSet(e) {
			return pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", what).
				WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(setLoc(e))
		}
	}
	return nil
}

// completeArgs puts named arguments in place, fills defaults in and packs a
// variadic tail.
func (a *analyzer) completeArgs(c *candidate, args []Expr, declared []types.OID, loc int32) ([]Expr, error) {
	fn := c.fn
	if c.order != nil {
		out := make([]Expr, len(fn.Args))
		for i, at := range c.order {
			out[at] = args[i]
		}
		for i := range out {
			if out[i] == nil {
				out[i] = defaultArg(fn, i)
			}
		}
		return out, nil
	}
	if c.variadic {
		fixed := len(fn.Args) - 1
		elem := declared[fixed]
		arr := types.ArrayOf(elem)
		if arr == 0 {
			return nil, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", a.typeName(elem)).At(loc)
		}
		tail := &ArrayExpr{Typed: Typed{arr, -1, -1}, Elem: elem, Items: append([]Expr(nil), args[fixed:]...)}
		return append(args[:fixed:fixed], tail), nil
	}
	for i := len(args); i < len(fn.Args) && c.defaults > 0; i++ {
		args = append(args, defaultArg(fn, i))
	}
	return args, nil
}

// defaultArg is the value of parameter i when a call leaves it out.
func defaultArg(fn *builtin.Function, i int) Expr {
	k := i - (len(fn.Args) - fn.Defaults)
	c := nullConst(fn.Args[i])
	if k >= 0 && k < len(fn.DefaultValues) {
		c.Value = fn.DefaultValues[k]
	}
	return c
}

// typeCall is a type's name used as a function, int4(x): a cast.
func (qc *qctx) typeCall(schema, name string, args []Expr, names []string, loc int32) (Expr, bool, error) {
	if len(args) != 1 || len(names) > 0 || (schema != "" && schema != "pg_catalog") {
		return nil, false, nil
	}
	t := types.ByName(name)
	if t == nil || t.Kind == 'p' {
		return nil, false, nil
	}
	from := args[0].Type()
	if from != types.UnknownOID {
		p, _ := findCoercion(from, t.OID, builtin.CastExplicit)
		if p == pathNone || p == pathArray {
			return nil, false, nil
		}
		if p == pathIO && category(from) != 'S' && t.Category != 'S' {
			return nil, false, nil
		}
	}
	e, err := qc.a.castExplicit(args[0], t.OID, -1, loc)
	return e, true, err
}

// bind gives a polymorphic function the types of one call.
func bind(fn *builtin.Function, args []Expr, ret types.OID) *builtin.Function {
	if fn.Bind == nil && fn.BindSet == nil && fn.BindAgg == nil && fn.BindWindow == nil {
		return fn
	}
	return fn.For(argTypes(args), ret)
}

// bindCall binds a function to a call, which may give the arguments of VARIADIC "any"
// as an array.
func (a *analyzer) bindCall(f *pg_query.FuncCall, fn *builtin.Function, args []Expr, ret types.OID) (*builtin.Function, error) {
	if !f.FuncVariadic || fn.Variadic != types.AnyOID || fn.Kind != 'f' || len(args) == 0 {
		return bind(fn, args, ret), nil
	}
	if last := args[len(args)-1]; types.ElemOf(last.Type()) == 0 {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "VARIADIC argument must be an array").At(locOf(last))
	}
	return fn.Spread(argTypes(args), ret), nil
}

// sameFunction compares functions, bound to a call's types or not.
func sameFunction(a, b *builtin.Function) bool {
	return a == b || (a.OID != 0 && a.OID == b.OID)
}

// equality is the = operator of a type, nil if it has none.
func (a *analyzer) equality(t types.OID) *builtin.Operator {
	return a.comparison("=", t)
}

// comparison finds a type's own comparison operator, over what the type is
// binary-coercible to or polymorphic.
func (a *analyzer) comparison(name string, t types.OID) *builtin.Operator {
	op, err := a.findOperator(name, t, t, -1)
	if err != nil {
		return nil
	}
	return op
}
