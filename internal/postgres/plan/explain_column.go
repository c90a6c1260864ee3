package plan

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
)

// columnSource is what an expression's Columns refer to: a node's output, or
// one of the shapes below.
type columnSource any

type (
	// joined is the columns of a join's sides in order.
	joined struct{ outer, inner Node }
	// wholeRow is all columns of a scan's table.
	wholeRow struct{ scan *Scan }
	// groups is the output of an aggregation, for its own HAVING.
	groups struct{ agg *Aggregate }
)

// expr writes an expression over a source.
func (x *explainer) expr(e Expr, in columnSource) string {
	if e == nil {
		return ""
	}
	return Deparse(e, DeparseOptions{
		Format: x.o.Format,
		Column: func(i int, name string) string {
			switch s := in.(type) {
			case joined:
				return x.joinColumn(s.outer, s.inner, i)
			case wholeRow:
				return x.qualified(s.scan.Alias, s.scan.Rel.Columns[i].Name)
			case groups:
				c := x.column(s.agg, i)
				if i >= len(s.agg.Group) {
					c = stripOuter(c)
				}
				return c
			case *NestLoop:
				return x.joinColumn(s.Outer, s.Inner, i)
			case Node:
				return x.column(s, i)
			}
			return quoteIdent(name)
		},
		Slot: func(s int) string {
			if t, ok := x.slots[s]; ok {
				return t
			}
			return "$" + strconv.Itoa(s)
		},
		Subquery: func(s *Subquery) string { return x.subplan(s, in) },
	})
}

func (x *explainer) qualified(alias, column string) string {
	if x.prefix && alias != "" {
		return quoteIdent(alias) + "." + quoteIdent(column)
	}
	return quoteIdent(column)
}

func (x *explainer) joinColumn(outer, inner Node, i int) string {
	if n := len(outer.Out()); i >= n {
		return x.column(inner, i-n)
	}
	return x.column(outer, i)
}

// column writes what a node's output column is.
func (x *explainer) column(n Node, i int) string {
	wrapped := func(e Expr, in columnSource) string {
		s := x.expr(e, in)
		switch e.(type) {
		case *Column, *Slot, *Const, *Param:
			return s
		}
		return "(" + s + ")"
	}
	switch t := n.(type) {
	case *Scan:
		if i < len(t.Columns) {
			return x.qualified(t.Alias, t.Rel.Columns[t.Columns[i]].Name)
		}
		return x.qualified(t.Alias, "ctid")
	case *VirtualScan:
		if i < len(t.Columns) {
			return x.qualified(t.Alias, t.Rel.Columns[t.Columns[i]].Name)
		}
	case *FunctionScan:
		return x.qualified(t.Alias, t.Cols[i].Name)
	case *CTEScan:
		return x.qualified(t.Alias, t.Cols[i].Name)
	case *Values:
		return `"*VALUES*".column` + strconv.Itoa(i+1)
	case *Result:
		if i < len(t.Exprs) {
			return wrapped(t.Exprs[i], t)
		}
	case *Project:
		return wrapped(t.Exprs[i], t.Input)
	case *ProjectSet:
		return wrapped(t.Exprs[i], t.Input)
	case *NestLoop:
		return x.joinColumn(t.Outer, t.Inner, i)
	case *HashJoin:
		return x.joinColumn(t.Outer, t.Inner, i)
	case *MergeJoin:
		return x.joinColumn(t.Outer, t.Inner, i)
	case *Aggregate:
		switch {
		case i < len(t.Group):
			return wrapped(t.Group[i], t.Input)
		case i < len(t.Group)+len(t.Aggs):
			return x.aggregate(&t.Aggs[i-len(t.Group)], t.Input)
		}
		return "GROUPING()"
	case *Window:
		if in := len(t.Input.Out()); i >= in {
			return "(" + t.Calls[i-in].Fn.Name + "(" + strings.Join(x.exprs(t.Calls[i-in].Args, t.Input), ", ") + ") OVER (?))"
		}
		return x.column(t.Input, i)
	case *Append:
		return x.column(t.List[0], i)
	case *SetOp:
		return x.column(t.Left, i)
	case *RecursiveUnion:
		return x.column(t.Start, i)
	case *With:
		return x.column(t.Input, i)
	case *Filter, *Sort, *Limit, *Unique, *HashDistinct, *Materialize, *LockRows:
		return x.column(n.Inputs()[0], i)
	}
	if cols := n.Out(); i < len(cols) {
		return quoteIdent(cols[i].Name)
	}
	return "?"
}

