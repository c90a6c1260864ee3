package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
)

// anyVolatile reports whether an expression may give another value each time it
// is evaluated, or has effects: the order of evaluation is then seen.
func anyVolatile(es []plan.Expr) bool {
	for _, e := range es {
		if volatileExpr(e) {
			return true
		}
	}
	return false
}

func volatileExpr(e plan.Expr) bool {
	if c, ok := e.(*plan.Call); ok && c.Fn.Volatility == builtin.Volatile {
		return true
	}
	for _, sub := range children(e) {
		if sub != nil && volatileExpr(sub) {
			return true
		}
	}
	return false
}

// children are an expression's direct parts, some of them nil. A sub-select's
// plan is not looked into.
func children(e plan.Expr) []plan.Expr {
	switch e := e.(type) {
	case *plan.Call:
		return e.Args
	case *plan.Cast:
		return []plan.Expr{e.Arg}
	case *plan.Logic:
		return e.Args
	case *plan.NullTest:
		return []plan.Expr{e.Arg}
	case *plan.BoolTest:
		return []plan.Expr{e.Arg}
	case *plan.Distinct:
		return []plan.Expr{e.Left, e.Right}
	case *plan.Case:
		out := []plan.Expr{e.Else}
		for _, w := range e.Whens {
			out = append(out, w.Cond, w.Then)
		}
		return out
	case *plan.Coalesce:
		return e.Args
	case *plan.MinMax:
		return e.Args
	case *plan.NullIf:
		return []plan.Expr{e.Left, e.Right}
	case *plan.ScalarArray:
		return []plan.Expr{e.Left, e.Array}
	case *plan.ArrayExpr:
		return e.Items
	case *plan.RowExpr:
		return e.Items
	case *plan.RowCompare:
		return append(append([]plan.Expr(nil), e.Left...), e.Right...)
	case *plan.Field:
		return []plan.Expr{e.Arg}
	case *plan.Subscript:
		out := []plan.Expr{e.Arg, e.Store}
		for _, s := range e.Subs {
			out = append(out, s.Lower, s.Upper)
		}
		return out
	case *plan.Subquery:
		out := append([]plan.Expr(nil), e.Left...)
		for _, b := range e.Binds {
			out = append(out, b.Expr)
		}
		return out
	}
	return nil
}
