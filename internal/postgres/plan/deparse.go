package plan

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// DeparseOptions tell how an expression is written.
type DeparseOptions struct {
	// Column names the column at a position of the expression's input. Without it
	// a Column's own name is written.
	Column func(index int, name string) string
	// Slot names what an execution slot holds; without it slots are $0, $1, …
	Slot func(slot int) string
	// Subquery writes a sub-select; without it "(SubPlan)" stands there.
	Subquery func(*Subquery) string
	// Format serves the literals of regclass and of types that settings affect.
	Format *types.Format
	// Indent breaks CASE into lines, as pg_get_expr does and EXPLAIN does not.
	Indent bool
	// Pretty leaves out the parentheses that are not needed, as
	// pg_get_expr(…, true) does.
	Pretty bool
}

// Deparse writes an expression as SQL, in the style of pg_get_expr and EXPLAIN.
func Deparse(e Expr, o DeparseOptions) string {
	d := &deparser{o: o}
	d.expr(e, false)
	return d.b.String()
}

// stripOuter drops parentheses around the whole.
func stripOuter(s string) string {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return s
	}
	depth := 0
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 && i < len(s)-1 {
				return s
			}
		}
	}
	return s[1 : len(s)-1]
}

type deparser struct {
	b     strings.Builder
	o     DeparseOptions
	level int // of indentation
}

func (d *deparser) w(parts ...string) {
	for _, s := range parts {
		d.b.WriteString(s)
	}
}

func (d *deparser) list(l []Expr, implicit bool) {
	for i, e := range l {
		if i > 0 {
			d.w(", ")
		}
		d.expr(e, implicit)
	}
}

// expr writes e; implicit casts show only inside the arguments of functions and
// operators, as ruleutils.c has it.
func (d *deparser) expr(e Expr, implicit bool) {
	switch x := e.(type) {
	case nil:
		d.w("NULL")
	case *Const:
		d.constant(x)
	case *Param:
		d.w("$", strconv.Itoa(x.Index+1))
	case *Column:
		if d.o.Column != nil {
			d.w(d.o.Column(x.Index, x.Name))
		} else {
			d.w(quoteIdent(x.Name))
		}
	case *colRef:
		d.w(quoteIdent(x.Name))
	case *Slot:
		if d.o.Slot != nil {
			d.w(d.o.Slot(x.Slot))
		} else {
			d.w("$", strconv.Itoa(x.Slot))
		}
	case *Call:
		d.call(x)
	case *Cast:
		d.cast(x, implicit)
	case *Logic:
		d.logic(x)
	case *NullTest:
		d.test(x, x.Arg, " IS NULL", " IS NOT NULL", x.Not)
	case *BoolTest:
		switch {
		case x.Want.IsNull():
			d.test(x, x.Arg, " IS UNKNOWN", " IS NOT UNKNOWN", x.Not)
		case x.Want.Bool():
			d.test(x, x.Arg, " IS TRUE", " IS NOT TRUE", x.Not)
		default:
			d.test(x, x.Arg, " IS FALSE", " IS NOT FALSE", x.Not)
		}
	case *Distinct:
		if x.Not {
			d.open()
			d.w("NOT ")
		}
		d.open()
		d.operand(x.Left, x)
		d.w(" IS DISTINCT FROM ")
		d.operand(x.Right, x)
		d.shut()
		if x.Not {
			d.shut()
		}
	case *Case:
		d.caseExpr(x)
	case *Coalesce:
		d.w("COALESCE(")
		d.list(x.Args, true)
		d.w(")")
	case *MinMax:
		if x.Greatest {
			d.w("GREATEST(")
		} else {
			d.w("LEAST(")
		}
		d.list(x.Args, true)
		d.w(")")
	case *NullIf:
		d.w("NULLIF(")
		d.expr(x.Left, true)
		d.w(", ")
		d.expr(x.Right, true)
		d.w(")")
	case *ScalarArray:
		d.open()
		d.operand(x.Left, x)
		how := " ANY ("
		if x.All {
			how = " ALL ("
		}
		d.w(" ", x.Op, how)
		d.operand(x.Array, x)
		d.w(")")
		d.shut()
	case *ArrayExpr:
		d.w("ARRAY[")
		d.list(x.Items, true)
		d.w("]")
		if len(x.Items) == 0 {
			d.w("::", types.FormatType(x.T, -1))
		}
	case *RowExpr:
		d.w("ROW(")
		d.list(x.Items, true)
		d.w(")")
	case *RowCompare:
		d.w("(ROW(")
		d.list(x.Left, true)
		d.w(") ", x.Op, " ROW(")
		d.list(x.Right, true)
		d.w("))")
	case *Field:
		d.w("(")
		d.expr(x.Arg, true)
		d.w(").", quoteIdent(x.Name))
	case *Subscript:
		d.subscript(x)
	case *Subquery:
		if d.o.Subquery != nil {
			d.w(d.o.Subquery(x))
		} else {
			d.w("(SubPlan)")
		}
	default:
		d.w("?")
	}
}

