package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

const (
	castImplicit = builtin.CastImplicit
	castAssign   = builtin.CastAssignment
)

// windowCall builds fn(args) OVER (…).
func (qc *qctx) windowCall(f *pg_query.FuncCall, fn *builtin.Function, args []Expr, ret types.OID, name string) (Expr, error) {
	loc := f.Location
	if fn.Kind != 'a' && fn.Kind != 'w' {
		return nil, pgerr.New(pgerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name).At(loc)
	}
	switch {
	case f.AggDistinct:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "DISTINCT is not implemented for window functions").At(loc)
	case f.AggWithinGroup, fn.Kind == 'a' && fn.Agg.OrderedSet:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name).At(loc)
	case len(f.AggOrder) > 0:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions").At(loc)
	case f.AggFilter != nil && fn.Kind != 'a':
		return nil, pgerr.New(pgerr.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions").At(loc)
	}
	w := &winRef{Typed: Typed{ret, -1, loc}, Fn: fn, Args: args, Star: f.AggStar}
	if f.AggFilter != nil {
		e, err := qc.exprIn(inFilter, f.AggFilter)
		if err != nil {
			return nil, err
		}
		if w.Filter, err = qc.a.coerceBool(e, "FILTER"); err != nil {
			return nil, err
		}
	}
	nested := anyExpr(w, func(e Expr) bool { x, ok := e.(*winRef); return ok && x != w })
	if nested {
		return nil, pgerr.New(pgerr.WindowingError, "window function calls cannot be nested").At(loc)
	}
	switch qc.clause {
	case inSelect, inOrderBy, inDistinctOn:
	case inHaving:
		return nil, pgerr.New(pgerr.WindowingError, "window functions are not allowed in HAVING").At(loc)
	case inWindow:
		return nil, pgerr.New(pgerr.WindowingError, "window functions are not allowed in window definitions").At(loc)
	default:
		what := noAggregates[qc.clause]
		if what == "" {
			what = "this place"
		}
		return nil, pgerr.New(pgerr.WindowingError, "window functions are not allowed in %s", what).At(loc)
	}
	win, err := qc.overClause(f.Over)
	if err != nil {
		return nil, err
	}
	for _, old := range win.calls {
		w.win = win
		if equalExpr(old, w) && volatility(w) != builtin.Volatile {
			return old, nil
		}
	}
	w.win = win
	w.id = qc.a.newCol(colMeta{name: fn.Name, typ: ret, mod: -1, owner: qc})
	win.calls = append(win.calls, w)
	qc.hasWin = true
	return w, nil
}

// overClause finds or makes the query's window for an OVER clause.
func (qc *qctx) overClause(wd *pg_query.WindowDef) (*window, error) {
	var w *window
	if wd.Name != "" {
		if w = qc.namedWindow(wd.Name); w == nil {
			return nil, pgerr.New(pgerr.UndefinedObject, "window \"%s\" does not exist", wd.Name).At(wd.Location)
		}
	} else {
		var err error
		if w, err = qc.window(wd); err != nil {
			return nil, err
		}
	}
	for _, old := range qc.q.windows {
		if old == w || sameWindow(old, w) {
			return old, nil
		}
	}
	qc.q.windows = append(qc.q.windows, w)
	return w, nil
}

func sameWindow(a, b *window) bool {
	return equalList(a.partition, b.partition) && equalKeys(a.order, b.order) && sameFrame(&a.frame, &b.frame)
}

func sameFrame(a, b *Frame) bool {
	return a.Mode == b.Mode && a.Exclude == b.Exclude && a.Start.Kind == b.Start.Kind && a.End.Kind == b.End.Kind &&
		equalExpr(a.Start.Offset, b.Start.Offset) && equalExpr(a.End.Offset, b.End.Offset)
}

// inRange finds the in_range function for a sort column and an offset type, and
// the type that the offset is to have; without a function, a type it could have
// had, 0 if the column has none at all.
func (a *analyzer) inRange(key, offset types.OID) (*builtin.Function, types.OID) {
	var best *builtin.Function
	known := types.OID(0)
	for _, f := range builtin.Functions("in_range") {
		if len(f.Args) < 3 || f.Args[0] != key {
			continue
		}
		known = f.Args[2]
		if f.Args[2] == offset {
			return f, offset
		}
		if canCoerce(offset, f.Args[2], builtin.CastImplicit) {
			if best == nil || f.Args[2] == key {
				best = f
			}
		}
	}
	if best == nil {
		return nil, known
	}
	return best, best.Args[2]
}
