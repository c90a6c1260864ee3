package plan

import (
	"strings"
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
