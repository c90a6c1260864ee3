package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// withClause analyses WITH: each query sees those before it, and itself if it
// is recursive.
func (qc *qctx) withClause(w *pg_query.WithClause) error {
	for _, n := range w.Ctes {
		x := n.GetCommonTableExpr()
		for _, c := range qc.ctes {
			if c.name == x.Ctename {
				return pgerr.New(pgerr.DuplicateAlias, "WITH query name \"%s\" specified more than once", x.Ctename).At(x.Location)
			}
		}
		if x.SearchClause != nil || x.CycleClause != nil {
			return pgerr.New(pgerr.FeatureNotSupported, "SEARCH and CYCLE clauses are not supported").At(x.Location)
		}
		c, err := qc.cte(x, w.Recursive)
		if err != nil {
			return err
		}
		qc.ctes = append(qc.ctes, c)
		qc.q.with = append(qc.q.with, c)
	}
	return nil
}

func (qc *qctx) cte(x *pg_query.CommonTableExpr, recursive bool) (*cteDef, error) {
	a := qc.a
	c := &cteDef{name: x.Ctename, id: a.ctes}
	// A recursive one takes a second number, for its working table.
	a.ctes += 2
	c.always = x.Ctematerialized == pg_query.CTEMaterialize_CTEMaterializeAlways
	c.never = x.Ctematerialized == pg_query.CTEMaterialize_CTEMaterializeNever
	sel := x.Ctequery.GetSelectStmt()
	if recursive {
		if err := checkRecursion(x.Ctename, x); err != nil {
			return nil, err
		}
	}
	if recursive && sel != nil && sel.Op == pg_query.SetOperation_SETOP_UNION {
		return c, qc.recursiveCTE(c, x, sel)
	}
	level := a.newLevel(qc)
	var err error
	switch s := x.Ctequery.GetNode().(type) {
	case *pg_query.Node_SelectStmt:
		c.q, err = level.selectStmt(s.SelectStmt, true)
	case *pg_query.Node_InsertStmt:
		c.modifies = true
		c.q, err = level.insertStmt(s.InsertStmt)
	case *pg_query.Node_UpdateStmt:
		c.modifies = true
		c.q, err = level.updateStmt(s.UpdateStmt)
	case *pg_query.Node_DeleteStmt:
		c.modifies = true
		c.q, err = level.deleteStmt(s.DeleteStmt)
	default:
		err = pgerr.New(pgerr.FeatureNotSupported, "MERGE not supported in WITH query").At(x.Location)
	}
	if err != nil {
		return nil, err
	}
	if c.modifies && qc.parent != nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level").At(x.Location)
	}
	return c, c.setColumns(a, c.q, x)
}

// setColumns names the CTE's columns.
func (c *cteDef) setColumns(a *analyzer, q *query, x *pg_query.CommonTableExpr) error {
	outs := q.outputs()
	if q.dml != nil {
		outs = q.dml.returning
	}
	if len(x.Aliascolnames) > len(outs) {
		return pgerr.New(pgerr.InvalidColumnReference, "WITH query \"%s\" has %d columns available but %d columns specified",
			c.name, len(outs), len(x.Aliascolnames)).At(x.Location)
	}
	c.cols = make([]colMeta, len(outs))
	for i, t := range outs {
		m := a.cols[t.id]
		c.cols[i] = colMeta{name: t.name, typ: m.typ, mod: m.mod}
		if i < len(x.Aliascolnames) {
			c.cols[i].name = x.Aliascolnames[i].GetString_().GetSval()
		}
	}
	return nil
}

