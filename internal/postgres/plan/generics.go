package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// rangeElem is the element type of a built-in range type, 0 if it is none.
func rangeElem(oid types.OID) types.OID {
	switch oid {
	case types.Int4RangeOID:
		return types.Int4OID
	case types.Int8RangeOID:
		return types.Int8OID
	case types.NumRangeOID:
		return types.NumericOID
	case types.TSRangeOID:
		return types.TimestampOID
	case types.TSTZRangeOID:
		return types.TimestampTZOID
	case types.DateRangeOID:
		return types.DateOID
	}
	return 0
}

// consistentGenerics is check_generic_type_consistency: whether actual types can
// stand for polymorphic parameters.
func consistentGenerics(actual, declared []types.OID) bool {
	var elem, array types.OID
	var compat []types.OID
	hasCompat := false
	for i, d := range declared {
		in := actual[i]
		switch d {
		case types.AnyElementOID, types.AnyNonArrayOID, types.AnyEnumOID:
			if in == types.UnknownOID {
				continue
			}
			if d == types.AnyNonArrayOID && types.ElemOf(in) != 0 {
				return false
			}
			if d == types.AnyEnumOID {
				return false
			}
			if elem != 0 && elem != in {
				return false
			}
			elem = in
		case types.AnyArrayOID:
			if in == types.UnknownOID {
				continue
			}
			if types.ElemOf(in) == 0 && in != types.AnyArrayOID || array != 0 && array != in {
				return false
			}
			array = in
		case types.AnyRangeOID:
			if in == types.UnknownOID {
				continue
			}
			re := rangeElem(in)
			if re == 0 || elem != 0 && elem != re {
				return false
			}
			elem = re
		case types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
			hasCompat = true
			if in != types.UnknownOID {
				if d == types.AnyCompatibleNonArrayOID && types.ElemOf(in) != 0 {
					return false
				}
				compat = append(compat, in)
			}
		case types.AnyCompatibleArrayOID:
			hasCompat = true
			if in == types.UnknownOID {
				continue
			}
			e := types.ElemOf(in)
			if e == 0 {
				return false
			}
			compat = append(compat, e)
		case types.AnyMultirangeOID, types.AnyCompatibleRangeOID, types.AnyCompatibleMultirangeOID:
			return false
		}
	}
	if array != 0 && elem != 0 && types.ElemOf(array) != elem {
		return false
	}
	if hasCompat && len(compat) > 1 {
		return commonOf(compat) != 0
	}
	return true
}

// commonOf is select_common_type over types alone; 0 if they do not go together.
func commonOf(list []types.OID) types.OID {
	pt := list[0]
	for _, nt := range list[1:] {
		if nt == pt {
			continue
		}
		if category(nt) != category(pt) {
			return 0
		}
		if !isPreferred(pt) && canCoerce(pt, nt, builtin.CastImplicit) && !canCoerce(nt, pt, builtin.CastImplicit) {
			pt = nt
		}
	}
	for _, t := range list {
		if !canCoerce(t, pt, builtin.CastImplicit) {
			return 0
		}
	}
	return pt
}

// resolveGenerics is enforce_generic_type_consistency: it replaces polymorphic
// parameter types and the result type by actual ones.
func (a *analyzer) resolveGenerics(actual, declared []types.OID, ret types.OID, loc int32) ([]types.OID, types.OID, error) {
	poly := types.IsPolymorphic(ret)
	for _, d := range declared {
		poly = poly || types.IsPolymorphic(d)
	}
	if !poly {
		return declared, ret, nil
	}
	var elem, array, rng types.OID
	var compat []types.OID
	hasAny, hasCompat := false, false
	for i, d := range declared {
		in := actual[i]
		switch d {
		case types.AnyElementOID, types.AnyNonArrayOID, types.AnyEnumOID:
			hasAny = true
			if in == types.UnknownOID {
				continue
			}
			if elem != 0 && elem != in {
				return nil, 0, pgerr.New(pgerr.DatatypeMismatch, "arguments declared \"anyelement\" are not all alike").
					WithDetail("%s versus %s", a.typeName(elem), a.typeName(in)).At(loc)
			}
			elem = in
		case types.AnyArrayOID:
			hasAny = true
			if in != types.UnknownOID {
				array = in
			}
		case types.AnyRangeOID:
			hasAny = true
			if in != types.UnknownOID {
				rng = in
			}
		case types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
			hasCompat = true
			if in != types.UnknownOID {
				compat = append(compat, in)
			}
		case types.AnyCompatibleArrayOID:
			hasCompat = true
			if in != types.UnknownOID {
				compat = append(compat, types.ElemOf(in))
			}
		}
	}
	if hasAny {
		switch {
		case array != 0 && elem == 0:
			elem = types.ElemOf(array)
			if array == types.AnyArrayOID {
				elem = types.AnyElementOID
			}
		case rng != 0 && elem == 0:
			elem = rangeElem(rng)
		}
		if elem == 0 {
			if len(compat) == 0 && !hasCompat {
				return nil, 0, pgerr.New(pgerr.DatatypeMismatch, "could not determine polymorphic type because input has type %s", "unknown").At(loc)
			}
			elem = types.TextOID
		}
		if array == 0 {
			array = types.ArrayOf(elem)
		}
	}
	var celem types.OID
	if hasCompat || types.IsPolymorphic(ret) && !hasAny {
		if len(compat) == 0 {
			celem = types.TextOID
		} else if celem = commonOf(compat); celem == 0 {
			return nil, 0, pgerr.New(pgerr.DatatypeMismatch, "arguments of anycompatible family cannot be cast to a common type").At(loc)
		}
	}
	sub := func(t types.OID) types.OID {
		switch t {
		case types.AnyElementOID, types.AnyNonArrayOID, types.AnyEnumOID:
			return elem
		case types.AnyArrayOID:
			return array
		case types.AnyRangeOID:
			return rng
		case types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
			return celem
		case types.AnyCompatibleArrayOID:
			return types.ArrayOf(celem)
		}
		return t
	}
	out := make([]types.OID, len(declared))
	for i, d := range declared {
		if out[i] = sub(d); out[i] == 0 {
			return nil, 0, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", a.typeName(elem)).At(loc)
		}
	}
	r := sub(ret)
	if r == 0 && ret != 0 {
		return nil, 0, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", a.typeName(elem)).At(loc)
	}
	return out, r, nil
}

// resolveOutTypes gives the types of a set-returning function's columns.
func (a *analyzer) resolveOutTypes(c *Call) []types.OID {
	out := make([]types.OID, len(c.Fn.OutTypes))
	for i, t := range c.Fn.OutTypes {
		out[i] = t
		if types.IsPolymorphic(t) {
			actual := argTypes(c.Args)
			declared := c.Fn.Args
			if len(actual) != len(declared) {
				continue
			}
			if _, r, err := a.resolveGenerics(actual, declared, t, c.Loc); err == nil {
				out[i] = r
			}
		}
	}
	return out
}
