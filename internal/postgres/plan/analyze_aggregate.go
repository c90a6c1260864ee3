package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// starAggregate is count(*) and its like.
func (qc *qctx) starAggregate(schema, name string, f *pg_query.FuncCall) (Expr, error) {
	c, err := qc.a.resolveFunction(schema, name, nil, nil, false, f.Location)
	if err != nil {
		return nil, err
	}
	if c.fn.Kind != 'a' {
		return nil, pgerr.New(pgerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", name, name).At(f.Location)
	}
	if f.Over != nil {
		return qc.windowCall(f, bind(c.fn, nil, c.fn.Ret), nil, c.fn.Ret, name)
	}
	return qc.aggregate(f, bind(c.fn, nil, c.fn.Ret), false, nil, nil, 0, c.fn.Ret, name)
}

// aggregate builds an aggregate call and finds the level that computes it.
func (qc *qctx) aggregate(f *pg_query.FuncCall, fn *builtin.Function, spread bool, args, plain []Expr, direct int, ret types.OID, name string) (Expr, error) {
	loc := f.Location
	agg := &aggRef{Typed: Typed{ret, -1, loc}, Fn: fn, Distinct: f.AggDistinct, Star: f.AggStar, id: -1}
	agg.Variadic = spread || f.FuncVariadic
	switch {
	case fn.Agg.OrderedSet && !f.AggWithinGroup:
		return nil, pgerr.New(pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name).At(loc)
	case !fn.Agg.OrderedSet && f.AggWithinGroup:
		return nil, pgerr.New(pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name).At(loc)
	}
	if f.AggWithinGroup {
		agg.Direct, agg.Args = plain[:direct:direct], plain[direct:]
		for i, n := range f.AggOrder {
			desc, first := sortDirection(n.GetSortBy())
			agg.Order = append(agg.Order, SortKey{Expr: agg.Args[i], Desc: desc, NullsFirst: first})
		}
	} else {
		agg.Args = args
		for _, n := range f.AggOrder {
			sb := n.GetSortBy()
			e, err := qc.expr(sb.GetNode())
			if err != nil {
				return nil, err
			}
			if e, err = qc.a.resolveUnknown(e); err != nil {
				return nil, err
			}
			desc, first := sortDirection(sb)
			if err := qc.a.checkSortable(e); err != nil {
				return nil, err
			}
			agg.Order = append(agg.Order, SortKey{Expr: e, Desc: desc, NullsFirst: first})
		}
	}
	if agg.Distinct {
		if len(agg.Args) == 0 {
			return nil, pgerr.New(pgerr.WrongObjectType, "DISTINCT is not implemented for aggregates without arguments").At(loc)
		}
		for _, k := range agg.Order {
			found := false
			for _, arg := range agg.Args {
				found = found || equalExpr(arg, k.Expr)
			}
			if !found {
				return nil, pgerr.New(pgerr.InvalidColumnReference,
					"in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").At(locOf(k.Expr))
			}
		}
		for _, arg := range agg.Args {
			if qc.a.equality(arg.Type()) == nil {
				return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", qc.a.typeName(arg.Type())).At(locOf(arg))
			}
		}
	}
	if f.AggFilter != nil {
		e, err := qc.exprIn(inFilter, f.AggFilter)
		if err != nil {
			return nil, err
		}
		if agg.Filter, err = qc.a.coerceBool(e, "FILTER"); err != nil {
			return nil, err
		}
	}
	return agg, qc.placeAggregate(agg)
}

// placeAggregate finds the query level of an aggregate: the innermost that its
// arguments' columns come from.
func (qc *qctx) placeAggregate(agg *aggRef) error {
	level := qc
	if own := qc.innermostOwner(agg); own != nil {
		level = own
	}
	var inside error
	walkExpr(agg, func(e Expr) bool {
		switch x := e.(type) {
		case *aggRef:
			if x != agg && x.owner == level && inside == nil {
				inside = pgerr.New(pgerr.GroupingError, "aggregate function calls cannot be nested").At(x.Loc)
			}
		case *winRef:
			if inside == nil {
				inside = pgerr.New(pgerr.GroupingError, "aggregate function calls cannot contain window function calls").At(x.Loc)
			}
		}
		return inside == nil
	})
	if inside != nil {
		return inside
	}
	if isSet(agg) {
		return pgerr.New(pgerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
			WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(setLoc(agg))
	}
	if what := noAggregates[level.clause]; what != "" {
		return pgerr.New(pgerr.GroupingError, "aggregate functions are not allowed in %s", what).At(agg.Loc)
	}
	if level.clause == inWindow && level != qc {
		return pgerr.New(pgerr.FeatureNotSupported, "aggregate of an outer query in a window definition is not supported").At(agg.Loc)
	}
	agg.owner = level
	for _, old := range level.q.aggs {
		if equalExpr(old, agg) && volatility(agg) != builtin.Volatile {
			agg.id = old.id
			return nil
		}
	}
	agg.id = qc.a.newCol(colMeta{name: agg.Fn.Name, typ: agg.T, mod: -1, owner: level})
	level.q.aggs = append(level.q.aggs, agg)
	level.q.grouped = true
	return nil
}

// innermostOwner is the innermost level at or above qc that e's columns come
// from, nil if it has none.
func (qc *qctx) innermostOwner(e Expr) *qctx {
	owners := map[*qctx]bool{}
	var note func(x Expr) bool
	note = func(x Expr) bool {
		switch x := x.(type) {
		case *colRef:
			owners[qc.a.cols[x.ID].owner] = true
		case *subLink:
			walkQuery(x.q, func(e Expr) { walkExpr(e, note) })
		case *aggRef:
			if x.owner != nil {
				owners[x.owner] = true
			}
		}
		return true
	}
	walkExpr(e, note)
	for level := qc; level != nil; level = level.parent {
		if owners[level] {
			return level
		}
	}
	return nil
}

// groupingFunc is GROUPING(…).
func (qc *qctx) groupingFunc(g *pg_query.GroupingFunc) (Expr, error) {
	if len(g.Args) > 31 {
		return nil, pgerr.New(pgerr.TooManyArguments, "GROUPING must have fewer than 32 arguments").At(g.Location)
	}
	args, err := qc.exprs(g.Args)
	if err != nil {
		return nil, err
	}
	if what := noAggregates[qc.clause]; what != "" {
		return nil, pgerr.New(pgerr.GroupingError, "grouping operations are not allowed in %s", what).At(g.Location)
	}
	ref := &groupingRef{Typed: Typed{types.Int4OID, -1, g.Location}, Args: args, owner: qc}
	ref.id = qc.a.newCol(colMeta{name: "grouping", typ: types.Int4OID, mod: -1, owner: qc})
	qc.q.grouping = append(qc.q.grouping, ref)
	qc.q.grouped = true
	return ref, nil
}

func (a *analyzer) checkSortable(e Expr) error {
	if a.comparison("<", e.Type()) == nil {
		return pgerr.New(pgerr.UndefinedFunction, "could not identify an ordering operator for type %s", a.typeName(e.Type())).
			WithHint("Use an explicit ordering operator or modify the query.").At(locOf(e))
	}
	return nil
}

func sortDirection(sb *pg_query.SortBy) (desc, nullsFirst bool) {
	desc = sb.GetSortbyDir() == pg_query.SortByDir_SORTBY_DESC
	if sb.GetSortbyDir() == pg_query.SortByDir_SORTBY_USING {
		name := lastName(sb.GetUseOp())
		desc = name == ">" || name == ">="
	}
	switch sb.GetSortbyNulls() {
	case pg_query.SortByNulls_SORTBY_NULLS_FIRST:
		nullsFirst = true
	case pg_query.SortByNulls_SORTBY_NULLS_LAST:
		nullsFirst = false
	default:
		nullsFirst = desc
	}
	return desc, nullsFirst
}
