package plan

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
)

var joinWords = map[JoinKind]string{Left: "Left", Right: "Right", Full: "Full", Semi: "Semi", Anti: "Anti"}

// joinLabel is "Hash Left Join" and the like.
func joinLabel(method string, k JoinKind) string {
	if w := joinWords[k]; w != "" {
		return method + " " + w + " Join"
	}
	if method == "Nested Loop" {
		return method
	}
	return method + " Join"
}

func joinType(k JoinKind) string {
	if w := joinWords[k]; w != "" {
		return w
	}
	return "Inner"
}

// onName is "on t" or "on t alias".
func onName(name, alias string) string {
	s := " on " + quoteIdent(name)
	if alias != "" && alias != name {
		s += " " + quoteIdent(alias)
	}
	return s
}

// describe fills in a node's label and properties.
func (x *explainer) describe(n Node, out *explained) {
	add := func(key string, value any) {
		if s, ok := value.(string); ok && s == "" {
			return
		}
		out.props = append(out.props, prop{key, value})
	}
	head := func(key, value string) { out.heads = append(out.heads, prop{key, value}) }
	switch t := n.(type) {
	case *Result:
		out.kind = "Result"
		add("One-Time Filter", x.expr(t.Filter, t))
		for _, e := range t.Exprs {
			x.expr(e, t)
		}
	case *Values:
		if len(t.Rows) == 1 {
			out.kind = "Result"
			break
		}
		out.kind, out.label = "Values Scan", `Values Scan on "*VALUES*"`
		head("Alias", "*VALUES*")
	case *Scan:
		x.describeScan(t, out, add, head)
	case *VirtualScan:
		out.kind, out.label = "Seq Scan", "Seq Scan"+onName(t.Rel.Name, t.Alias)
		head("Relation Name", t.Rel.Name)
		head("Alias", t.Alias)
		add("Filter", x.expr(t.Filter, t))
	case *FunctionScan:
		name := ""
		for _, c := range t.Calls {
			if name != "" {
				name += ", "
			}
			name += c.Fn.Name
		}
		out.kind, out.label = "Function Scan", "Function Scan"+onName(name, t.Alias)
		head("Function Name", name)
		head("Alias", t.Alias)
		add("Filter", x.expr(t.Filter, t))
	case *CTEScan:
		out.kind = "CTE Scan"
		if t.Work {
			out.kind = "WorkTable Scan"
		}
		out.label = out.kind + onName(t.Name, t.Alias)
		head("CTE Name", t.Name)
		head("Alias", t.Alias)
		add("Filter", x.expr(t.Filter, t))
	case *ProjectSet:
		out.kind = "ProjectSet"
		for _, e := range t.Exprs {
			x.expr(e, t.Input)
		}
	case *NestLoop:
		out.kind, out.label = "Nested Loop", joinLabel("Nested Loop", t.Kind)
		head("Join Type", joinType(t.Kind))
		add("Join Filter", x.expr(t.Cond, t))
	case *HashJoin:
		out.kind, out.label = "Hash Join", joinLabel("Hash", t.Kind)
		head("Join Type", joinType(t.Kind))
		add("Hash Cond", x.keyPairs(t.OuterKeys, t.InnerKeys, t.Outer, t.Inner))
		add("Join Filter", x.expr(t.Cond, joined{t.Outer, t.Inner}))
	case *MergeJoin:
		out.kind, out.label = "Merge Join", joinLabel("Merge", t.Kind)
		head("Join Type", joinType(t.Kind))
		add("Merge Cond", x.keyPairs(t.OuterKeys, t.InnerKeys, t.Outer, t.Inner))
		add("Join Filter", x.expr(t.Cond, joined{t.Outer, t.Inner}))
	case *Sort:
		out.kind = "Sort"
		keys := x.keys(t.Keys, t.Input)
		if t.Presorted > 0 {
			out.kind = "Incremental Sort"
			add("Sort Key", keys)
			add("Presorted Key", keys[:t.Presorted])
			break
		}
		add("Sort Key", keys)
	case *Limit:
		out.kind = "Limit"
	case *Aggregate:
		x.describeAggregate(t, out, add, head)
	case *Window:
		out.kind = "WindowAgg"
	case *Unique:
		out.kind = "Unique"
	case *HashDistinct:
		out.kind, out.label = "Aggregate", "HashAggregate"
		head("Strategy", "Hashed")
		keys := make([]string, len(t.Out()))
		for i := range keys {
			keys[i] = x.column(t.Input, i)
		}
		add("Group Key", keys)
	case *Append:
		out.kind = "Append"
	case *SetOp:
		name := "Intersect"
		if t.Kind == Except {
			name = "Except"
		}
		if t.All {
			name += " All"
		}
		out.kind, out.label = "SetOp", "HashSetOp "+name
		head("Strategy", "Hashed")
		head("Command", name)
	case *RecursiveUnion:
		out.kind = "Recursive Union"
	case *Materialize:
		out.kind = "Materialize"
	case *LockRows:
		out.kind = "LockRows"
	case *Insert:
		x.modify(out, "Insert", t.Rel.Name, head)
		if c := t.Conflict; c != nil {
			if c.Nothing {
				add("Conflict Resolution", "NOTHING")
			} else {
				add("Conflict Resolution", "UPDATE")
			}
			var names []string
			for _, ix := range c.Arbiters {
				names = append(names, quoteIdent(ix.Name))
			}
			if names != nil {
				add("Conflict Arbiter Indexes", names)
			}
		}
	case *Update:
		x.modify(out, "Update", t.Rel.Name, head)
	case *Delete:
		x.modify(out, "Delete", t.Rel.Name, head)
	}
	if out.label == "" {
		out.label = out.kind
	}
	if x.o.Verbose {
		x.output(n, out)
	}
}

