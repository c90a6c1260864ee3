package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// deparser writes analysed expressions as PostgreSQL's ruleutils.c does. pretty
// leaves out the parentheses that are not needed.
type deparser struct {
	n      *namer
	pretty bool
	b      strings.Builder
	// failed is set by an expression that no catalog text can hold.
	failed bool
	// columns are those met, by position.
	columns []int
}

// deparse writes an expression; ok is false where it cannot be written.
func (n *namer) deparse(e plan.Expr, pretty bool) (string, bool) {
	d := &deparser{n: n, pretty: pretty}
	d.expr(e, false)
	return d.b.String(), !d.failed
}

func (d *deparser) put(s string) { d.b.WriteString(s) }

// open and shut put the parentheses that only the full form has.
func (d *deparser) open() {
	if !d.pretty {
		d.put("(")
	}
}

func (d *deparser) shut() {
	if !d.pretty {
		d.put(")")
	}
}

// expr writes e; implicit shows conversions that nobody wrote.
func (d *deparser) expr(e plan.Expr, implicit bool) {
	switch x := e.(type) {
	case *plan.Const:
		d.constant(x, 0)
	case *plan.Column:
		d.put(builtin.QuoteIdent(x.Name))
		d.columns = append(d.columns, x.Index)
	case *plan.Call:
		d.call(x)
	case *plan.Cast:
		d.cast(x, implicit)
	case *plan.Logic:
		d.logic(x)
	case *plan.NullTest:
		d.test(x, x.Arg, not(x.Not, " IS NULL", " IS NOT NULL"))
	case *plan.BoolTest:
		d.boolTest(x)
	case *plan.Distinct:
		d.open()
		d.operand(x.Left, x)
		d.put(not(x.Not, " IS DISTINCT FROM ", " IS NOT DISTINCT FROM "))
		d.operand(x.Right, x)
		d.shut()
	case *plan.Case:
		d.caseOf(x)
	case *plan.Coalesce:
		d.function("COALESCE", x.Args)
	case *plan.MinMax:
		if x.Greatest {
			d.function("GREATEST", x.Args)
		} else {
			d.function("LEAST", x.Args)
		}
	case *plan.NullIf:
		d.function("NULLIF", []plan.Expr{x.Left, x.Right})
	case *plan.ScalarArray:
		d.scalarArray(x)
	case *plan.ArrayExpr:
		d.put("ARRAY[")
		d.list(x.Items)
		d.put("]")
		if len(x.Items) == 0 {
			d.put("::" + d.n.columnType(x.T, -1))
		}
	case *plan.RowExpr:
		d.put("ROW(")
		d.list(x.Items)
		d.put(")")
	case *plan.Field:
		d.put("(")
		d.expr(x.Arg, true)
		d.put(")." + builtin.QuoteIdent(x.Name))
	case *plan.Subscript:
		d.subscript(x)
	default:
		d.failed = true
	}
}

func not(negated bool, plain, negative string) string {
	if negated {
		return negative
	}
	return plain
}

func (d *deparser) test(parent, arg plan.Expr, what string) {
	d.open()
	d.operand(arg, parent)
	d.put(what)
	d.shut()
}

func (d *deparser) boolTest(x *plan.BoolTest) {
	what := "UNKNOWN"
	if !x.Want.IsNull() {
		what = "FALSE"
		if x.Want.Bool() {
			what = "TRUE"
		}
	}
	d.test(x, x.Arg, not(x.Not, " IS ", " IS NOT ")+what)
}

// operand writes an argument of parent, in parentheses where the short form
// needs them.
func (d *deparser) operand(e, parent plan.Expr) {
	if d.pretty && !simple(e, parent) {
		d.put("(")
		d.expr(e, true)
		d.put(")")
		return
	}
	d.expr(e, true)
}

func (d *deparser) list(items []plan.Expr) {
	for i, e := range items {
		if i > 0 {
			d.put(", ")
		}
		d.expr(e, true)
	}
}

func (d *deparser) function(name string, args []plan.Expr) {
	d.put(name + "(")
	d.list(args)
	d.put(")")
}

func (d *deparser) call(x *plan.Call) {
	if x.Op == "" {
		args := x.Args
		for len(args) > 0 && isDefault(x.Fn, args) {
			args = args[:len(args)-1]
		}
		d.function(d.n.function(x.Fn), args)
		return
	}
	d.open()
	if len(x.Args) == 1 {
		d.put(x.Op + " ")
		d.operand(x.Args[0], x)
	} else {
		d.operand(x.Args[0], x)
		d.put(" " + x.Op + " ")
		d.operand(x.Args[1], x)
	}
	d.shut()
}

// isDefault tells whether the last argument is one that the call left out.
func isDefault(f *builtin.Function, args []plan.Expr) bool {
	k := len(args) - 1 - (len(f.Args) - f.Defaults)
	if f.Defaults == 0 || k < 0 || k >= len(f.DefaultValues) {
		return false
	}
	c, ok := args[len(args)-1].(*plan.Const)
	if !ok || c.Loc >= 0 {
		return false
	}
	v := f.DefaultValues[k]
	return c.Value.IsNull() == v.IsNull() && (v.IsNull() || types.Compare(c.T, c.Value, v) == 0)
}

