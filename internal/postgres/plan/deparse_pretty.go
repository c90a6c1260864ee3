package plan

// open and shut write the parentheses that only the full form has.
func (d *deparser) open() {
	if !d.o.Pretty {
		d.w("(")
	}
}

func (d *deparser) shut() {
	if !d.o.Pretty {
		d.w(")")
	}
}

// operand writes an argument of parent, with its implicit casts.
func (d *deparser) operand(e, parent Expr) { d.inner(e, parent, true) }

// inner writes a part of parent, in parentheses where the short form needs them.
func (d *deparser) inner(e, parent Expr, implicit bool) {
	if d.o.Pretty && !simpleIn(e, parent) {
		d.w("(")
		d.expr(e, implicit)
		d.w(")")
		return
	}
	d.expr(e, implicit)
}

// simpleIn tells whether e needs no parentheses within parent: ruleutils.c's
// isSimpleNode.
func simpleIn(e, parent Expr) bool {
	switch x := e.(type) {
	case *Field:
		return simpleIn(x.Arg, e)
	case *Cast:
		return x.Collate == "" && (isSQLValueCast(x) || simpleIn(x.Arg, e))
	case *Call:
		if x.Op == "" || isSQLValue(x) || x.Op == wrappedScalar {
			return true
		}
		switch p := parent.(type) {
		case *Call:
			mine, outer := arithmeticRank(x), arithmeticRank(p)
			return mine > 0 && outer > 0 && (mine > outer || mine == outer && p.Args[0] == e)
		case *Logic:
			return true
		}
		return false
	case *NullTest, *BoolTest, *ScalarArray, *RowCompare:
		_, ok := parent.(*Logic)
		return ok
	case *Distinct:
		_, ok := parent.(*Logic)
		return ok
	case *Logic:
		p, ok := parent.(*Logic)
		return ok && x.Op == And && p.Op == Or
	case *Subquery:
		return false
	}
	return true
}

// arithmeticRank orders + - below * / %; it is 0 for other operators.
func arithmeticRank(c *Call) int {
	if len(c.Args) != 2 {
		return 0
	}
	switch c.Op {
	case "+", "-":
		return 1
	case "*", "/", "%":
		return 2
	}
	return 0
}
