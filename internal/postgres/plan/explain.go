package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// ExplainOptions are EXPLAIN's.
type ExplainOptions struct {
	Costs   bool // (cost=… rows=… width=…)
	Verbose bool
	JSON    bool
	// Actual gives what the execution measured; nil unless ANALYZE. It returns nil
	// for a node that never ran.
	Actual func(Node) *Actual
	// Timing shows the actual times, with Actual.
	Timing bool
	// Format serves literals.
	Format *types.Format
	// Summary is added at the end, with ANALYZE: planning and execution times in
	// milliseconds.
	Summary  bool
	Planning float64
	Execute  float64
}

// Actual is what a node did: times in milliseconds and rows, per loop.
type Actual struct {
	Startup, Total float64
	Rows           float64
	Loops          int64
	// Extra are further lines, as "Sort Method: quicksort  Memory: 25kB".
	Extra []string
}

// Explain describes a plan in EXPLAIN's form, a line at a time.
func Explain(p *Plan, o ExplainOptions) []string {
	x := &explainer{o: o, slots: map[int]string{}}
	x.prefix = countRelations(p.Root) > 1
	root := x.node(p.Root, "")
	if o.JSON {
		return x.json(root)
	}
	var out []string
	out = root.text(out, 0, true, o)
	if o.Summary {
		out = append(out, fmt.Sprintf("Planning Time: %.3f ms", o.Planning))
		if o.Actual != nil {
			out = append(out, fmt.Sprintf("Execution Time: %.3f ms", o.Execute))
		}
	}
	return out
}

// explained is a plan node as EXPLAIN shows it.
type explained struct {
	node     Node
	label    string // the first line
	kind     string // Node Type of the JSON form
	heads    []prop // further keys of the JSON form, part of the label in text
	props    []prop
	parent   string // Parent Relationship
	title    string // "CTE x", "SubPlan 1" above it
	children []*explained
	est      Estimate
	actual   *Actual
}

type prop struct {
	key   string
	value any // string or []string
}

func (p prop) text() string {
	switch v := p.value.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	}
	return ""
}

type explainer struct {
	o       ExplainOptions
	prefix  bool
	slots   map[int]string
	subs    []*explained // sub-selects met in the node being described
	initial int
	seen    map[*Subquery]string
	count   int
}

// countRelations tells how many FROM entries a plan has, to decide whether
// columns show with their table.
func countRelations(n Node) int {
	c := 0
	switch n.(type) {
	case *Scan, *VirtualScan, *FunctionScan, *CTEScan:
		c = 1
	}
	for _, in := range n.Inputs() {
		c += countRelations(in)
	}
	eachNodeExpr(n, func(e Expr) {
		walkExpr(e, func(x Expr) bool {
			if s, ok := x.(*Subquery); ok && s.Plan != nil {
				c += countRelations(s.Plan)
			}
			return true
		})
	})
	return c
}

// node describes a node with all below it.
func (x *explainer) node(n Node, parent string) *explained {
	var carry []prop
	var ctes []*explained
	// Nodes that PostgreSQL has no line for lend what they do to the next.
	for {
		switch t := n.(type) {
		case *Filter:
			carry = append(carry, prop{"Filter", x.expr(t.Cond, t.Input)})
			n = t.Input
			continue
		case *Project:
			outer := x.subs
			x.subs = nil
			for _, e := range t.Exprs {
				x.expr(e, t.Input)
			}
			ctes, x.subs = append(ctes, x.subs...), outer
			n = t.Input
			continue
		case *With:
			for _, c := range t.CTEs {
				ctes = append(ctes, x.titled(c.Plan, "InitPlan", "CTE "+quoteIdent(c.Name)))
			}
			n = t.Input
			continue
		}
		break
	}
	outer := x.subs
	x.subs = nil
	out := &explained{node: n, parent: parent, est: *n.Est()}
	if x.o.Actual != nil {
		out.actual = x.o.Actual(n)
	}
	x.describe(n, out)
	out.props = append(out.props, carry...)
	if out.actual != nil {
		for _, l := range out.actual.Extra {
			k, v, _ := strings.Cut(l, ": ")
			out.props = append(out.props, prop{k, v})
		}
	}
	subs := append(ctes, x.subs...)
	x.subs = outer
	out.children = append(out.children, subs...)
	x.inputs(n, out)
	return out
}

func (x *explainer) titled(n Node, parent, title string) *explained {
	outer := x.subs
	x.subs = nil
	e := x.node(n, parent)
	e.title = title
	x.subs = outer
	return e
}

