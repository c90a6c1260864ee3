package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// subSelect analyses the query of a sub-select in an expression.
func (qc *qctx) subSelect(n *pg_query.Node) (*query, error) {
	sel := n.GetSelectStmt()
	if sel == nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "sub-select is not supported here")
	}
	switch qc.clause {
	case inDefault:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use subquery in DEFAULT expression")
	case inCheck:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use subquery in check constraint")
	case inIndex:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use subquery in index expression")
	case inPredicate:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use subquery in index predicate")
	case inGenerated:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use subquery in column generation expression")
	}
	return qc.a.newLevel(qc).selectStmt(sel, true)
}

func (qc *qctx) subLink(s *pg_query.SubLink) (Expr, error) {
	loc := s.Location
	q, err := qc.subSelect(s.Subselect)
	if err != nil {
		return nil, pgerr.From(err).At(loc)
	}
	outs := q.outputs()
	link := &subLink{Typed: Typed{types.BoolOID, -1, loc}, q: q}
	switch s.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		link.Kind = Exists
		return link, nil
	case pg_query.SubLinkType_EXPR_SUBLINK, pg_query.SubLinkType_ARRAY_SUBLINK:
		if len(outs) != 1 {
			return nil, pgerr.New(pgerr.SyntaxError, "subquery must return only one column").At(loc)
		}
		col := qc.a.cols[outs[0].id]
		link.Kind, link.T, link.Mod = Scalar, col.typ, col.mod
		if s.SubLinkType == pg_query.SubLinkType_ARRAY_SUBLINK {
			link.Kind, link.Mod = ArrayOf, -1
			if link.T = types.ArrayOf(col.typ); link.T == 0 {
				// An array of arrays is an array of one more dimension.
				if types.ElemOf(col.typ) == 0 {
					return nil, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", qc.a.typeName(col.typ)).At(loc)
				}
				link.T = col.typ
			}
		}
		return link, nil
	case pg_query.SubLinkType_ANY_SUBLINK, pg_query.SubLinkType_ALL_SUBLINK:
		link.Kind = Any
		if s.SubLinkType == pg_query.SubLinkType_ALL_SUBLINK {
			link.Kind = All
		}
		link.Op = "="
		if len(s.OperName) > 0 {
			link.Op = lastName(s.OperName)
		}
		var left []Expr
		if isRowNode(s.Testexpr) {
			left, err = qc.exprs(s.Testexpr.GetRowExpr().Args)
		} else {
			var e Expr
			e, err = qc.expr(s.Testexpr)
			left = []Expr{e}
		}
		if err != nil {
			return nil, err
		}
		return link, qc.testColumns(link, left, loc)
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "sub-select is not supported here").At(loc)
}

// testColumns pairs a sub-select's columns with the left side of ANY, ALL or a
// row comparison: left values are coerced in place, columns in the sub-select.
func (qc *qctx) testColumns(link *subLink, left []Expr, loc int32) error {
	outs := link.q.outputs()
	if len(left) < len(outs) {
		return pgerr.New(pgerr.SyntaxError, "subquery has too many columns").At(loc)
	}
	if len(left) > len(outs) {
		return pgerr.New(pgerr.SyntaxError, "subquery has too few columns").At(loc)
	}
	a := qc.a
	if len(left) > 1 && !rowOperator(link.Op) {
		return noRowOperator(link.Op, loc)
	}
	for i, l := range left {
		id := outs[i].id
		c, err := a.makeOp(link.Op, l, a.ref(id, -1), loc)
		if err != nil {
			return err
		}
		if c.T != types.BoolOID {
			return pgerr.New(pgerr.DatatypeMismatch, "operator %s must return type boolean, not type %s", link.Op, a.typeName(c.T)).
				WithHint("The operator of a quantified predicate subquery must return type boolean.").At(loc)
		}
		fn := c.Fn
		if len(left) > 1 && (link.Op == "<=" || link.Op == ">=") {
			strict, err := a.makeOp(link.Op[:1], c.Args[0], c.Args[1], loc)
			if err != nil {
				return err
			}
			fn = strict.Fn
		}
		eq, err := a.makeOp("=", c.Args[0], c.Args[1], loc)
		switch {
		case err == nil:
			link.Eqs = append(link.Eqs, eq.Fn)
		case len(left) > 1:
			return err
		}
		link.Left = append(link.Left, c.Args[0])
		link.Fns = append(link.Fns, fn)
		if t := c.Args[1].Type(); t != a.cols[id].typ {
			if link.q, err = a.coerceOutput(link.q, i, t, builtin.CastImplicit); err != nil {
				return err
			}
			outs = link.q.outputs()
		}
	}
	return nil
}

