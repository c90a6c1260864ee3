package plan

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Costs in PostgreSQL's units: 1 is reading 8 kB in sequence.
const (
	costPage     = 1.0
	costTuple    = 0.01
	costIndexRow = 0.005
	costOperator = 0.0025
	// costSeek is opening a cursor at a key, costFetch getting a row by its key
	// from a secondary index's entry.
	costSeek  = 0.15
	costFetch = 0.5
	// disabled makes a way that a setting turned off the last resort.
	disabled = 1.0e10
	pageSize = 8192
)

// Selectivities where nothing is known, PostgreSQL's defaults.
const (
	selEq       = 0.005
	selRange    = 1.0 / 3
	selBetween  = 0.005
	selMatch    = 0.005
	selNull     = 0.005
	selBool     = 0.5
	selDefault  = 0.5
	defaultRows = 1000
	arrayRows   = 10
)

// tableRows estimates a table's size.
func (p *planner) tableRows(rel *catalog.Relation) float64 {
	if s := p.a.env.Stats; s != nil {
		if n, ok := s.RowEstimate(rel); ok {
			return math.Max(n, 1)
		}
	}
	if rel.Kind == catalog.KindVirtual {
		return 100
	}
	return defaultRows
}

// typeWidth is the average size of a type's values.
func typeWidth(oid types.OID, mod types.Typmod) int {
	t := types.ByOID(oid)
	switch {
	case t == nil:
		return 32
	case t.Len > 0:
		return int(t.Len)
	case oid == types.BPCharOID && mod > 4:
		return int(mod)
	case oid == types.VarCharOID && mod > 4 && mod < 64:
		return int(mod-4)/2 + 4
	}
	return 32
}

func (p *planner) width(cols []colID) int {
	w := 0
	for _, id := range cols {
		m := &p.a.cols[id]
		w += typeWidth(m.typ, m.mod)
	}
	return w
}

func relWidth(rel *catalog.Relation) float64 {
	w := 24
	for _, c := range rel.Columns {
		if !c.Dropped {
			w += typeWidth(c.Type, c.Typmod)
		}
	}
	return float64(w)
}

// exprCost is the cost of evaluating an expression once.
func exprCost(e Expr) float64 {
	n := 0.0
	walkExpr(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			n++
		case *Cast:
			if x.IO || x.Elem != nil || (x.Cast != nil && x.Cast.Fn != nil) {
				n++
			}
		case *ScalarArray:
			n += 1 + float64(arrayLen(x.Array))/2
		case *subLink:
			n += 100
		case *RowCompare, *Distinct, *NullIf, *MinMax:
			n++
		}
		return true
	})
	return n * costOperator
}

func listCost(list []Expr) float64 {
	c := 0.0
	for _, e := range list {
		c += exprCost(e)
	}
	return c
}

// arrayLen guesses an array's length.
func arrayLen(e Expr) int {
	switch x := e.(type) {
	case *ArrayExpr:
		return len(x.Items)
	case *Const:
		if !x.Value.IsNull() && types.ElemOf(x.T) != 0 {
			return len(x.Value.Array().Items)
		}
	}
	return arrayRows
}

// selectivity guesses the share of rows that conditions keep.
func (p *planner) selectivity(list []Expr) float64 {
	s := 1.0
	for _, e := range list {
		s *= p.selOf(e)
	}
	return math.Max(s, 1e-9)
}

func (p *planner) selOf(e Expr) float64 {
	switch x := e.(type) {
	case *Const:
		if x.Value.IsNull() || !x.Value.Bool() {
			return 0
		}
		return 1
	case *Call:
		switch x.Op {
		case "=":
			return p.eqSel(x)
		case "<>":
			return 1 - selEq
		case "<", "<=", ">", ">=":
			return selRange
		case "~~", "~~*", "~", "~*", "@>", "<@", "&&", "?", "@@":
			return selMatch
		case "!~~", "!~~*", "!~", "!~*":
			return 1 - selMatch
		}
		return selRange
	case *Logic:
		switch x.Op {
		case And:
			return p.selectivity(x.Args)
		case Or:
			s := 0.0
			for _, a := range x.Args {
				t := p.selOf(a)
				s = s + t - s*t
			}
			return s
		default:
			return math.Max(1-p.selOf(x.Args[0]), 0)
		}
	case *NullTest:
		if x.Not {
			return 1 - selNull
		}
		return selNull
	case *BoolTest, *colRef:
		return selBool
	case *ScalarArray:
		if x.Op == "=" && !x.All {
			return math.Min(selEq*float64(arrayLen(x.Array)), 1)
		}
		return selDefault
	case *RowCompare:
		return selRange
	case *Distinct:
		if x.Not {
			return selEq
		}
		return 1 - selEq
	}
	return selDefault
}

// eqSel is the selectivity of an equality: one row for a unique column.
func (p *planner) eqSel(x *Call) float64 {
	if len(x.Args) != 2 {
		return selEq
	}
	best := selEq
	for _, arg := range x.Args {
		c, ok := bareColumn(arg)
		if !ok {
			continue
		}
		m := &p.a.cols[c.ID]
		if m.typ == types.BoolOID {
			best = selBool
		}
		if m.base == nil {
			continue
		}
		rows := p.tableRows(m.base.rel)
		if uniqueColumn(m.base.rel, m.attnum) {
			return 1 / rows
		}
		if best == selEq {
			best = math.Max(selEq, 1/rows)
		}
	}
	return best
}

// uniqueColumn reports whether a column alone is a unique key.
func uniqueColumn(rel *catalog.Relation, attnum int16) bool {
	for _, ix := range rel.Indexes {
		if ix.Unique && ix.Predicate == "" && len(ix.Keys) == 1 && ix.Keys[0].Column == attnum {
			return true
		}
	}
	return false
}

// bareColumn strips relabelling and gives the column below.
func bareColumn(e Expr) (*colRef, bool) {
	for {
		switch x := e.(type) {
		case *colRef:
			return x, true
		case *Cast:
			if !isRelabel(x) {
				return nil, false
			}
			e = x.Arg
		default:
			return nil, false
		}
	}
}

// isRelabel tells a cast that leaves the datum as it is.
func isRelabel(c *Cast) bool {
	return !c.IO && c.Elem == nil && (c.Cast == nil || c.Cast.Fn == nil) && !isRowType(c.T)
}

func clampRows(n float64) float64 {
	if n < 1 || math.IsNaN(n) {
		return 1
	}
	if n > 1e12 {
		return 1e12
	}
	return math.Round(n)
}

// distinctOf guesses the number of groups among rows.
func (p *planner) distinctOf(exprs []Expr, rows float64) float64 {
	if len(exprs) == 0 {
		return 1
	}
	n := 1.0
	for _, e := range exprs {
		c, ok := bareColumn(e)
		d := 200.0
		if ok {
			m := &p.a.cols[c.ID]
			if m.typ == types.BoolOID {
				d = 2
			} else if m.base != nil && uniqueColumn(m.base.rel, m.attnum) {
				d = p.tableRows(m.base.rel)
			}
		}
		n *= d
	}
	return clampRows(math.Min(n, rows))
}
