package builtin

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// derived gives the code that follows from a function's name and types alone:
// comparisons, larger and smaller, min and max, hashes.
func derived(row []string, args []types.OID) (implementation, bool) {
	name, source := row[procName], row[procSource]
	if strings.HasPrefix(source, "min(") || strings.HasPrefix(source, "max(") {
		if hasOrder(args[0]) {
			return implementation{agg: extremum(args[0], name == "max"), strict: true}, true
		}
		return implementation{}, false
	}
	if len(args) != 2 || !comparablePair(args[0], args[1]) {
		return implementation{}, false
	}
	oid := args[0]
	if types.ByOID(oid).Phys == types.KindText && oid != types.BPCharOID {
		oid = types.TextOID
	}
	switch mustOID(row[procRet]) {
	case types.BoolOID:
		if test := comparison(source); test != nil {
			return implementation{fn: compareFunc(oid, test)}, true
		}
	case types.Int4OID:
		if strings.HasPrefix(source, "bt") && strings.HasSuffix(source, "cmp") || strings.HasSuffix(source, "_cmp") {
			return implementation{fn: func(_ *Context, a []types.Datum) (types.Datum, error) {
				return types.Int(int64(sign(types.Compare(oid, a[0], a[1])))), nil
			}}, true
		}
	default:
		switch {
		case strings.HasSuffix(source, "larger"):
			return implementation{fn: pick(oid, 1)}, true
		case strings.HasSuffix(source, "smaller"):
			return implementation{fn: pick(oid, -1)}, true
		}
	}
	return implementation{}, false
}

func sign(c int) int {
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

// hasOrder tells types that types.Compare orders and SQL has operators for.
func hasOrder(oid types.OID) bool {
	t := types.ByOID(oid)
	switch oid {
	case types.JSONOID, types.XMLOID, types.MoneyOID:
		return false
	}
	return t != nil && t.Phys != types.KindOther
}

// comparablePair tells operands that Compare takes as they are: of one type, or
// of types whose datums are alike.
func comparablePair(a, b types.OID) bool {
	if a == b {
		return hasOrder(a)
	}
	return isInteger(a) && isInteger(b) || isFloat(a) && isFloat(b) ||
		a == types.TextOID && b == types.NameOID || a == types.NameOID && b == types.TextOID ||
		a == types.XIDOID && b == types.Int4OID
}

func isInteger(oid types.OID) bool {
	return oid == types.Int2OID || oid == types.Int4OID || oid == types.Int8OID
}

func isFloat(oid types.OID) bool { return oid == types.Float4OID || oid == types.Float8OID }

// comparison reads the test from a function's name: int4lt, date_ge, texteq,
// int48ne, text_pattern_lt, nameeqtext.
func comparison(source string) func(int) bool {
	for _, t := range []struct {
		word string
		test func(int) bool
	}{
		{"eq", func(c int) bool { return c == 0 }},
		{"ne", func(c int) bool { return c != 0 }},
		{"neq", func(c int) bool { return c != 0 }},
		{"lt", func(c int) bool { return c < 0 }},
		{"le", func(c int) bool { return c <= 0 }},
		{"gt", func(c int) bool { return c > 0 }},
		{"ge", func(c int) bool { return c >= 0 }},
	} {
		// name…text and text…name have the word in the middle.
		s := strings.TrimSuffix(strings.TrimSuffix(source, "text"), "name")
		if strings.HasSuffix(source, t.word) || s != "" && s != source && strings.HasSuffix(s, t.word) {
			return t.test
		}
	}
	switch source {
	case "xideqint4":
		return func(c int) bool { return c == 0 }
	case "xidneqint4":
		return func(c int) bool { return c != 0 }
	}
	return nil
}

func compareFunc(oid types.OID, test func(int) bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Bool(test(types.Compare(oid, a[0], a[1]))), nil
	}
}

// pick is the larger (dir 1) or smaller (dir -1) of two values.
func pick(oid types.OID, dir int) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if types.Compare(oid, a[0], a[1])*dir >= 0 {
			return a[0], nil
		}
		return a[1], nil
	}
}