// rowSubquery is (a, b) op (SELECT x, y).
func (qc *qctx) rowSubquery(op string, row *pg_query.RowExpr, s *pg_query.SubLink, loc int32) (Expr, error) {
	left, err := qc.exprs(row.Args)
	if err != nil {
		return nil, err
	}
	q, err := qc.subSelect(s.Subselect)
	if err != nil {
		return nil, err
	}
	outs := q.outputs()
	if len(outs) != len(left) {
		if len(outs) > len(left) {
			return nil, pgerr.New(pgerr.SyntaxError, "subquery has too many columns").At(loc)
		}
		return nil, pgerr.New(pgerr.SyntaxError, "subquery has too few columns").At(loc)
	}
	link := &subLink{Typed: Typed{types.RecordOID, -1, s.Location}, Kind: RowOf, q: q}
	right := make([]Expr, len(outs))
	for i, t := range outs {
		m := qc.a.cols[t.id]
		right[i] = &Field{Typed: Typed{m.typ, m.mod, loc}, Arg: link, Index: i, Name: t.name}
	}
	return qc.rowCompare(op, left, right, loc)
}

func (qc *qctx) rowExpr(r *pg_query.RowExpr) (Expr, error) {
	out := &RowExpr{Typed: Typed{types.RecordOID, -1, r.Location}}
	for _, n := range r.Args {
		items, err := qc.expandStar(n)
		if err != nil {
			return nil, err
		}
		if items != nil {
			out.Items = append(out.Items, items...)
			continue
		}
		e, err := qc.expr(n)
		if err != nil {
			return nil, err
		}
		if e, err = qc.a.resolveUnknown(e); err != nil {
			return nil, err
		}
		out.Items = append(out.Items, e)
	}
	if len(out.Items) > 1664 {
		return nil, pgerr.New(pgerr.TooManyColumns, "ROW expressions can have at most 1664 entries").At(r.Location)
	}
	for i := range out.Items {
		out.Names = append(out.Names, "f"+itoa(i+1))
	}
	return out, nil
}

// expandStar expands t.* inside ROW(…); nil if n is something else.
func (qc *qctx) expandStar(n *pg_query.Node) ([]Expr, error) {
	c := n.GetColumnRef()
	if c == nil || len(c.Fields) == 0 || c.Fields[len(c.Fields)-1].GetAStar() == nil {
		return nil, nil
	}
	ts, err := qc.starTargets(c)
	if err != nil {
		return nil, err
	}
	out := make([]Expr, len(ts))
	for i, t := range ts {
		out[i] = t.expr
	}
	return out, nil
}

// arrayExpr is ARRAY[…]; want is the array type it is cast to, 0 if none.
func (qc *qctx) arrayExpr(x *pg_query.A_ArrayExpr, want types.OID, mod types.Typmod) (Expr, error) {
	a, loc := qc.a, x.Location
	out := &ArrayExpr{Typed: Typed{want, -1, loc}}
	for _, n := range x.Elements {
		var e Expr
		var err error
		if sub := n.GetAArrayExpr(); sub != nil {
			e, err = qc.arrayExpr(sub, want, mod)
			out.Nested = true
		} else {
			e, err = qc.expr(n)
			if err == nil && types.ElemOf(e.Type()) != 0 && want == 0 {
				out.Nested = true
			}
		}
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, e)
	}
	if want != 0 {
		out.Elem = types.ElemOf(want)
		item := out.Elem
		if out.Nested {
			item = want
		}
		for i, e := range out.Items {
			c, err := a.coerceTo(e, item, mod, builtin.CastExplicit, locOf(e))
			if err != nil {
				return nil, err
			}
			if c == nil {
				return nil, a.cannotCast(e, item, locOf(e))
			}
			out.Items[i] = c
		}
		return out, nil
	}
	if len(out.Items) == 0 {
		return nil, pgerr.New(pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(loc)
	}
	items, typ, err := a.commonList(out.Items, "ARRAY")
	if err != nil {
		return nil, err
	}
	out.Items = items
	if e := types.ElemOf(typ); e != 0 && out.Nested {
		out.Elem, out.T = e, typ
		return out, nil
	}
	out.Nested = false
	out.Elem, out.T = typ, types.ArrayOf(typ)
	if out.T == 0 {
		return nil, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", a.typeName(typ)).At(loc)
	}
	return out, nil
}

// indirection is arg.field, arg[…] and chains of them.
func (qc *qctx) indirection(x *pg_query.A_Indirection) (Expr, error) {
	e, err := qc.expr(x.Arg)
	if err != nil {
		return nil, err
	}
	return qc.applyIndirection(e, x.Indirection)
}

func (qc *qctx) applyIndirection(e Expr, list []*pg_query.Node) (Expr, error) {
	var err error
	for i := 0; i < len(list); {
		switch x := list[i].GetNode().(type) {
		case *pg_query.Node_AIndices:
			j := i
			for j < len(list) && list[j].GetAIndices() != nil {
				j++
			}
			if e, err = qc.subscript(e, list[i:j]); err != nil {
				return nil, err
			}
			i = j
		case *pg_query.Node_String_:
			if e, err = qc.field(e, x.String_.Sval); err != nil {
				return nil, err
			}
			i++
		default:
			return nil, pgerr.New(pgerr.SyntaxError, "row expansion via \"*\" is not supported here").At(locOf(e))
		}
	}
	return e, nil
}

