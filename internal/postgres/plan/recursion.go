package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// recursion checks that a recursive query refers to itself only where that has a
// meaning (parse_cte.c): what is wrong would go on for ever, or give rows that depend
// on the order of evaluation.
type recursion struct {
	name string
	// where is what a reference would be within, "" where it may be.
	where string
	err   error
}

// checkRecursion looks at a WITH RECURSIVE query of the given name.
func checkRecursion(name string, x *pg_query.CommonTableExpr) error {
	r := &recursion{name: name}
	sel := x.Ctequery.GetSelectStmt()
	if sel == nil || sel.Op != pg_query.SetOperation_SETOP_UNION {
		if mentions(x.Ctequery, name) {
			return pgerr.New(pgerr.InvalidRecursion, "recursive query \"%s\" does not have the form non-recursive-term UNION [ALL] recursive-term", name).At(x.Location)
		}
		return nil
	}
	r.within("its non-recursive term", sel.Larg)
	r.walk(sel.Rarg)
	if sel.WithClause != nil {
		r.within("a subquery", sel.WithClause)
	}
	if r.err == nil && len(sel.LockingClause) > 0 && mentions(sel.Rarg, name) {
		return pgerr.New(pgerr.FeatureNotSupported, "FOR UPDATE/SHARE in a recursive query is not implemented")
	}
	return r.err
}

// within looks at a part where no reference may be.
func (r *recursion) within(where string, part proto.Message) {
	before := r.where
	if before == "" {
		r.where = where
	}
	r.walk(part)
	r.where = before
}

// walk looks at a node and all below it.
func (r *recursion) walk(m proto.Message) {
	if r.err != nil || m == nil || !m.ProtoReflect().IsValid() {
		return
	}
	switch n := m.(type) {
	case *pg_query.RangeVar:
		if n.Schemaname == "" && n.Relname == r.name && r.where != "" {
			r.err = pgerr.New(pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear within %s", r.name, r.where).At(n.Location)
		}
	case *pg_query.SubLink:
		r.within("a subquery", n.Subselect)
		r.walk(n.Testexpr)
	case *pg_query.JoinExpr:
		r.join(n)
	case *pg_query.SelectStmt:
		r.selectStmt(n)
	default:
		children(m, r.walk)
	}
}

func (r *recursion) join(n *pg_query.JoinExpr) {
	side := func(nullable bool, part *pg_query.Node) {
		if nullable {
			r.within("an outer join", part)
		} else {
			r.walk(part)
		}
	}
	full := n.Jointype == pg_query.JoinType_JOIN_FULL
	side(full || n.Jointype == pg_query.JoinType_JOIN_RIGHT, n.Larg)
	side(full || n.Jointype == pg_query.JoinType_JOIN_LEFT, n.Rarg)
	r.walk(n.Quals)
}

func (r *recursion) selectStmt(n *pg_query.SelectStmt) {
	if n.WithClause != nil && hides(n.WithClause, r.name) {
		return // the name is another query's there
	}
	switch n.Op {
	case pg_query.SetOperation_SETOP_INTERSECT:
		if n.All {
			r.within("INTERSECT", n.Larg)
			r.within("INTERSECT", n.Rarg)
			return
		}
	case pg_query.SetOperation_SETOP_EXCEPT:
		if n.All {
			r.within("EXCEPT", n.Larg)
		} else {
			r.walk(n.Larg)
		}
		r.within("EXCEPT", n.Rarg)
		return
	}
	children(n, r.walk)
}

func hides(w *pg_query.WithClause, name string) bool {
	for _, n := range w.Ctes {
		if n.GetCommonTableExpr().GetCtename() == name {
			return true
		}
	}
	return false
}

// mentions reports whether a name is read anywhere below.
func mentions(m proto.Message, name string) bool {
	r := &recursion{name: name, where: "it"}
	r.walk(m)
	return r.err != nil
}

// children calls f for each message below m, in the order of the fields.
func children(m proto.Message, f func(proto.Message)) {
	r := m.ProtoReflect()
	fields := r.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.Kind() != protoreflect.MessageKind || !r.Has(fd) {
			continue
		}
		if !fd.IsList() {
			f(r.Get(fd).Message().Interface())
			continue
		}
		list := r.Get(fd).List()
		for k := range list.Len() {
			f(list.Get(k).Message().Interface())
		}
	}
}