func (d *deparser) test(e, arg Expr, yes, no string, not bool) {
	d.open()
	d.operand(arg, e)
	if not {
		d.w(no)
	} else {
		d.w(yes)
	}
	d.shut()
}

// constant writes a literal with its type where that is not plain.
func (d *deparser) constant(c *Const) {
	if c.Value.IsNull() {
		d.w("NULL::", types.FormatType(c.T, c.Mod))
		return
	}
	text := literalText(c, d.o.Format)
	switch c.T {
	case types.Int4OID:
		if text[0] != '-' {
			d.w(text)
			return
		}
	case types.NumericOID:
		if text[0] >= '0' && text[0] <= '9' && strings.ContainsAny(text, ".eE") {
			d.w(text)
			return
		}
	case types.BoolOID:
		if c.Value.Bool() {
			d.w("true")
		} else {
			d.w("false")
		}
		return
	}
	d.w("'", strings.ReplaceAll(text, `'`, `''`), "'")
	if c.T != types.UnknownOID {
		d.w("::", types.FormatType(c.T, c.Mod))
	}
}

func literalText(c *Const, f *types.Format) string {
	if c.T == types.UnknownOID {
		return c.Value.Str()
	}
	return string(types.AppendText(nil, c.T, c.Value, f))
}

func (d *deparser) call(x *Call) {
	switch {
	case isSQLValue(x):
		d.w(x.Op)
	case x.Op == wrappedScalar:
		d.list(x.Args, false)
	case x.Op != "" && len(x.Args) == 2:
		d.open()
		d.operand(x.Args[0], x)
		d.w(" ", x.Op, " ")
		d.operand(x.Args[1], x)
		d.shut()
	case x.Op != "" && len(x.Args) == 1:
		d.open()
		d.w(x.Op, " ")
		d.operand(x.Args[0], x)
		d.shut()
	default:
		d.function(x)
	}
}

func (d *deparser) function(x *Call) {
	if x.Fn == ctidFunction || x.Fn == xminFunction {
		d.w(x.Fn.Name)
		return
	}
	if x.Syntax && d.sqlSyntax(x) {
		return
	}
	d.w(functionName(x.Fn), "(")
	args := x.Args
	// Arguments that were left out are not written.
	for n := x.Fn.Defaults; n > 0 && len(args) > 0; n-- {
		c, ok := args[len(args)-1].(*Const)
		k := len(args) - 1 - (len(x.Fn.Args) - x.Fn.Defaults)
		if !ok || c.Loc >= 0 || k < 0 || k >= len(x.Fn.DefaultValues) {
			break
		}
		args = args[:len(args)-1]
	}
	for i, a := range args {
		if i > 0 {
			d.w(", ")
		}
		if arr, ok := a.(*ArrayExpr); ok && i == len(args)-1 && x.Fn.Variadic != 0 && arr.Loc < 0 {
			d.list(arr.Items, true)
			continue
		}
		if i == len(args)-1 && x.Fn.Variadic != 0 && x.Fn.Variadic != types.AnyOID {
			d.w("VARIADIC ")
		}
		d.expr(a, true)
	}
	d.w(")")
}

// functionName quotes the names that are keywords when called.
func functionName(f *builtin.Function) string {
	switch f.Name {
	case "left", "right", "substring", "position", "overlay", "trim", "extract", "coalesce", "greatest", "least":
		return `"` + f.Name + `"`
	}
	return quoteIdent(f.Name)
}