func (d *deparser) cast(x *plan.Cast, implicit bool) {
	if !x.Explicit && !implicit {
		d.expr(x.Arg, false)
		return
	}
	target := d.n.columnType(x.T, x.Mod)
	if c, ok := x.Arg.(*plan.Const); ok && c.T == x.T && c.Mod == -1 {
		// The constant without a type of its own.
		d.constant(c, -1)
	} else if inner, ok := x.Arg.(*plan.Cast); ok && lengthOnly(x) && inner.T == x.T && inner.Explicit == x.Explicit {
		// One cast was written: to a type with a modifier.
		d.castArg(inner.Arg, x)
	} else {
		d.castArg(x.Arg, x)
	}
	d.put("::" + target)
}

func (d *deparser) castArg(e, parent plan.Expr) {
	d.open()
	if d.pretty && !simple(e, parent) {
		d.put("(")
		d.expr(e, false)
		d.put(")")
	} else {
		d.expr(e, false)
	}
	d.shut()
}

// lengthOnly tells a cast that only fits a value to a modifier.
func lengthOnly(c *plan.Cast) bool { return c.Cast != nil && c.Cast.From == c.Cast.To }

func (d *deparser) logic(x *plan.Logic) {
	if x.Op == plan.Not {
		d.open()
		d.put("NOT ")
		d.operand(x.Args[0], x)
		d.shut()
		return
	}
	word := " AND "
	if x.Op == plan.Or {
		word = " OR "
	}
	d.open()
	for i, e := range x.Args {
		if i > 0 {
			d.put(word)
		}
		if d.pretty && !simple(e, x) {
			d.put("(")
			d.expr(e, false)
			d.put(")")
		} else {
			d.expr(e, false)
		}
	}
	d.shut()
}

func (d *deparser) caseOf(x *plan.Case) {
	d.put("CASE")
	for _, w := range x.Whens {
		d.put(" WHEN ")
		d.expr(w.Cond, false)
		d.put(" THEN ")
		d.expr(w.Then, true)
	}
	d.put(" ELSE ")
	if x.Else == nil {
		d.put("NULL::" + d.n.columnType(x.T, -1))
	} else {
		d.expr(x.Else, true)
	}
	d.put(" END")
}

func (d *deparser) scalarArray(x *plan.ScalarArray) {
	d.open()
	d.operand(x.Left, x)
	d.put(" " + x.Op + not(x.All, " ANY (", " ALL ("))
	d.expr(x.Array, true)
	d.put(")")
	d.shut()
}

func (d *deparser) subscript(x *plan.Subscript) {
	if x.Store != nil {
		d.failed = true
		return
	}
	if _, plain := x.Arg.(*plan.Column); plain {
		d.expr(x.Arg, true)
	} else {
		d.put("(")
		d.expr(x.Arg, true)
		d.put(")")
	}
	for _, s := range x.Subs {
		d.put("[")
		if x.Slice {
			if s.Lower != nil {
				d.expr(s.Lower, false)
			}
			d.put(":")
		}
		if s.Upper != nil {
			d.expr(s.Upper, false)
		}
		d.put("]")
	}
}

// constant writes a literal; show -1 leaves its type out.
func (d *deparser) constant(c *plan.Const, show int) {
	label := d.n.columnType(c.T, c.Mod)
	if c.Value.IsNull() {
		d.put("NULL")
		if show >= 0 {
			d.put("::" + label)
		}
		return
	}
	f := d.format()
	value := types.Output(c.T, c.Value, f)
	needed := true
	switch c.T {
	case types.Int4OID:
		if needed = value[0] == '-'; !needed {
			d.put(value)
			break
		}
		d.put("'" + value + "'")
	case types.NumericOID:
		if value[0] >= '0' && value[0] <= '9' && strings.ContainsAny(value, "eE.") {
			d.put(value)
			needed = c.Mod >= 0
			break
		}
		d.put("'" + value + "'")
	case types.BoolOID:
		needed = false
		if c.Value.Bool() {
			d.put("true")
		} else {
			d.put("false")
		}
	case types.UnknownOID:
		needed = false
		d.put(builtin.QuoteLiteral(value))
	default:
		d.put(builtin.QuoteLiteral(value))
	}
	if show >= 0 && needed {
		d.put("::" + label)
	}
}

// format is how constants are printed: as the session sets it, with names for
// the reg* types.
func (d *deparser) format() *types.Format {
	f := d.n.fn.Format
	f.Names = Names(d.n.fn)
	return &f
}

// simple tells whether e needs no parentheses under parent in the short form:
// ruleutils.c's isSimpleNode.
func simple(e, parent plan.Expr) bool {
	switch x := e.(type) {
	case *plan.Const, *plan.Column, *plan.ArrayExpr, *plan.RowExpr, *plan.Coalesce, *plan.MinMax, *plan.NullIf, *plan.Subscript:
		return true
	case *plan.Case:
		return true
	case *plan.Field:
		return simple(x.Arg, e)
	case *plan.Cast:
		return simple(x.Arg, e)
	case *plan.Call:
		if x.Op == "" {
			return true
		}
		switch p := parent.(type) {
		case *plan.Call:
			return binds(x.Op) > 0 && len(x.Args) == 2 && len(p.Args) == 2 &&
				(binds(x.Op) > binds(p.Op) || binds(x.Op) == binds(p.Op) && p.Args[0] == e)
		case *plan.Logic:
			return true
		}
		return false
	case *plan.NullTest, *plan.BoolTest, *plan.Distinct, *plan.ScalarArray:
		_, ok := parent.(*plan.Logic)
		return ok
	case *plan.Logic:
		p, ok := parent.(*plan.Logic)
		return ok && x.Op == plan.And && p.Op != plan.Not
	}
	return false
}

// binds ranks the arithmetic operators; 0 for others.
func binds(op string) int {
	switch op {
	case "+", "-":
		return 1
	case "*", "/", "%":
		return 2
	}
	return 0
}
