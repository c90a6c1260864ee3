package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// category is pg_type.typcategory; types that are not built in are composites.
func category(oid types.OID) byte {
	if t := types.ByOID(oid); t != nil {
		return t.Category
	}
	return 'C'
}

func isPreferred(oid types.OID) bool {
	t := types.ByOID(oid)
	return t != nil && t.Preferred
}

// typeName is a type's name for messages.
func (a *analyzer) typeName(oid types.OID) string {
	if types.ByOID(oid) == nil {
		if rel := a.relationOfRow(oid); rel != nil {
			return quoteIdent(rel.Name)
		}
	}
	return types.TypeName(oid)
}

// relationOfRow finds the relation whose row type this is.
func (a *analyzer) relationOfRow(oid types.OID) *catalog.Relation {
	if oid == 0 || types.ByOID(oid) != nil {
		return nil
	}
	for _, r := range a.env.View.AllRelations() {
		if r.RowType == oid {
			return r
		}
	}
	return nil
}

func isRowType(oid types.OID) bool { return oid == types.RecordOID || types.ByOID(oid) == nil }

// coercionPath says how one type becomes another.
type coercionPath uint8

const (
	pathNone coercionPath = iota
	pathRelabel
	pathFunc
	pathIO
	pathArray
)

// findCoercion is PostgreSQL's find_coercion_pathway.
func findCoercion(from, to types.OID, ctx builtin.CastContext) (coercionPath, *builtin.Cast) {
	if from == to {
		return pathRelabel, nil
	}
	if c := builtin.FindCast(from, to); c != nil {
		if !castAllowed(c.Context, ctx) {
			return pathNone, nil
		}
		if c.Fn == nil {
			return pathRelabel, c
		}
		return pathFunc, c
	}
	if fe, te := types.ElemOf(from), types.ElemOf(to); te != 0 && to != types.OIDVectorOID && to != types.Int2VectorOID && fe != 0 {
		switch p, _ := findCoercion(fe, te, ctx); p {
		case pathNone:
		case pathRelabel:
			return pathRelabel, nil
		default:
			return pathArray, nil
		}
	}
	// Any type turns into a string by its output function in an assignment, and
	// out of one by its input function in an explicit cast.
	if ctx != builtin.CastImplicit {
		if category(to) == 'S' && from != types.VoidOID {
			return pathIO, nil
		}
		if category(from) == 'S' && ctx == builtin.CastExplicit {
			return pathIO, nil
		}
	}
	return pathNone, nil
}

// castAllowed orders implicit < assignment < explicit.
func castAllowed(have, want builtin.CastContext) bool {
	rank := func(c builtin.CastContext) int {
		switch c {
		case builtin.CastImplicit:
			return 0
		case builtin.CastAssignment:
			return 1
		default:
			return 2
		}
	}
	return rank(want) >= rank(have)
}

// canCoerce is PostgreSQL's can_coerce_type for one argument.
func canCoerce(from, to types.OID, ctx builtin.CastContext) bool {
	switch {
	case from == to, to == types.AnyOID, types.IsPolymorphic(to), from == types.UnknownOID:
		return true
	case to == types.RecordOID:
		return isRowType(from)
	case from == types.RecordOID && isRowType(to):
		return true
	case to == types.RecordArrayOID:
		return isRowType(types.ElemOf(from)) && types.ElemOf(from) != 0
	case from == types.RecordArrayOID:
		return false
	}
	p, _ := findCoercion(from, to, ctx)
	return p != pathNone
}

// lengthCasts fit a value to a modifier, by type.
var lengthCasts = func() map[types.OID]*builtin.Cast {
	m := map[types.OID]*builtin.Cast{}
	for _, oid := range []types.OID{
		types.BPCharOID, types.VarCharOID, types.NumericOID, types.TimeOID, types.TimeTZOID,
		types.TimestampOID, types.TimestampTZOID, types.IntervalOID, types.BitOID, types.VarBitOID,
	} {
		m[oid] = &builtin.Cast{
			From: oid, To: oid, Context: builtin.CastImplicit,
			Fn: func(_ *builtin.Context, d types.Datum, mod types.Typmod, explicit bool) (types.Datum, error) {
				return types.ApplyTypmod(oid, d, mod, explicit)
			},
		}
	}
	return m
}()

// isLengthCast tells a cast that only applies a modifier.
func isLengthCast(c *Cast) bool { return c.Cast != nil && c.Cast.From == c.Cast.To }

// selectCommonType is PostgreSQL's select_common_type: the type for UNION, CASE,
// VALUES, ARRAY and the like. what names the construct for the message; with ""
// a mismatch gives 0 and no error.
func (a *analyzer) selectCommonType(exprs []Expr, what string) (types.OID, error) {
	if len(exprs) == 0 {
		return types.TextOID, nil
	}
	same := exprs[0].Type()
	uniform := same != types.UnknownOID
	for _, e := range exprs[1:] {
		if e.Type() != same {
			uniform = false
			break
		}
	}
	if uniform {
		return same, nil
	}
	pt := exprs[0].Type()
	for _, e := range exprs[1:] {
		nt := e.Type()
		if nt == types.UnknownOID || nt == pt {
			continue
		}
		switch {
		case pt == types.UnknownOID:
			pt = nt
		case category(nt) != category(pt):
			if what == "" {
				return 0, nil
			}
			return 0, pgerr.New(pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched",
				what, a.typeName(pt), a.typeName(nt)).At(locOf(e))
		case !isPreferred(pt) && canCoerce(pt, nt, builtin.CastImplicit) && !canCoerce(nt, pt, builtin.CastImplicit):
			pt = nt
		}
	}
	if pt == types.UnknownOID {
		pt = types.TextOID
	}
	return pt, nil
}

// commonTypmod is the modifier that all share, else -1.
func commonTypmod(exprs []Expr, typ types.OID) types.Typmod {
	mod := types.Typmod(-1)
	for i, e := range exprs {
		if e.Type() != typ || (i > 0 && e.Typmod() != mod) {
			return -1
		}
		mod = e.Typmod()
	}
	return mod
}
