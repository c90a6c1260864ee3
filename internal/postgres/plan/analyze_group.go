package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// maxGroupingSets bounds CUBE and products of sets, as in PostgreSQL.
const maxGroupingSets = 4096

// groupClause analyses GROUP BY into grouping expressions and sets.
func (qc *qctx) groupClause(list []*pg_query.Node, distinct bool) error {
	if len(list) == 0 {
		return nil
	}
	qc.q.grouped = true
	// The product of the sets of each item; a plain item is one set.
	sets := [][]int{{}}
	plain := true
	for _, n := range list {
		item, err := qc.groupItem(n)
		if err != nil {
			return err
		}
		if n.GetGroupingSet() != nil {
			plain = false
		}
		var next [][]int
		for _, s := range sets {
			for _, t := range item {
				next = append(next, unionSet(s, t))
				if len(next) > maxGroupingSets {
					return pgerr.New(pgerr.StatementTooComplex, "too many grouping sets present (maximum %d)", maxGroupingSets)
				}
			}
		}
		sets = next
	}
	if plain {
		return nil
	}
	if distinct {
		sets = distinctSets(sets)
	}
	qc.q.sets = sets
	return nil
}

func unionSet(a, b []int) []int {
	out := append([]int{}, a...)
	for _, x := range b {
		if !containsInt(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func distinctSets(sets [][]int) [][]int {
	var out [][]int
next:
	for _, s := range sets {
		for _, o := range out {
			if len(o) == len(s) && len(unionSet(o, s)) == len(o) {
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}

// groupItem gives the sets that one item of GROUP BY stands for.
func (qc *qctx) groupItem(n *pg_query.Node) ([][]int, error) {
	gs := n.GetGroupingSet()
	if gs == nil {
		s, err := qc.groupExprs(n)
		return [][]int{s}, err
	}
	switch gs.Kind {
	case pg_query.GroupingSetKind_GROUPING_SET_EMPTY:
		return [][]int{{}}, nil
	case pg_query.GroupingSetKind_GROUPING_SET_SETS:
		var out [][]int
		for _, c := range gs.Content {
			sets, err := qc.groupItem(c)
			if err != nil {
				return nil, err
			}
			out = append(out, sets...)
		}
		return out, nil
	}
	parts := make([][]int, 0, len(gs.Content))
	for _, c := range gs.Content {
		s, err := qc.groupExprs(c)
		if err != nil {
			return nil, err
		}
		parts = append(parts, s)
	}
	if gs.Kind == pg_query.GroupingSetKind_GROUPING_SET_ROLLUP {
		out := make([][]int, 0, len(parts)+1)
		for i := len(parts); i >= 0; i-- {
			s := []int{}
			for _, p := range parts[:i] {
				s = unionSet(s, p)
			}
			out = append(out, s)
		}
		return out, nil
	}
	if len(parts) > 12 {
		return nil, pgerr.New(pgerr.TooManyColumns, "CUBE is limited to 12 elements").At(gs.Location)
	}
	var out [][]int
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		s := []int{}
		for i, p := range parts {
			if mask&(1<<(len(parts)-1-i)) != 0 {
				s = unionSet(s, p)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// groupExprs gives the positions, in the grouping list, of an expression or of
// a parenthesised list of them.
func (qc *qctx) groupExprs(n *pg_query.Node) ([]int, error) {
	if row := n.GetRowExpr(); row != nil && row.RowFormat == pg_query.CoercionForm_COERCE_IMPLICIT_CAST {
		out := []int{}
		for _, c := range row.Args {
			s, err := qc.groupExprs(c)
			if err != nil {
				return nil, err
			}
			out = unionSet(out, s)
		}
		return out, nil
	}
	i, err := qc.findTarget(n, inGroupBy, "GROUP BY")
	if err != nil {
		return nil, err
	}
	if err := qc.resolveTarget(i); err != nil {
		return nil, err
	}
	t := qc.q.targets[i]
	if qc.a.comparison("<", t.expr.Type()) == nil && qc.a.equality(t.expr.Type()) == nil {
		return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", qc.a.typeName(t.expr.Type())).At(locOf(t.expr))
	}
	// Junk targets made by GROUP BY alone leave the select list again.
	if t.junk && i == len(qc.q.targets)-1 && !qc.orderUses(i) {
		qc.q.targets = qc.q.targets[:i]
	}
	for k, g := range qc.q.group {
		if equalExpr(g.expr, t.expr) {
			return []int{k}, nil
		}
	}
	qc.q.group = append(qc.q.group, qc.newGroup(t.expr))
	return []int{len(qc.q.group) - 1}, nil
}

func (qc *qctx) orderUses(i int) bool {
	for _, o := range qc.q.order {
		if o.target == i {
			return true
		}
	}
	return containsInt(qc.q.distinctOn, i)
}

// newGroup gives a grouping expression's value an identity of its own: above the
// grouping it is no longer the column or expression it was made of.
func (qc *qctx) newGroup(e Expr) groupExpr {
	m := colMeta{name: "?column?", typ: e.Type(), mod: e.Typmod(), owner: qc}
	if c, ok := e.(*colRef); ok {
		src := &qc.a.cols[c.ID]
		m.name, m.table, m.attnum = src.name, src.table, src.attnum
	}
	return groupExpr{expr: e, id: qc.a.newCol(m)}
}

// finishGrouping checks the query's expressions against its groups and turns
// grouped expressions and aggregates into references to their values.
func (qc *qctx) finishGrouping() error {
	q := qc.q
	if !q.grouped {
		return nil
	}
	for _, g := range q.grouping {
		for _, arg := range g.Args {
			at := -1
			for i := range q.group {
				if equalExpr(q.group[i].expr, arg) {
					at = i
				}
			}
			if at < 0 {
				return pgerr.New(pgerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level").At(locOf(arg))
			}
			g.at = append(g.at, at)
		}
	}
	gr := &grouper{qc: qc}
	for _, t := range q.targets {
		t.expr = gr.rewrite(t.expr)
	}
	for i := range q.having {
		q.having[i] = gr.rewrite(q.having[i])
	}
	for _, w := range q.windows {
		for i := range w.partition {
			w.partition[i] = gr.rewrite(w.partition[i])
		}
		for i := range w.order {
			w.order[i].Expr = gr.rewrite(w.order[i].Expr)
		}
		w.frame.Start.Offset = gr.rewrite(w.frame.Start.Offset)
		w.frame.End.Offset = gr.rewrite(w.frame.End.Offset)
		for _, c := range w.calls {
			for i := range c.Args {
				c.Args[i] = gr.rewrite(c.Args[i])
			}
			c.Filter = gr.rewrite(c.Filter)
		}
	}
	return gr.err
}

// grouper rewrites the expressions above a query's grouping.
type grouper struct {
	qc  *qctx
	err error
	// inSub is set inside a sub-select's expressions.
	inSub bool
}

func (g *grouper) rewrite(e Expr) Expr {
	if e == nil || g.err != nil {
		return e
	}
	qc, q := g.qc, g.qc.q
	switch x := e.(type) {
	case *aggRef:
		if x.owner == g.qc {
			return &colRef{Typed: Typed{x.T, x.Mod, x.Loc}, ID: x.id, Name: x.Fn.Name}
		}
	case *groupingRef:
		if x.owner == g.qc {
			return &colRef{Typed: Typed{x.T, -1, x.Loc}, ID: x.id, Name: "grouping"}
		}
	case *Const, *Param, *Slot:
		return e
	}
	for i := range q.group {
		if equalExpr(q.group[i].expr, e) {
			return qc.a.ref(q.group[i].id, locOf(e))
		}
	}
	if c, ok := e.(*colRef); ok {
		return g.column(c)
	}
	if w, ok := e.(*winRef); ok {
		// Its arguments are rewritten with its window.
		return w
	}
	if s, ok := e.(*subLink); ok {
		sub := *g
		sub.inSub = true
		mapQuery(s.q, sub.rewrite)
		g.err = sub.err
	}
	return mapChildren(e, g.rewrite)
}

// column checks a column of this level: it must be grouped, or depend on a
// grouped primary key.
func (g *grouper) column(c *colRef) Expr {
	qc, q := g.qc, g.qc.q
	m := &qc.a.cols[c.ID]
	if m.owner != qc {
		return c
	}
	for i := range q.group {
		if q.group[i].id == c.ID {
			return c
		}
	}
	for _, ag := range q.aggs {
		if ag.id == c.ID {
			return c
		}
	}
	for _, gg := range q.grouping {
		if gg.id == c.ID {
			return c
		}
	}
	if m.base != nil && len(q.sets) == 0 && g.dependsOnKey(m.base) {
		added := qc.newGroup(qc.a.ref(c.ID, c.Loc))
		q.group = append(q.group, added)
		return qc.a.ref(added.id, c.Loc)
	}
	name := m.name
	if alias := qc.aliasOf(c.ID); alias != "" {
		name = alias + "." + name
	}
	if g.inSub {
		g.err = pgerr.New(pgerr.GroupingError, "subquery uses ungrouped column \"%s\" from outer query", name).At(c.Loc)
	} else {
		g.err = pgerr.New(pgerr.GroupingError, "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function", name).At(c.Loc)
	}
	return c
}

// dependsOnKey reports whether the table's whole primary key is grouped.
func (g *grouper) dependsOnKey(t *baseTable) bool {
	for _, con := range t.rel.Constraints {
		if con.Kind != catalog.PrimaryKey {
			continue
		}
		for _, num := range con.Columns {
			found := false
			for _, gr := range g.qc.q.group {
				if r, ok := gr.expr.(*colRef); ok && r.ID == t.cols[num-1] {
					found = true
				}
			}
			if !found {
				return false
			}
		}
		return len(con.Columns) > 0
	}
	return false
}

// aliasOf is the FROM entry that a column comes from.
func (qc *qctx) aliasOf(id colID) string {
	for _, it := range qc.all {
		for _, c := range it.cols {
			if c.expr == nil && c.id == id {
				return it.alias
			}
		}
		if it.base != nil && it.base.tid == id {
			return it.alias
		}
	}
	return ""
}
