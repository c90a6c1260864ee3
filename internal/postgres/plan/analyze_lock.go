package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// lockingClause is FOR UPDATE and its like.
func (qc *qctx) lockingClause(list []*pg_query.Node) error {
	q := qc.q
	if len(list) == 0 {
		return nil
	}
	for _, n := range list {
		lc := n.GetLockingClause()
		name := lockName(lc.Strength)
		refuse := func(what string) error {
			return pgerr.New(pgerr.FeatureNotSupported, "%s is not allowed with %s", name, what)
		}
		switch {
		case q.op != opNone:
			return refuse("UNION/INTERSECT/EXCEPT")
		case q.distinct || q.distinctOn != nil:
			return refuse("DISTINCT clause")
		case len(q.group) > 0 || len(q.sets) > 0:
			return refuse("GROUP BY clause")
		case len(q.having) > 0:
			return refuse("HAVING clause")
		case len(q.aggs) > 0:
			return refuse("aggregate functions")
		case len(q.windows) > 0 && qc.hasWin:
			return refuse("window functions")
		case q.hasSets:
			return refuse("set-returning functions in the target list")
		case q.values != nil:
			return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to VALUES", name)
		}
		spec := &lockSpec{strength: lockStrength(lc.Strength), wait: lockWait(lc.WaitPolicy)}
		if len(lc.LockedRels) == 0 {
			for _, f := range q.from {
				qc.lockNode(f, spec, true)
			}
			continue
		}
		for _, r := range lc.LockedRels {
			rv := r.GetRangeVar()
			if rv.Schemaname != "" {
				return pgerr.New(pgerr.SyntaxError, "%s must specify unqualified relation names", name).At(rv.Location)
			}
			it := (*nsItem)(nil)
			for _, c := range qc.all {
				if c.alias == rv.Relname {
					it = c
				}
			}
			if it == nil {
				return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" in %s clause not found in FROM clause", rv.Relname, name).At(rv.Location)
			}
			switch it.node.(type) {
			case *baseTable, *fromQuery:
				qc.lockNode(it.node, spec, false)
			case *fromJoin:
				return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to a join", name).At(rv.Location)
			case *fromFunction:
				return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to a function", name).At(rv.Location)
			case *fromCTE:
				return pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to a WITH query", name).At(rv.Location)
			}
		}
	}
	return nil
}

// lockNode marks the tables of a FROM entry to be locked; the strongest request
// for a table counts.
func (qc *qctx) lockNode(n fromNode, spec *lockSpec, _ bool) {
	switch x := n.(type) {
	case *baseTable:
		if x.rel.Kind != catalog.KindTable {
			return
		}
		qc.a.useRelation(x.rel, false, true)
		if x.lock == nil {
			qc.q.locks = append(qc.q.locks, x)
			x.lock = spec
			x.wantTID, x.wantAll = true, true
			return
		}
		merged := *x.lock
		merged.strength = max(merged.strength, spec.strength)
		merged.wait = max(merged.wait, spec.wait)
		x.lock = &merged
	case *fromJoin:
		qc.lockNode(x.left, spec, true)
		qc.lockNode(x.right, spec, true)
	case *fromQuery:
		// The lock applies to the tables of a simple subquery.
		sub := x.q
		if sub.op != opNone || sub.grouped || sub.distinct || sub.distinctOn != nil || sub.values != nil || sub.limit != nil {
			return
		}
		inner := &qctx{a: qc.a, q: sub}
		for _, f := range sub.from {
			inner.lockNode(f, spec, true)
		}
	}
}

func lockName(s pg_query.LockClauseStrength) string {
	switch s {
	case pg_query.LockClauseStrength_LCS_FORKEYSHARE:
		return "FOR KEY SHARE"
	case pg_query.LockClauseStrength_LCS_FORSHARE:
		return "FOR SHARE"
	case pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE:
		return "FOR NO KEY UPDATE"
	}
	return "FOR UPDATE"
}

func lockStrength(s pg_query.LockClauseStrength) LockStrength {
	switch s {
	case pg_query.LockClauseStrength_LCS_FORKEYSHARE:
		return ForKeyShare
	case pg_query.LockClauseStrength_LCS_FORSHARE:
		return ForShare
	case pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE:
		return ForNoKeyUpdate
	}
	return ForUpdate
}

func lockWait(w pg_query.LockWaitPolicy) LockWait {
	switch w {
	case pg_query.LockWaitPolicy_LockWaitSkip:
		return WaitSkip
	case pg_query.LockWaitPolicy_LockWaitError:
		return WaitError
	}
	return WaitBlock
}