// sqlSyntax writes a call the way SQL spells it, as get_func_sql_syntax does.
func (d *deparser) sqlSyntax(x *Call) bool {
	a := x.Args
	part := func(before string, e Expr) {
		d.w(before)
		d.expr(e, false)
	}
	switch name := x.Fn.Name; {
	case name == "timezone" && len(a) == 2:
		part("(", a[1])
		part(" AT TIME ZONE ", a[0])
	case name == "overlaps" && len(a) == 4:
		part("((", a[0])
		part(", ", a[1])
		part(") OVERLAPS (", a[2])
		part(", ", a[3])
		d.w(")")
	case name == "extract" && len(a) == 2:
		field, ok := a[0].(*Const)
		if !ok || field.Value.IsNull() {
			return false
		}
		part("EXTRACT("+field.Value.Str()+" FROM ", a[1])
	case name == "overlay" && len(a) >= 3:
		part("OVERLAY(", a[0])
		part(" PLACING ", a[1])
		part(" FROM ", a[2])
		if len(a) > 3 {
			part(" FOR ", a[3])
		}
	case name == "position" && len(a) == 2:
		part("POSITION((", a[1])
		part(") IN (", a[0])
		d.w(")")
	case name == "substring" && len(a) >= 2:
		part("SUBSTRING(", a[0])
		part(" FROM ", a[1])
		if len(a) > 2 {
			part(" FOR ", a[2])
		}
	case name == "ltrim" || name == "rtrim" || name == "btrim":
		d.w("TRIM(", map[string]string{"l": "LEADING", "r": "TRAILING", "b": "BOTH"}[name[:1]])
		if len(a) > 1 {
			part(" ", a[1])
		}
		part(" FROM ", a[0])
	default:
		return false
	}
	d.w(")")
	return true
}

func (d *deparser) cast(x *Cast, implicit bool) {
	if x.Collate != "" {
		d.open()
		d.operand(x.Arg, x)
		d.w(" COLLATE ", quoteIdent(x.Collate))
		d.shut()
		return
	}
	if isSQLValueCast(x) {
		d.expr(x.Arg, false)
		if x.Mod >= 0 {
			d.w("(", strconv.Itoa(int(x.Mod)), ")")
		}
		return
	}
	if !x.Explicit && !implicit {
		d.expr(x.Arg, implicit)
		return
	}
	// The length coercion after a conversion to the same type shows once.
	arg := x.Arg
	if inner, ok := arg.(*Cast); ok && inner.T == x.T && inner.Mod < 0 && (isLengthCast(x) || x.Elem != nil) {
		arg = inner.Arg
	}
	d.open()
	d.inner(arg, x, false)
	d.shut()
	d.w("::", types.FormatType(x.T, x.Mod))
}

// isSQLValueCast tells current_date and its like, which are casts of now().
func isSQLValueCast(x *Cast) bool {
	c, ok := x.Arg.(*Call)
	if inner, isCast := x.Arg.(*Cast); isCast {
		return isLengthCast(x) && isSQLValueCast(inner)
	}
	return ok && isSQLValue(c)
}

func (d *deparser) logic(x *Logic) {
	if x.Op == Not {
		d.open()
		d.w("NOT ")
		d.inner(x.Args[0], x, false)
		d.shut()
		return
	}
	op := " AND "
	if x.Op == Or {
		op = " OR "
	}
	d.open()
	for i, e := range x.Args {
		if i > 0 {
			d.w(op)
		}
		d.inner(e, x, false)
	}
	d.shut()
}

// keyword starts a line of an indented CASE, or goes on after a space.
func (d *deparser) keyword(word string, space bool) {
	switch {
	case d.o.Indent:
		s := strings.TrimRight(d.b.String(), " ")
		d.b.Reset()
		d.w(s, "\n", strings.Repeat(" ", d.level))
	case space:
		d.w(" ")
	}
	d.w(word)
}

func (d *deparser) caseExpr(x *Case) {
	d.keyword("CASE", false)
	d.level += 4
	if x.Arg != nil {
		d.w(" ")
		d.expr(x.Arg, true)
	}
	for _, w := range x.Whens {
		d.keyword("WHEN ", true)
		cond := w.Cond
		if c, ok := cond.(*Call); ok && x.Arg != nil && len(c.Args) == 2 {
			cond = c.Args[1]
		}
		d.expr(cond, false)
		d.w(" THEN ")
		d.expr(w.Then, true)
	}
	d.keyword("ELSE ", true)
	if x.Else == nil {
		d.constant(&Const{Typed: Typed{x.T, x.Mod, -1}})
	} else {
		d.expr(x.Else, true)
	}
	d.level -= 4
	d.keyword("END", true)
}

func (d *deparser) subscript(x *Subscript) {
	switch x.Arg.(type) {
	case *Column, *colRef, *Param, *Subscript:
		d.expr(x.Arg, true)
	default:
		d.w("(")
		d.expr(x.Arg, true)
		d.w(")")
	}
	for _, s := range x.Subs {
		d.w("[")
		if s.Lower != nil {
			d.expr(s.Lower, false)
		}
		if x.Slice {
			d.w(":")
		}
		if s.Upper != nil {
			d.expr(s.Upper, false)
		}
		d.w("]")
	}
}
