package plan

import (
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxSpans bounds the spans made of IN lists.
const maxSpans = 10000

// spanSpec is a Span before its expressions are compiled. A nil eq is IS NULL.
type spanSpec struct {
	eq                 []Expr
	lower, upper       Expr
	lowerInc, upperInc bool
	notNull            bool
}

// indexMatch finds what of some conditions an index can serve.
type indexMatch struct {
	p       *planner
	t       *baseTable
	ix      *catalog.Index
	keys    []Expr
	rows    float64
	partial []Expr // the index's predicate, which follows from the conditions
}

// bound is what a condition says about one key.
type bound struct {
	op     string // =, <, <=, >, >=, null, notnull, in, prefix
	value  Expr
	values []Expr
	exact  bool // the bound is all that the condition says
	upper  Expr // of a prefix
}

// match builds the index scan for conditions, nil if the index is of no use.
func (m *indexMatch) match(conds []Expr, want []SortKey) *scanPath {
	used := make([]bool, len(conds))
	exact := make([]bool, len(conds))
	specs := []spanSpec{{}}
	sel := 1.0
	eqs := 0
	multi := false
	for k := range m.keys {
		b, at := m.equality(k, conds, used)
		if b == nil {
			break
		}
		used[at], exact[at] = true, b.exact
		switch b.op {
		case "in":
			if len(specs)*len(b.values) > maxSpans {
				used[at] = false
			} else {
				var next []spanSpec
				for _, s := range specs {
					for _, v := range b.values {
						next = append(next, spanSpec{eq: append(slices.Clip(s.eq), v)})
					}
				}
				specs, multi = next, true
				sel *= math.Min(m.eqSel(k, nil)*float64(len(b.values)), 1)
			}
		default:
			for i := range specs {
				specs[i].eq = append(slices.Clip(specs[i].eq), b.value)
			}
			sel *= m.eqSel(k, b.value)
		}
		if !used[at] {
			break
		}
		eqs++
	}
	full := eqs == len(m.keys)
	if !full && eqs < len(m.keys) {
		sel *= m.ranges(eqs, conds, used, exact, specs)
	}
	s := &scanPath{t: m.t, index: m.ix}
	for i, e := range conds {
		if used[i] {
			s.conds = append(s.conds, e)
			s.shown = append(s.shown, m.shown(e)...)
		}
		if !used[i] || !exact[i] {
			if !amongst(e, m.partial) {
				s.filter = append(s.filter, e)
			}
		}
	}
	ordering := m.ordering(eqs, specs)
	forward, backward := sortedBy(ordering, want), 0
	if !multi && forward == 0 && len(want) > 0 {
		backward = sortedBy(reversed(ordering), want)
	}
	if len(s.conds) == 0 && m.partial == nil && (multi || forward+backward == 0) {
		return nil
	}
	if len(s.conds) > 0 {
		s.spans = specs
	}
	s.reverse = backward > 0
	if !multi {
		s.order = ordering
		if s.reverse {
			s.order = reversed(ordering)
		}
	}
	null := false
	for _, e := range specs[0].eq {
		null = null || e == nil
	}
	s.point = full && m.ix.Unique && len(specs) == 1 && !null && len(s.conds) > 0
	m.cost(s, sel)
	return s
}

// shown is a condition as EXPLAIN shows it: the key on the left, a LIKE prefix as
// the range it is.
func (m *indexMatch) shown(e Expr) []Expr {
	c, ok := e.(*Call)
	if !ok || len(c.Args) != 2 {
		return []Expr{e}
	}
	compare := func(op string, l, r Expr) Expr {
		return &Call{Typed: c.Typed, Fn: c.Fn, Args: []Expr{l, r}, Op: op}
	}
	for k := range m.keys {
		if c.Op == "~~" && m.isKey(k, c.Args[0]) {
			switch b := m.likeBound(c); {
			case b == nil:
			case b.op == "=":
				return []Expr{compare("=", c.Args[0], b.value)}
			case b.upper == nil:
				return []Expr{compare(">=", c.Args[0], b.value)}
			default:
				return []Expr{compare(">=", c.Args[0], b.value), compare("<", c.Args[0], b.upper)}
			}
		}
		if op, ok := commuted[c.Op]; ok && !m.isKey(k, c.Args[0]) && m.isKey(k, c.Args[1]) {
			return []Expr{compare(op, c.Args[1], c.Args[0])}
		}
	}
	return []Expr{e}
}

// amongst reports whether a condition is part of the index's predicate.
func amongst(e Expr, pred []Expr) bool {
	for _, q := range pred {
		if equalExpr(e, q) {
			return true
		}
	}
	return false
}

func (m *indexMatch) cost(s *scanPath, sel float64) {
	p := m.p
	rows := clampRows(m.rows * sel)
	if s.point {
		rows, s.single = 1, true
	}
	per := costIndexRow + costTuple
	if !m.ix.Clustered {
		per += costFetch
	} else {
		per += relWidth(m.t.rel) / pageSize * costPage
	}
	per += listCost(s.filter)
	s.Startup = costSeek
	s.Total = costSeek*float64(max(len(s.spans), 1)) + rows*per
	if p.a.env.Settings.DisableIndexScan {
		s.Startup += disabled
		s.Total += disabled
	}
	s.Rows = clampRows(rows * p.selectivity(s.filter))
	_, layout, _ := p.scanColumns(m.t, nil)
	s.Width = p.width(layout)
	s.req = p.outside(append(slices.Clip(s.conds), s.filter...), m.t)
}

// eqSel is the selectivity of an equality of key k with a value. A value that
// comes from a unique column tells that there are as many keys as it has values.
func (m *indexMatch) eqSel(k int, value Expr) float64 {
	s := m.keySel(k)
	if c, ok := value.(*colRef); ok {
		s = math.Min(s, 1/m.p.distinctValues(c))
	}
	return math.Max(s, 1/m.rows)
}

func (m *indexMatch) keySel(k int) float64 {
	if m.ix.Unique && len(m.keys) == 1 {
		return 1 / m.rows
	}
	if c, ok := m.keys[k].(*colRef); ok {
		if m.p.a.cols[c.ID].typ == types.BoolOID {
			return selBool
		}
		if uniqueColumn(m.t.rel, m.p.a.cols[c.ID].attnum) {
			return 1 / m.rows
		}
	}
	if m.ix.Unique {
		// The columns together are unique: each takes its share.
		return math.Max(math.Pow(1/m.rows, 1/float64(len(m.keys))), 1/m.rows)
	}
	return math.Max(selEq, 1/m.rows)
}

// ordering is the order of the index's rows: keys that the spans fix do not count.
func (m *indexMatch) ordering(eqs int, specs []spanSpec) []SortKey {
	var out []SortKey
	for k, key := range m.ix.Keys {
		if k < eqs && len(specs) == 1 {
			continue
		}
		out = append(out, SortKey{Expr: m.keys[k], Desc: key.Desc, NullsFirst: key.NullsFirst})
	}
	return out
}

func reversed(list []SortKey) []SortKey {
	out := make([]SortKey, len(list))
	for i, k := range list {
		out[i] = SortKey{Expr: k.Expr, Desc: !k.Desc, NullsFirst: !k.NullsFirst}
	}
	return out
}

// equality finds a condition that fixes key k.
func (m *indexMatch) equality(k int, conds []Expr, used []bool) (*bound, int) {
	var in *bound
	inAt := -1
	for i, e := range conds {
		if used[i] {
			continue
		}
		b := m.boundOf(k, e)
		if b == nil {
			continue
		}
		switch b.op {
		case "=", "null":
			return b, i
		case "in":
			if in == nil {
				in, inAt = b, i
			}
		}
	}
	return in, inAt
}

// ranges adds the range on key k to the spans and gives its selectivity.
func (m *indexMatch) ranges(k int, conds []Expr, used, exact []bool, specs []spanSpec) float64 {
	sel := 1.0
	var lower, upper, notNull bool
	for i, e := range conds {
		if used[i] {
			continue
		}
		b := m.boundOf(k, e)
		if b == nil {
			continue
		}
		set := func(f func(*spanSpec)) {
			for j := range specs {
				f(&specs[j])
			}
			used[i], exact[i] = true, b.exact
		}
		switch b.op {
		case ">", ">=":
			if !lower {
				lower = true
				set(func(s *spanSpec) { s.lower, s.lowerInc = b.value, b.op == ">=" })
			}
		case "<", "<=":
			if !upper {
				upper = true
				set(func(s *spanSpec) { s.upper, s.upperInc = b.value, b.op == "<=" })
			}
		case "prefix":
			if !lower && !upper {
				lower, upper = true, b.upper != nil
				set(func(s *spanSpec) { s.lower, s.lowerInc, s.upper, s.upperInc = b.value, true, b.upper, false })
			}
		case "notnull":
			if !notNull {
				notNull = true
				set(func(s *spanSpec) { s.notNull = true })
			}
		}
	}
	if lower || upper {
		// A comparison is never true of NULL.
		for j := range specs {
			specs[j].notNull = true
		}
	}
	switch {
	case lower && upper:
		sel = selBetween
	case lower || upper:
		sel = selRange
	case notNull:
		sel = 1 - selNull
	}
	return sel
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
	for _, e := range list {
		if _, ok := e.(*Const); !ok {
			return list
		}
	}
	cmp := func(a, b Expr) int {
		c := types.Compare(oid, a.(*Const).Value, b.(*Const).Value)
		if desc {
			return -c
		}
		return c
	}
	slices.SortStableFunc(list, cmp)
	return slices.CompactFunc(list, func(a, b Expr) bool { return cmp(a, b) == 0 })
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
