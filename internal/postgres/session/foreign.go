package session

import (
	"context"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/foreign"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// keySession is what foreign keys see of a session.
type keySession struct{ s *Session }

var _ foreign.Session = keySession{}

func (k keySession) Tx() *table.Tx            { return k.s.tx }
func (k keySession) Context() context.Context { return k.s.ec.Ctx }
func (k keySession) Format() *types.Format    { return &k.s.format }

func (k keySession) TableHandle(rel *catalog.Relation) (*table.Handle, error) {
	return k.s.handle(rel)
}

// RunAsOfNow runs a query of the foreign keys' making. Its relations are locked before
// it looks at them.
func (k keySession) RunAsOfNow(sql string, params []types.OID, values []types.Datum) (rows int64, err error) {
	s := k.s
	source := s.source
	s.source = ""
	defer func() { s.source = source }()
	stmts, err := s.m.parsed.Parse(sql)
	if err != nil {
		return 0, err
	}
	p, err := s.planLocked(&stmts[0], sql, params)
	if err != nil {
		return 0, err
	}
	err = s.tx.AsOfNow(func() error {
		ec := s.ec
		cur, err := p.prog.Open(&ec, values)
		if err != nil {
			return err
		}
		for {
			b, err := cur.Next()
			if err != nil {
				return closing(cur, err)
			}
			if b == nil {
				break
			}
			rows += int64(b.Rows())
		}
		rows += cur.RowsAffected()
		return cur.Close()
	})
	return rows, err
}

// rowHook tells the foreign keys of a relation's changed rows.
func (s *Session) rowHook(rel *catalog.Relation) (exec.RowHook, error) {
	h, err := s.foreign.Hook(rel)
	if h == nil || err != nil {
		return nil, err
	}
	return h, nil
}

// complete closes the cursor of a statement that ran to its end, and sees to what
// foreign keys have left for then.
func (s *Session) complete(cur *exec.Cursor) error {
	if err := cur.Close(); err != nil {
		return err
	}
	return s.foreign.EndStatement()
}

// setConstraints is SET CONSTRAINTS.
func (s *Session) setConstraints(n *pg_query.ConstraintsSetStmt) error {
	if s.block == blockNone {
		s.warn(pgerr.NoActiveSQLTransaction, "SET CONSTRAINTS can only be used in transaction blocks")
	}
	if len(n.Constraints) == 0 {
		return s.foreign.SetAll(n.Deferred)
	}
	var list []*catalog.Constraint
	for _, c := range n.Constraints {
		found, err := s.constraints(c.GetRangeVar())
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	return s.foreign.Set(list, n.Deferred)
}

// constraints finds those of a name, which are of the first schema that has any.
func (s *Session) constraints(name *pg_query.RangeVar) ([]*catalog.Constraint, error) {
	view := s.view()
	schemas := s.searchPath(view)
	if name.Schemaname != "" {
		schema := view.SchemaByName(name.Schemaname)
		if schema == nil {
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name.Schemaname)
		}
		schemas = []types.OID{schema.OID}
	}
	for _, schema := range schemas {
		var found []*catalog.Constraint
		for _, r := range view.Relations(schema) {
			for _, c := range r.Constraints {
				if c.Name != name.Relname {
					continue
				}
				if !c.Deferrable {
					return nil, pgerr.New(pgerr.WrongObjectType, "constraint \"%s\" is not deferrable", c.Name)
				}
				found = append(found, c)
			}
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" does not exist", name.Relname)
}