// output adds VERBOSE's list of columns.
func (x *explainer) output(n Node, out *explained) {
	var list []string
	for i := range n.Out() {
		list = append(list, x.column(n, i))
	}
	if list != nil {
		out.props = append([]prop{{"Output", list}}, out.props...)
	}
}

func (x *explainer) modify(out *explained, verb, table string, head func(string, string)) {
	out.kind, out.label = "ModifyTable", verb+" on "+quoteIdent(table)
	head("Operation", verb)
	head("Relation Name", table)
}

func (x *explainer) describeScan(t *Scan, out *explained, add func(string, any), head func(string, string)) {
	if t.Index == nil {
		out.kind, out.label = "Seq Scan", "Seq Scan"+onName(t.Rel.Name, t.Alias)
		if t.Reverse {
			out.label = "Seq Scan Backward" + onName(t.Rel.Name, t.Alias)
		}
	} else {
		out.kind = "Index Scan"
		out.label = "Index Scan"
		dir := "Forward"
		if t.Reverse {
			out.label, dir = "Index Scan Backward", "Backward"
		}
		out.label += " using " + quoteIdent(t.Index.Name) + onName(t.Rel.Name, t.Alias)
		head("Scan Direction", dir)
		head("Index Name", t.Index.Name)
	}
	head("Relation Name", t.Rel.Name)
	head("Alias", t.Alias)
	add("Index Cond", x.expr(t.IndexCond, wholeRow{t}))
	add("Filter", x.expr(t.Filter, t))
}

func (x *explainer) describeAggregate(t *Aggregate, out *explained, add func(string, any), head func(string, string)) {
	out.kind = "Aggregate"
	switch {
	case len(t.Sets) > 0:
		out.label = "HashAggregate"
		head("Strategy", "Hashed")
		for _, s := range t.Sets {
			keys := make([]string, len(s))
			for i, g := range s {
				keys[i] = x.expr(t.Group[g], t.Input)
			}
			if len(keys) == 0 {
				add("Group Key", "()")
			} else {
				add("Group Key", keys)
			}
		}
	case t.Strategy == AggHashed:
		out.label = "HashAggregate"
		head("Strategy", "Hashed")
		add("Group Key", x.exprs(t.Group, t.Input))
	case t.Strategy == AggSorted:
		out.label = "GroupAggregate"
		head("Strategy", "Sorted")
		add("Group Key", x.exprs(t.Group, t.Input))
	default:
		out.label = "Aggregate"
		head("Strategy", "Plain")
	}
	add("Filter", x.expr(t.Having, groups{t}))
	for _, a := range t.Aggs {
		for _, e := range a.Args {
			x.expr(e, t.Input)
		}
	}
}

func (x *explainer) exprs(list []Expr, in columnSource) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = x.expr(e, in)
	}
	return out
}

// keyPairs writes a join's equalities.
func (x *explainer) keyPairs(l, r []Expr, outer, inner Node) string {
	var parts []string
	for i := range l {
		parts = append(parts, "("+x.key(l[i], outer)+" = "+x.key(r[i], inner)+")")
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

// key leaves out the widening of integers that hashing needs.
func (x *explainer) key(e Expr, in Node) string {
	if c, ok := e.(*Cast); ok && !c.Explicit && isInt(c.T) && isInt(c.Arg.Type()) {
		e = c.Arg
	}
	return x.expr(e, in)
}

// keys writes sort keys.
func (x *explainer) keys(list []SortKey, in Node) []string {
	out := make([]string, len(list))
	for i, k := range list {
		s := x.expr(k.Expr, in)
		if _, plain := k.Expr.(*Column); !plain {
			s = "(" + s + ")"
		}
		if k.Desc {
			s += " DESC"
		}
		switch {
		case k.NullsFirst && !k.Desc:
			s += " NULLS FIRST"
		case !k.NullsFirst && k.Desc:
			s += " NULLS LAST"
		}
		out[i] = s
	}
	return out
}

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
