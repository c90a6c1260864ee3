package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// coerce converts an expression whose conversion is known to be possible, as
// coerce_type does; literals and parameters of unknown type take the target's.
func (a *analyzer) coerce(e Expr, to types.OID, ctx builtin.CastContext, loc int32) (Expr, error) {
	from := e.Type()
	if from == to || to == types.AnyOID {
		return e, nil
	}
	switch to {
	case types.AnyElementOID, types.AnyNonArrayOID, types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
		return e, nil
	}
	if types.IsPolymorphic(to) && from != types.UnknownOID {
		return e, nil
	}
	if from == types.UnknownOID {
		return a.coerceUnknown(e, to, ctx, loc)
	}
	if to == types.RecordOID && isRowType(from) {
		return e, nil
	}
	if row, ok := e.(*RowExpr); ok && isRowType(to) {
		return a.coerceRow(row, to, ctx, loc)
	}
	if from == types.RecordOID && isRowType(to) {
		return &Cast{Typed: Typed{to, -1, loc}, Arg: e, Explicit: ctx == builtin.CastExplicit}, nil
	}
	c, err := a.castStep(from, to, ctx)
	if err != nil {
		return nil, err
	}
	c.Arg, c.Typed, c.Explicit = e, Typed{to, -1, loc}, ctx == builtin.CastExplicit
	return c, nil
}

// castStep describes one conversion, without its argument.
func (a *analyzer) castStep(from, to types.OID, ctx builtin.CastContext) (*Cast, error) {
	explicit := ctx == builtin.CastExplicit
	p, c := findCoercion(from, to, ctx)
	switch p {
	case pathRelabel:
		return &Cast{Typed: Typed{to, -1, -1}, Cast: c, Explicit: explicit}, nil
	case pathFunc:
		return &Cast{Typed: Typed{to, -1, -1}, Cast: c, Explicit: explicit}, nil
	case pathIO:
		return &Cast{Typed: Typed{to, -1, -1}, IO: true, Explicit: explicit}, nil
	case pathArray:
		elem, err := a.castStep(types.ElemOf(from), types.ElemOf(to), ctx)
		if err != nil {
			return nil, err
		}
		return &Cast{Typed: Typed{to, -1, -1}, Elem: elem, Explicit: explicit}, nil
	}
	return nil, pgerr.New(pgerr.CannotCoerce, "cannot cast type %s to %s", a.typeName(from), a.typeName(to))
}

func (a *analyzer) coerceUnknown(e Expr, to types.OID, ctx builtin.CastContext, loc int32) (Expr, error) {
	switch x := e.(type) {
	case *Const:
		return a.readLiteral(x, to, -1)
	case *Param:
		return a.bindParam(x, to)
	case *Case, *Coalesce, *subLink, *colRef:
	}
	// An unknown value that is no literal: PostgreSQL goes through the text form.
	return &Cast{Typed: Typed{to, -1, loc}, Arg: e, IO: true, Explicit: ctx == builtin.CastExplicit}, nil
}

// readLiteral reads an unknown literal with the type's input function.
func (a *analyzer) readLiteral(x *Const, to types.OID, mod types.Typmod) (Expr, error) {
	if types.IsPolymorphic(to) {
		return x, nil
	}
	c := &Const{Typed: Typed{to, mod, x.Loc}}
	if x.Value.IsNull() {
		return c, nil
	}
	if to == types.UnknownOID || to == types.CStringOID {
		c.Value = x.Value
		return c, nil
	}
	if isRowType(to) && to != types.RecordOID {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "input of composite type %s from a literal is not supported", a.typeName(to)).At(x.Loc)
	}
	d, err := types.Input(to, x.Value.Str(), mod, a.format())
	if err != nil {
		return nil, pgerr.From(err).At(x.Loc)
	}
	c.Value = d
	return c, nil
}

func (a *analyzer) format() *types.Format {
	if a.env.Fn == nil {
		return nil
	}
	return &a.env.Fn.Format
}

// bindParam gives an untyped parameter its type, as variable_coerce_param_hook.
func (a *analyzer) bindParam(p *Param, to types.OID) (Expr, error) {
	if types.IsPolymorphic(to) || to == types.UnknownOID {
		return p, nil
	}
	have := a.params[p.Index]
	switch have {
	case 0:
		a.params[p.Index] = to
	case to:
	default:
		return nil, pgerr.New(pgerr.AmbiguousParameter, "inconsistent types deduced for parameter $%d", p.Index+1).
			WithDetail("%s versus %s", a.typeName(have), a.typeName(to)).At(p.Loc)
	}
	return &Param{Typed: Typed{to, -1, p.Loc}, Index: p.Index}, nil
}

func (a *analyzer) coerceRow(row *RowExpr, to types.OID, ctx builtin.CastContext, loc int32) (Expr, error) {
	rel := a.relationOfRow(to)
	if rel == nil {
		return nil, a.cannotCast(row, to, loc)
	}
	out := &RowExpr{Typed: Typed{to, -1, loc}}
	i := 0
	for _, c := range rel.Columns {
		if c.Dropped {
			out.Items = append(out.Items, nullConst(c.Type))
			out.Names = append(out.Names, "")
			continue
		}
		if i >= len(row.Items) {
			return nil, a.cannotCast(row, to, loc).WithDetail("Input has too few columns.")
		}
		e, err := a.coerceTo(row.Items[i], c.Type, c.Typmod, ctx, loc)
		if err != nil {
			return nil, err
		}
		if e == nil {
			return nil, a.cannotCast(row, to, loc).WithDetail("Cannot cast type %s to %s in column %d.",
				a.typeName(row.Items[i].Type()), a.typeName(c.Type), i+1)
		}
		out.Items = append(out.Items, e)
		out.Names = append(out.Names, c.Name)
		i++
	}
	if i < len(row.Items) {
		return nil, a.cannotCast(row, to, loc).WithDetail("Input has too many columns.")
	}
	return out, nil
}

