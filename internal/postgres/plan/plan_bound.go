package plan

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// bound is what a condition says about one key.
type bound struct {
	op     string // =, <, <=, >, >=, null, notnull, in, prefix
	value  Expr
	values []Expr
	exact  bool // the bound is all that the condition says
	upper  Expr // of a prefix
}

// boundOf reads a condition as a bound on key k, nil if it is none.
func (m *indexMatch) boundOf(k int, e Expr) *bound {
	switch x := e.(type) {
	case *Call:
		return m.callBound(k, x)
	case *NullTest:
		if m.isKey(k, x.Arg) && !isRowType(x.Arg.Type()) {
			if x.Not {
				return &bound{op: "notnull", exact: true}
			}
			return &bound{op: "null", exact: true}
		}
	case *colRef:
		if x.T == types.BoolOID && m.isKey(k, x) {
			return &bound{op: "=", value: boolConst(true, -1), exact: true}
		}
	case *Logic:
		if x.Op == Not && x.Args[0].Type() == types.BoolOID && m.isKey(k, x.Args[0]) {
			return &bound{op: "=", value: boolConst(false, -1), exact: true}
		}
		if x.Op == Or {
			return m.orBound(k, x)
		}
	case *ScalarArray:
		return m.arrayBound(k, x)
	case *RowCompare:
		// (a, b) > (x, y) implies a >= x.
		if len(x.Left) > 0 && m.isKey(k, x.Left[0]) && comparesAlike(x.Left[0].Type(), m.ix.Keys[k].Type) {
			op := x.Op[:1] + "="
			if v := m.value(k, x.Right[0], op); v != nil {
				return &bound{op: op, value: v}
			}
		}
	}
	return nil
}

// isKey reports whether e is key k's expression, perhaps relabelled.
func (m *indexMatch) isKey(k int, e Expr) bool {
	for {
		c, ok := e.(*Cast)
		if !ok || !isRelabel(c) {
			break
		}
		e = c.Arg
	}
	if c, ok := m.keys[k].(*colRef); ok {
		r, ok := e.(*colRef)
		return ok && r.ID == c.ID
	}
	return equalExpr(e, m.keys[k])
}

var commuted = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (m *indexMatch) callBound(k int, x *Call) *bound {
	if len(x.Args) != 2 {
		return nil
	}
	op := x.Op
	if op == "~~" && m.isKey(k, x.Args[0]) {
		return m.likeBound(x)
	}
	swapped, ok := commuted[op]
	if !ok {
		return nil
	}
	l, r := x.Args[0], x.Args[1]
	if !m.isKey(k, l) {
		if !m.isKey(k, r) {
			return nil
		}
		l, r, op = r, l, swapped
	}
	if !comparesAlike(l.Type(), m.ix.Keys[k].Type) {
		return nil
	}
	v := m.value(k, r, op)
	if v == nil {
		return nil
	}
	b := &bound{op: op, value: v, exact: true}
	if isInt(r.Type()) && intWidth(r.Type()) > intWidth(m.ix.Keys[k].Type) && op != "=" {
		// The narrowed bound is always an inclusive one.
		b.op = op[:1] + "="
	}
	return b
}

// comparesAlike reports whether comparing as one type agrees with the order of
// keys of another: the type itself, or one that differs in name only.
func comparesAlike(as, key types.OID) bool {
	if as == key {
		return true
	}
	text := func(o types.OID) bool { return o == types.TextOID || o == types.VarCharOID || o == types.NameOID }
	if text(as) && text(key) {
		return true
	}
	oids := func(o types.OID) bool {
		switch o {
		case types.OIDOID, types.RegclassOID, types.RegtypeOID, types.RegprocOID, types.RegnamespaceOID, types.RegroleOID:
			return true
		}
		return false
	}
	return oids(as) && oids(key)
}

// value checks and converts the other side of a comparison to key k's type.
func (m *indexMatch) value(k int, e Expr, op string) Expr {
	if refersTo(m.p, e, m.t) || volatility(e) == builtin.Volatile || hasSubLink(e) {
		return nil
	}
	key, from := m.ix.Keys[k].Type, e.Type()
	if comparesAlike(from, key) {
		return e
	}
	if isInt(key) && isInt(from) {
		if intWidth(from) <= intWidth(key) {
			return &Cast{Typed: Typed{key, -1, -1}, Arg: e, Cast: builtin.FindCast(from, key)}
		}
		return m.p.a.fold(narrow(e, key, op))
	}
	switch key {
	case types.TimestampOID, types.TimestampTZOID:
		if from == types.DateOID {
			if c, err := m.p.a.coerce(e, key, builtin.CastImplicit, -1); err == nil {
				return c
			}
		}
	case types.Float8OID:
		if from == types.Float4OID {
			if c, err := m.p.a.coerce(e, key, builtin.CastImplicit, -1); err == nil {
				return c
			}
		}
	}
	return nil
}