// recursiveCTE analyses start UNION [ALL] step; one whose step does not refer to
// it is an ordinary union.
func (qc *qctx) recursiveCTE(c *cteDef, x *pg_query.CommonTableExpr, sel *pg_query.SelectStmt) error {
	a := qc.a
	level := a.newLevel(qc)
	if sel.WithClause != nil {
		if err := level.withClause(sel.WithClause); err != nil {
			return err
		}
	}
	start, err := a.newLevel(level).selectStmt(sel.Larg, true)
	if err != nil {
		return err
	}
	if err := c.setColumns(a, start, x); err != nil {
		return err
	}
	c.recursive = true
	// Within the step the name means the working table.
	self := *c
	level.ctes = append(level.ctes, &self)
	step, err := a.newLevel(level).selectStmt(sel.Rarg, false)
	if err != nil {
		return err
	}
	if len(sel.LockingClause) > 0 {
		return pgerr.New(pgerr.FeatureNotSupported, "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT")
	}
	if self.refs == 0 {
		c.recursive = false
		level.q.op, level.q.all, level.q.left, level.q.right = opUnion, sel.All, start, step
		if err := level.matchBranches("UNION"); err != nil {
			return err
		}
		if err := level.setOrder(sel.SortClause); err != nil {
			return err
		}
		if err := level.limitClause(sel); err != nil {
			return err
		}
		c.q = level.q
		return c.setColumns(a, c.q, x)
	}
	if self.refs > 1 {
		return pgerr.New(pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear more than once", c.name).At(self.lastRef)
	}
	switch {
	case len(sel.SortClause) > 0:
		return pgerr.New(pgerr.FeatureNotSupported, "ORDER BY in a recursive query is not implemented").At(locOfNode(sel.SortClause[0].GetSortBy().GetNode()))
	case sel.LimitCount != nil:
		return pgerr.New(pgerr.FeatureNotSupported, "LIMIT in a recursive query is not implemented").At(locOfNode(sel.LimitCount))
	case sel.LimitOffset != nil:
		return pgerr.New(pgerr.FeatureNotSupported, "OFFSET in a recursive query is not implemented").At(locOfNode(sel.LimitOffset))
	}
	if len(step.aggs) > 0 {
		return pgerr.New(pgerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term").At(step.aggs[0].Loc)
	}
	if len(step.outputs()) != len(start.outputs()) {
		return pgerr.New(pgerr.SyntaxError, "each UNION query must have the same number of columns")
	}
	for i, t := range start.outputs() {
		have := a.cols[t.id].typ
		e := a.outputExpr(step, i)
		overall, err := a.selectCommonType([]Expr{a.ref(t.id, locOf(t.expr)), e}, "UNION")
		if err != nil {
			return err
		}
		if overall != have {
			return pgerr.New(pgerr.DatatypeMismatch, "recursive query \"%s\" column %d has type %s in non-recursive term but type %s overall",
				c.name, i+1, a.typeName(have), a.typeName(overall)).
				WithHint("Cast the output of the non-recursive term to the correct type.").At(locOf(t.expr))
		}
		if e.Type() != have {
			if step, err = a.coerceOutput(step, i, have, builtin.CastImplicit); err != nil {
				return err
			}
		}
	}
	c.start, c.step, c.unionAll = start, step, sel.All
	if len(level.q.with) > 0 {
		qc.q.with = append(qc.q.with, level.q.with...)
	}
	return nil
}

// findCTE looks a WITH query up, innermost first.
func (qc *qctx) findCTE(name string) (*cteDef, *qctx) {
	for level := qc; level != nil; level = level.parent {
		for i := len(level.ctes) - 1; i >= 0; i-- {
			if level.ctes[i].name == name {
				return level.ctes[i], level
			}
		}
	}
	return nil, nil
}

func (qc *qctx) cteRef(c *cteDef, _ *qctx, rv *pg_query.RangeVar) (fromNode, []*nsItem, error) {
	c.refs++
	c.lastRef = rv.Location
	if c.modifies && len(c.cols) == 0 {
		return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "WITH query \"%s\" does not have a RETURNING clause", c.name).At(rv.Location)
	}
	node := &fromCTE{cte: c, alias: c.name}
	// A copy made for the recursive term reads the working table.
	node.work = c.recursive && c.start == nil
	if rv.Alias != nil {
		node.alias = rv.Alias.Aliasname
	}
	it := &nsItem{alias: node.alias, byTable: true, byName: true, node: node, loc: rv.Location}
	for _, m := range c.cols {
		m.owner = qc
		id := qc.a.newCol(m)
		node.cols = append(node.cols, id)
		it.cols = append(it.cols, nsCol{name: m.name, id: id})
	}
	if err := aliasColumns(rv.Alias, it.cols); err != nil {
		return nil, nil, err
	}
	qc.all = append(qc.all, it)
	return node, []*nsItem{it}, nil
}