func (a *analyzer) cannotCast(e Expr, to types.OID, loc int32) *pgerr.Error {
	return pgerr.New(pgerr.CannotCoerce, "cannot cast type %s to %s", a.typeName(e.Type()), a.typeName(to)).At(loc)
}

// coerceTo converts to a type and modifier, as coerce_to_target_type does; nil
// if there is no way.
func (a *analyzer) coerceTo(e Expr, to types.OID, mod types.Typmod, ctx builtin.CastContext, loc int32) (Expr, error) {
	if !canCoerce(e.Type(), to, ctx) {
		return nil, nil
	}
	if p, ok := e.(*Param); ok && p.T == types.UnknownOID {
		if have := a.params[p.Index]; have != 0 {
			e = &Param{Typed: Typed{have, -1, p.Loc}, Index: p.Index}
			return a.coerceTo(e, to, mod, ctx, loc)
		}
	}
	// An interval's modifier says what a bare number means ('1' day), so a literal
	// is read with it; other types are cut to theirs afterwards.
	if c, ok := e.(*Const); ok && c.T == types.UnknownOID && to == types.IntervalOID {
		return a.readLiteral(c, to, mod)
	}
	out, err := a.coerce(e, to, ctx, loc)
	if err != nil {
		return nil, err
	}
	return a.applyTypmod(out, mod, ctx, loc), nil
}

// applyTypmod adds the length coercion, as coerce_type_typmod does.
func (a *analyzer) applyTypmod(e Expr, mod types.Typmod, ctx builtin.CastContext, loc int32) Expr {
	if mod < 0 || e.Typmod() == mod {
		return e
	}
	explicit := ctx == builtin.CastExplicit
	if lc := lengthCasts[e.Type()]; lc != nil {
		if c, ok := e.(*Const); ok && c.Value.IsNull() {
			return &Const{Typed: Typed{c.T, mod, c.Loc}}
		}
		return &Cast{Typed: Typed{e.Type(), mod, loc}, Arg: e, Cast: lc, Explicit: explicit}
	}
	if lc := lengthCasts[types.ElemOf(e.Type())]; lc != nil {
		elem := &Cast{Typed: Typed{types.ElemOf(e.Type()), mod, loc}, Cast: lc, Explicit: explicit}
		return &Cast{Typed: Typed{e.Type(), mod, loc}, Arg: e, Elem: elem, Explicit: explicit}
	}
	return e
}

// coerceBool makes an expression boolean for WHERE and its like.
func (a *analyzer) coerceBool(e Expr, what string) (Expr, error) {
	if e.Type() == types.BoolOID {
		if isSet(e) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "argument of %s must not return a set", what).At(setLoc(e))
		}
		return e, nil
	}
	out, err := a.coerceTo(e, types.BoolOID, -1, builtin.CastAssignment, locOf(e))
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s",
			what, a.typeName(e.Type())).At(locOf(e))
	}
	return out, nil
}

// coerceCommon makes a list element the common type, as coerce_to_common_type.
func (a *analyzer) coerceCommon(e Expr, to types.OID, what string) (Expr, error) {
	if e.Type() == to {
		return e, nil
	}
	if !canCoerce(e.Type(), to, builtin.CastImplicit) {
		return nil, pgerr.New(pgerr.CannotCoerce, "%s could not convert type %s to %s",
			what, a.typeName(e.Type()), a.typeName(to)).At(locOf(e))
	}
	return a.coerce(e, to, builtin.CastImplicit, locOf(e))
}

// commonList makes all expressions one type and gives that type.
func (a *analyzer) commonList(exprs []Expr, what string) ([]Expr, types.OID, error) {
	typ, err := a.selectCommonType(exprs, what)
	if err != nil {
		return nil, 0, err
	}
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		if out[i], err = a.coerceCommon(e, typ, what); err != nil {
			return nil, 0, err
		}
	}
	return out, typ, nil
}

// resolveUnknown makes a leftover unknown literal or parameter text.
func (a *analyzer) resolveUnknown(e Expr) (Expr, error) {
	if e.Type() != types.UnknownOID {
		return e, nil
	}
	return a.coerce(e, types.TextOID, builtin.CastImplicit, locOf(e))
}

// assign converts a value for a column of a table, as transformAssignedExpr.
func (a *analyzer) assign(e Expr, column string, typ types.OID, mod types.Typmod, loc int32) (Expr, error) {
	from := e.Type()
	out, err := a.coerceTo(e, typ, mod, builtin.CastAssignment, -1)
	if err != nil {
		return nil, err
	}
	if out == nil {
		if l := locOf(e); l >= 0 {
			loc = l
		}
		return nil, pgerr.New(pgerr.DatatypeMismatch, "column %q is of type %s but expression is of type %s",
			column, a.typeName(typ), a.typeName(from)).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	return out, nil
}

// Coerce converts an expression to a column's type as an assignment does: the
// error is PostgreSQL's, with the column's name.
func Coerce(env *Env, e Expr, column string, typ types.OID, mod types.Typmod) (Expr, error) {
	a := newAnalyzer(env, nil)
	return a.assign(e, column, typ, mod, locOf(e))
}

func nullConst(typ types.OID) *Const { return &Const{Typed: Typed{typ, -1, -1}} }