func (m *indexMatch) arrayBound(k int, x *ScalarArray) *bound {
	if x.All || x.Op != "=" || !m.isKey(k, x.Left) || !comparesAlike(x.Left.Type(), m.ix.Keys[k].Type) {
		return nil
	}
	var items []Expr
	elem := types.ElemOf(x.Array.Type())
	switch arr := x.Array.(type) {
	case *ArrayExpr:
		if arr.Nested {
			return nil
		}
		items = arr.Items
	case *Const:
		if arr.Value.IsNull() {
			return nil
		}
		for _, d := range arr.Value.Array().Items {
			items = append(items, &Const{Typed: Typed{elem, -1, -1}, Value: d})
		}
	default:
		return nil
	}
	b := &bound{op: "in", exact: true}
	for _, it := range items {
		v := m.value(k, it, "=")
		if v == nil {
			return nil
		}
		if c, ok := v.(*Const); ok && c.Value.IsNull() {
			continue
		}
		b.values = append(b.values, v)
	}
	b.values = sortConsts(m.ix.Keys[k].Type, b.values, m.ix.Keys[k].Desc)
	if len(b.values) == 0 {
		return nil
	}
	return b
}

// sortConsts orders constants as the index does and drops equal ones; a list
// with anything else is left to the execution.
func sortConsts(oid types.OID, list []Expr, desc bool) []Expr {
	values, ok := constants(list)
	if !ok {
		return list
	}
	cmp := func(a, b types.Datum) int {
		c := types.Compare(oid, a, b)
		if desc {
			return -c
		}
		return c
	}
	slices.SortFunc(values, cmp)
	values = slices.CompactFunc(values, func(a, b types.Datum) bool { return cmp(a, b) == 0 })
	out := make([]Expr, len(values))
	for i, d := range values {
		out[i] = &Const{Typed: Typed{oid, -1, -1}, Value: d}
	}
	return out
}

// orBound reads key = a OR key = b as an IN list.
func (m *indexMatch) orBound(k int, x *Logic) *bound {
	b := &bound{op: "in", exact: true}
	for _, e := range x.Args {
		one := m.boundOf(k, e)
		switch {
		case one == nil || !one.exact:
			return nil
		case one.op == "=":
			b.values = append(b.values, one.value)
		case one.op == "in":
			b.values = append(b.values, one.values...)
		default:
			return nil
		}
	}
	b.values = sortConsts(m.ix.Keys[k].Type, b.values, m.ix.Keys[k].Desc)
	return b
}

// likeBound bounds a key by the fixed start of a LIKE pattern.
func (m *indexMatch) likeBound(x *Call) *bound {
	c, ok := x.Args[1].(*Const)
	if !ok || c.Value.IsNull() || category(c.T) != 'S' {
		return nil
	}
	if t := x.Args[0].Type(); t == types.BPCharOID {
		return nil
	}
	prefix, whole := likePrefix(c.Value.Str())
	if prefix == "" && !whole {
		return nil
	}
	lo := &Const{Typed: Typed{types.TextOID, -1, -1}, Value: types.Text(prefix)}
	if whole {
		return &bound{op: "=", value: lo, exact: true}
	}
	b := &bound{op: "prefix", value: lo}
	if up := prefixEnd(prefix); up != "" {
		b.upper = &Const{Typed: Typed{types.TextOID, -1, -1}, Value: types.Text(up)}
	}
	return b
}

// likePrefix is the fixed start of a pattern; whole tells that it has no
// wildcard at all.
func likePrefix(pattern string) (prefix string, whole bool) {
	var out []byte
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '%', '_':
			return string(out), false
		case '\\':
			if i+1 >= len(pattern) {
				return string(out), false
			}
			i++
			out = append(out, pattern[i])
		default:
			out = append(out, c)
		}
	}
	return string(out), true
}

// prefixEnd is the least string, by bytes, above all that begin with s; "" if
// there is none. It need not be valid UTF-8: it is compared, not shown.
func prefixEnd(s string) string {
	b := []byte(s)
	for len(b) > 0 {
		if b[len(b)-1] < 0xff {
			b[len(b)-1]++
			return string(b)
		}
		b = b[:len(b)-1]
	}
	return ""
}