// inputs describes the children.
func (x *explainer) inputs(n Node, out *explained) {
	switch t := n.(type) {
	case *HashJoin:
		out.children = append(out.children, x.node(t.Outer, "Outer"))
		h := &explained{label: "Hash", kind: "Hash", parent: "Inner", est: *t.Inner.Est()}
		h.est.Startup = h.est.Total
		if x.o.Actual != nil {
			h.actual = x.o.Actual(t.Inner)
		}
		h.children = []*explained{x.node(t.Inner, "Outer")}
		out.children = append(out.children, h)
	case *NestLoop:
		out.children = append(out.children, x.node(t.Outer, "Outer"))
		for _, b := range t.Binds {
			x.slots[b.Slot] = x.expr(b.Expr, t.Outer)
		}
		out.children = append(out.children, x.node(t.Inner, "Inner"))
	case *MergeJoin:
		out.children = append(out.children, x.node(t.Outer, "Outer"), x.node(t.Inner, "Inner"))
	case *Append:
		for _, in := range t.List {
			out.children = append(out.children, x.node(in, "Member"))
		}
	case *SetOp:
		out.children = append(out.children, x.node(t.Left, "Outer"), x.node(t.Right, "Inner"))
	case *RecursiveUnion:
		out.children = append(out.children, x.node(t.Start, "Outer"), x.node(t.Step, "Inner"))
	default:
		for _, in := range n.Inputs() {
			out.children = append(out.children, x.node(in, "Outer"))
		}
	}
}

// text writes the text form.
func (e *explained) text(out []string, indent int, top bool, o ExplainOptions) []string {
	pad := strings.Repeat(" ", indent)
	if e.title != "" {
		out = append(out, pad+e.title)
		indent += 2
		pad = strings.Repeat(" ", indent)
	}
	line := e.label
	if o.Costs {
		line += fmt.Sprintf("  (cost=%.2f..%.2f rows=%.0f width=%d)", e.est.Startup, e.est.Total, e.est.Rows, e.est.Width)
	}
	if o.Actual != nil {
		switch a := e.actual; {
		case a == nil || a.Loops == 0:
			line += " (never executed)"
		case o.Timing:
			line += fmt.Sprintf(" (actual time=%.3f..%.3f rows=%.0f loops=%d)", a.Startup, a.Total, a.Rows, a.Loops)
		default:
			line += fmt.Sprintf(" (actual rows=%.0f loops=%d)", a.Rows, a.Loops)
		}
	}
	inner := indent + 2
	if top {
		out = append(out, pad+line)
	} else {
		out = append(out, pad+"->  "+line)
		inner = indent + 6
	}
	for _, p := range e.props {
		out = append(out, strings.Repeat(" ", inner)+p.key+": "+p.text())
	}
	for _, c := range e.children {
		out = c.text(out, inner, false, o)
	}
	return out
}

// json writes the JSON form.
func (x *explainer) json(root *explained) []string {
	var b strings.Builder
	b.WriteString("[\n  {\n    \"Plan\": ")
	root.json(&b, 4, x.o)
	if x.o.Summary {
		fmt.Fprintf(&b, ",\n    \"Planning Time\": %.3f", x.o.Planning)
		if x.o.Actual != nil {
			fmt.Fprintf(&b, ",\n    \"Triggers\": [\n    ],\n    \"Execution Time\": %.3f", x.o.Execute)
		}
	}
	b.WriteString("\n  }\n]")
	return []string{b.String()}
}

func (e *explained) json(b *strings.Builder, indent int, o ExplainOptions) {
	pad := strings.Repeat(" ", indent+2)
	first := true
	field := func(key, value string) {
		if !first {
			b.WriteString(",")
		}
		first = false
		b.WriteString("\n" + pad + quoteJSON(key) + ": " + value)
	}
	b.WriteString("{")
	field("Node Type", quoteJSON(e.kind))
	if e.parent != "" {
		field("Parent Relationship", quoteJSON(e.parent))
	}
	if e.title != "" {
		field("Subplan Name", quoteJSON(e.title))
	}
	field("Parallel Aware", "false")
	field("Async Capable", "false")
	for _, p := range e.heads {
		field(p.key, quoteJSON(p.text()))
	}
	if o.Costs {
		field("Startup Cost", strconv.FormatFloat(e.est.Startup, 'f', 2, 64))
		field("Total Cost", strconv.FormatFloat(e.est.Total, 'f', 2, 64))
		field("Plan Rows", strconv.FormatFloat(e.est.Rows, 'f', 0, 64))
		field("Plan Width", strconv.Itoa(e.est.Width))
	}
	if o.Actual != nil {
		a := e.actual
		if a == nil {
			a = &Actual{}
		}
		if o.Timing {
			field("Actual Startup Time", strconv.FormatFloat(a.Startup, 'f', 3, 64))
			field("Actual Total Time", strconv.FormatFloat(a.Total, 'f', 3, 64))
		}
		field("Actual Rows", strconv.FormatFloat(a.Rows, 'f', 0, 64))
		field("Actual Loops", strconv.FormatInt(a.Loops, 10))
	}
	for _, p := range e.props {
		switch v := p.value.(type) {
		case string:
			field(p.key, quoteJSON(v))
		case []string:
			items := make([]string, len(v))
			for i, s := range v {
				items[i] = quoteJSON(s)
			}
			field(p.key, "["+strings.Join(items, ", ")+"]")
		}
	}
	if len(e.children) > 0 {
		if !first {
			b.WriteString(",")
		}
		b.WriteString("\n" + pad + "\"Plans\": [")
		for i, c := range e.children {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n" + pad + "  ")
			c.json(b, indent+4, o)
		}
		b.WriteString("\n" + pad + "]")
	}
	b.WriteString("\n" + strings.Repeat(" ", indent) + "}")
}

func quoteJSON(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