func (x *explainer) aggregate(a *Agg, in Node) string {
	s := a.Fn.Name + "("
	if a.Distinct {
		s += "DISTINCT "
	}
	switch {
	case len(a.Args) == 0 && len(a.Fn.Args) == 0:
		s += "*"
	case len(a.Direct) > 0:
		s += strings.Join(x.exprs(a.Direct, in), ", ")
	default:
		s += strings.Join(x.exprs(a.Args, in), ", ")
	}
	if len(a.Order) > 0 && len(a.Direct) == 0 && !orderedSet(a.Fn) {
		s += " ORDER BY " + strings.Join(x.keys(a.Order, in), ", ")
	}
	s += ")"
	if orderedSet(a.Fn) {
		s += " WITHIN GROUP (ORDER BY " + strings.Join(x.keys(a.Order, in), ", ") + ")"
	}
	if a.Filter != nil {
		s += " FILTER (WHERE " + x.expr(a.Filter, in) + ")"
	}
	return "(" + s + ")"
}

func orderedSet(f *builtin.Function) bool { return f.Agg != nil && f.Agg.OrderedSet }

// subplan describes a sub-select once and gives how expressions show it.
func (x *explainer) subplan(s *Subquery, in columnSource) string {
	if name, ok := x.seen[s]; ok {
		return name
	}
	if x.seen == nil {
		x.seen = map[*Subquery]string{}
	}
	x.count++
	id := strconv.Itoa(x.count)
	title, parent, name := "SubPlan "+id, "SubPlan", "(SubPlan "+id+")"
	if len(s.Binds) == 0 && (s.Kind == Scalar || s.Kind == Exists || s.Kind == ArrayOf) {
		slot := strconv.Itoa(x.initial)
		x.initial++
		title, parent, name = "InitPlan "+id+" (returns $"+slot+")", "InitPlan", "$"+slot
	} else if len(s.Binds) == 0 && s.Kind == Any {
		name = "(hashed SubPlan " + id + ")"
	}
	x.seen[s] = name
	for _, b := range s.Binds {
		x.slots[b.Slot] = x.expr(b.Expr, in)
	}
	if s.Plan != nil {
		x.subs = append(x.subs, x.titled(s.Plan, parent, title))
	}
	return name
}

// eachNodeExpr calls f with a node's expressions.
func eachNodeExpr(n Node, f func(Expr)) {
	list := func(l []Expr) {
		for _, e := range l {
			f(e)
		}
	}
	switch t := n.(type) {
	case *Result:
		list(t.Exprs)
		f(t.Filter)
	case *Values:
		for _, r := range t.Rows {
			list(r)
		}
	case *Scan:
		f(t.Filter)
	case *VirtualScan:
		f(t.Filter)
	case *FunctionScan:
		f(t.Filter)
		for _, c := range t.Calls {
			list(c.Args)
		}
	case *Filter:
		f(t.Cond)
	case *Project:
		list(t.Exprs)
	case *ProjectSet:
		list(t.Exprs)
	case *NestLoop:
		f(t.Cond)
	case *HashJoin:
		f(t.Cond)
	case *MergeJoin:
		f(t.Cond)
	case *Aggregate:
		list(t.Group)
		f(t.Having)
		for _, a := range t.Aggs {
			list(a.Args)
		}
	case *CTEScan:
		f(t.Filter)
	}
}
