package types

import "strconv"

// maxBuiltinOID bounds the table below: PostgreSQL's hand-assigned type OIDs
// are smaller.
const maxBuiltinOID = 8192

var (
	byOID  [maxBuiltinOID]*Type
	byName = make(map[string]*Type, len(builtinTypes))
)

func init() {
	for i := range builtinTypes {
		t := &builtinTypes[i]
		byOID[t.OID] = t
		byName[t.Name] = t
	}
}

// ByOID finds a built-in type, nil if the OID is not one.
func ByOID(oid OID) *Type {
	if oid < maxBuiltinOID {
		return byOID[oid]
	}
	return nil
}

// ByName finds a built-in type by its catalog name (int4, _text), nil if there
// is none.
func ByName(name string) *Type { return byName[name] }

// All is every built-in type, in no order. The caller must not modify it.
func All() []Type { return builtinTypes }

// IsPolymorphic tells the pseudo-types that a call's arguments resolve.
func IsPolymorphic(oid OID) bool {
	switch oid {
	case AnyElementOID, AnyArrayOID, AnyNonArrayOID, AnyEnumOID, AnyRangeOID, AnyMultirangeOID,
		AnyCompatibleOID, AnyCompatibleArrayOID, AnyCompatibleNonArrayOID,
		AnyCompatibleRangeOID, AnyCompatibleMultirangeOID:
		return true
	}
	return false
}

// ElemOf is the element type of a true array type (not of name, point and the
// like, which can be subscripted but are no arrays); 0 if it is none.
func ElemOf(oid OID) OID {
	if t := ByOID(oid); t != nil && t.Phys == KindArray {
		return t.Elem
	}
	return 0
}

// ArrayOf is the array type over a built-in type, 0 if there is none.
func ArrayOf(oid OID) OID {
	if t := ByOID(oid); t != nil {
		return t.Array
	}
	return 0
}

// TypeName is a type's SQL name for messages, as format_type_be spells it:
// without a modifier, bpchar is character.
func TypeName(oid OID) string { return formatType(oid, -1, false) }

// FormatType is format_type(oid, typmod): the type as SQL would declare it. A
// typmod of -1 means a column without a modifier, where a bare bpchar differs
// from character.
func FormatType(oid OID, typmod Typmod) string { return formatType(oid, typmod, true) }

func formatType(oid OID, typmod Typmod, given bool) string {
	if oid == 0 {
		return "-"
	}
	t := ByOID(oid)
	if t == nil {
		return "???"
	}
	if t.Category == 'A' && t.Elem != 0 && t.Name[0] == '_' {
		return formatType(t.Elem, typmod, given) + "[]"
	}
	withMod := given && typmod >= 0
	switch oid {
	case BitOID:
		if withMod {
			return "bit(" + strconv.Itoa(int(typmod)) + ")"
		}
		if given {
			return `"bit"`
		}
		return "bit"
	case BPCharOID:
		if withMod {
			return "character" + lengthMod(typmod)
		}
		if given {
			return "bpchar"
		}
		return "character"
	case VarCharOID:
		if withMod {
			return "character varying" + lengthMod(typmod)
		}
		return "character varying"
	case VarBitOID:
		if withMod {
			return "bit varying(" + strconv.Itoa(int(typmod)) + ")"
		}
		return "bit varying"
	case NumericOID:
		if withMod {
			return "numeric" + numericMod(typmod)
		}
		return "numeric"
	case TimeOID:
		return timeTypeName("time", typmod, withMod, " without time zone")
	case TimeTZOID:
		return timeTypeName("time", typmod, withMod, " with time zone")
	case TimestampOID:
		return timeTypeName("timestamp", typmod, withMod, " without time zone")
	case TimestampTZOID:
		return timeTypeName("timestamp", typmod, withMod, " with time zone")
	case IntervalOID:
		if withMod {
			return "interval" + intervalMod(typmod)
		}
		return "interval"
	case BoolOID:
		return "boolean"
	case Int2OID:
		return "smallint"
	case Int4OID:
		return "integer"
	case Int8OID:
		return "bigint"
	case Float4OID:
		return "real"
	case Float8OID:
		return "double precision"
	case CharOID:
		return `"char"`
	case AnyOID:
		return `"any"`
	}
	return t.Name
}

func lengthMod(typmod Typmod) string {
	if typmod <= varHdrSize {
		return ""
	}
	return "(" + strconv.Itoa(int(typmod)-varHdrSize) + ")"
}

func timeTypeName(base string, typmod Typmod, withMod bool, zone string) string {
	if withMod {
		base += "(" + strconv.Itoa(int(typmod)) + ")"
	}
	return base + zone
}