// rowFields describes a row value's fields; false if they are not known.
func (a *analyzer) rowFields(e Expr) ([]string, []types.OID, bool) {
	switch x := e.(type) {
	case *RowExpr:
		return x.Names, argTypes(x.Items), true
	case *colRef:
		if m := &a.cols[x.ID]; m.fields != nil {
			return m.fields, m.fieldTypes, true
		}
	case *Call:
		if len(x.Fn.OutTypes) > 0 {
			return x.Fn.OutNames, a.resolveOutTypes(x), true
		}
	case *subLink:
		if x.Kind == Scalar {
			for _, t := range x.q.outputs() {
				if t.expr != nil {
					return a.rowFields(t.expr)
				}
			}
		}
	}
	if rel := a.relationOfRow(e.Type()); rel != nil {
		var names []string
		var typs []types.OID
		for _, c := range rel.Columns {
			if c.Dropped {
				names, typs = append(names, ""), append(typs, types.Int4OID)
				continue
			}
			names, typs = append(names, c.Name), append(typs, c.Type)
		}
		return names, typs, true
	}
	return nil, nil, false
}

func (qc *qctx) field(e Expr, name string) (Expr, error) {
	loc := locOf(e)
	if !isRowType(e.Type()) {
		return nil, pgerr.New(pgerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type",
			name, qc.a.typeName(e.Type())).At(loc)
	}
	names, typs, ok := qc.a.rowFields(e)
	for i, n := range names {
		if n != name || n == "" {
			continue
		}
		if row, isRow := e.(*RowExpr); isRow {
			return row.Items[i], nil
		}
		return &Field{Typed: Typed{typs[i], -1, loc}, Arg: e, Index: i, Name: name}, nil
	}
	if !ok || e.Type() == types.RecordOID {
		return nil, pgerr.New(pgerr.UndefinedColumn, "could not identify column \"%s\" in record data type", name).At(loc)
	}
	return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" not found in data type %s", name, qc.a.typeName(e.Type())).At(loc)
}

// subscript is e[…].
func (qc *qctx) subscript(e Expr, list []*pg_query.Node) (Expr, error) {
	if e.Type() == types.NameOID {
		return qc.nameSubscript(e, list)
	}
	return qc.element(e, list)
}

// element is e[…] of an array or of jsonb.
func (qc *qctx) element(e Expr, list []*pg_query.Node) (*Subscript, error) {
	a, loc := qc.a, locOf(e)
	out := &Subscript{Typed: Typed{0, -1, loc}, Arg: e}
	t := e.Type()
	elem := types.ElemOf(t)
	jsonb := t == types.JSONBOID
	if elem == 0 && !jsonb {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", a.typeName(t)).At(loc)
	}
	for _, n := range list {
		out.Slice = out.Slice || n.GetAIndices().IsSlice
	}
	if jsonb && out.Slice {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "jsonb subscript does not support slices").At(loc)
	}
	sub := func(n *pg_query.Node) (Expr, error) {
		if n == nil {
			return nil, nil
		}
		x, err := qc.expr(n)
		if err != nil {
			return nil, err
		}
		want := types.Int4OID
		if jsonb {
			if x.Type() == types.UnknownOID || category(x.Type()) == 'S' {
				want = types.TextOID
			}
		}
		c, err := a.coerceTo(x, want, -1, builtin.CastAssignment, locOf(x))
		if err != nil {
			return nil, err
		}
		if c == nil {
			if jsonb {
				return nil, pgerr.New(pgerr.DatatypeMismatch, "subscript type %s is not supported", a.typeName(x.Type())).
					WithHint("jsonb subscript must be coercible to either integer or text.").At(locOf(x))
			}
			return nil, pgerr.New(pgerr.DatatypeMismatch, "array subscript must have type integer").At(locOf(x))
		}
		return c, nil
	}
	for _, n := range list {
		ix := n.GetAIndices()
		lo, err := sub(ix.Lidx)
		if err != nil {
			return nil, err
		}
		hi, err := sub(ix.Uidx)
		if err != nil {
			return nil, err
		}
		if out.Slice && !ix.IsSlice {
			// A plain subscript among slices means 1:n.
			lo = &Const{Typed: Typed{types.Int4OID, -1, -1}, Value: types.Int(1)}
		}
		out.Subs = append(out.Subs, Sub{Lower: lo, Upper: hi})
	}
	if len(out.Subs) > 6 && !jsonb {
		return nil, pgerr.New(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(out.Subs), 6).At(loc)
	}
	switch {
	case jsonb, out.Slice:
		out.T = t
	default:
		out.T = elem
	}
	if !jsonb {
		out.Mod = e.Typmod()
	}
	return out, nil
}
