package plan

import (
	"math"
	"slices"

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
