package session

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// outcome is what a command gave: its tag, the number that goes with it (-1:
// none), and rows if it gives any.
type outcome struct {
	tag     string
	count   int64
	columns []plan.ResultColumn
	rows    rowSource
}

func tagged(tag string, err error) (outcome, error) { return outcome{tag: tag, count: -1}, err }

// command runs a statement that is not planned: the session's own commands here,
// the rest as DDL. params are the values of $1… in it.
func (s *Session) command(stmt *parser.Statement, params []types.Datum) (outcome, error) {
	switch n := stmt.Node.GetNode().(type) {
	case *pg_query.Node_VariableSetStmt:
		return s.setCommand(n.VariableSetStmt)
	case *pg_query.Node_VariableShowStmt:
		return s.showCommand(n.VariableShowStmt)
	case *pg_query.Node_DiscardStmt:
		return s.discard(n.DiscardStmt)
	case *pg_query.Node_PrepareStmt:
		return s.prepareCommand(n.PrepareStmt, stmt)
	case *pg_query.Node_ExecuteStmt:
		return s.executeCommand(n.ExecuteStmt)
	case *pg_query.Node_DeallocateStmt:
		return s.deallocate(n.DeallocateStmt)
	case *pg_query.Node_DeclareCursorStmt:
		return s.declareCursor(n.DeclareCursorStmt, stmt, params)
	case *pg_query.Node_FetchStmt:
		return s.fetch(n.FetchStmt)
	case *pg_query.Node_ClosePortalStmt:
		return s.closeCursor(n.ClosePortalStmt)
	case *pg_query.Node_ExplainStmt:
		return s.explain(n.ExplainStmt, stmt, params)
	case *pg_query.Node_CopyStmt:
		return s.copyCommand(n.CopyStmt, stmt)
	case *pg_query.Node_LockStmt:
		return tagged("LOCK TABLE", s.lockTable(n.LockStmt))
	case *pg_query.Node_ListenStmt:
		s.listen(n.ListenStmt.Conditionname)
		return tagged("LISTEN", nil)
	case *pg_query.Node_UnlistenStmt:
		s.unlisten(n.UnlistenStmt.Conditionname)
		return tagged("UNLISTEN", nil)
	case *pg_query.Node_NotifyStmt:
		return tagged("NOTIFY", s.Notify(n.NotifyStmt.Conditionname, n.NotifyStmt.Payload))
	case *pg_query.Node_VacuumStmt:
		return s.vacuum(n.VacuumStmt)
	case *pg_query.Node_ReindexStmt:
		return tagged("REINDEX", s.reindex(n.ReindexStmt))
	case *pg_query.Node_CheckPointStmt:
		return tagged("CHECKPOINT", nil)
	case *pg_query.Node_ConstraintsSetStmt:
		return tagged("SET CONSTRAINTS", s.setConstraints(n.ConstraintsSetStmt))
	case *pg_query.Node_DoStmt:
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "DO is not supported")
	case *pg_query.Node_CallStmt:
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "CALL is not supported")
	case *pg_query.Node_LoadStmt:
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "LOAD is not supported")
	case *pg_query.Node_AlterSystemStmt:
		return tagged("ALTER SYSTEM", s.alterSystem(n.AlterSystemStmt.Setstmt))
	case *pg_query.Node_ClusterStmt:
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "CLUSTER is not supported")
	}
	return s.define(stmt)
}

// commandColumns are the columns that a command will give, nil for none.
func (s *Session) commandColumns(stmt *parser.Statement) ([]plan.ResultColumn, error) {
	switch n := stmt.Node.GetNode().(type) {
	case *pg_query.Node_VariableShowStmt:
		return showColumns(n.VariableShowStmt.Name), nil
	case *pg_query.Node_ExplainStmt:
		return explainColumns(n.ExplainStmt)
	case *pg_query.Node_FetchStmt:
		if p := s.portals[n.FetchStmt.Portalname]; p != nil && !n.FetchStmt.Ismove {
			return p.columns, nil
		}
	case *pg_query.Node_ExecuteStmt:
		if p := s.stmts[n.ExecuteStmt.Name]; p != nil {
			return p.columns, nil
		}
	}
	return nil, nil
}

// alone lists the statements that cannot be part of a transaction block.
func alone(n *pg_query.Node) string {
	switch d := n.GetNode().(type) {
	case *pg_query.Node_CreatedbStmt:
		return "CREATE DATABASE"
	case *pg_query.Node_DropdbStmt:
		return "DROP DATABASE"
	case *pg_query.Node_CreateTableSpaceStmt:
		return "CREATE TABLESPACE"
	case *pg_query.Node_DropTableSpaceStmt:
		return "DROP TABLESPACE"
	case *pg_query.Node_IndexStmt:
		if d.IndexStmt.Concurrent {
			return "CREATE INDEX CONCURRENTLY"
		}
	case *pg_query.Node_DropStmt:
		if d.DropStmt.Concurrent {
			return "DROP INDEX CONCURRENTLY"
		}
	}
	return ""
}

// vacuum is VACUUM and ANALYZE. There are no dead row versions to remove, and row
// counts are kept as rows change, so that nothing is left to do but to find the
// tables named.
func (s *Session) vacuum(v *pg_query.VacuumStmt) (outcome, error) {
	tag := "ANALYZE"
	if v.IsVacuumcmd {
		tag = "VACUUM"
		if err := s.outsideBlock(tag); err != nil {
			return outcome{}, err
		}
	}
	for _, r := range v.Rels {
		if _, err := s.relation(r.GetVacuumRelation().GetRelation()); err != nil {
			return outcome{}, err
		}
	}
	return outcome{tag: tag, count: -1}, nil
}

// reindex is REINDEX. Indexes are kept with their rows in one store, whose
// checksums guard them, so that there is nothing to rebuild; what is named must be
// there.
func (s *Session) reindex(r *pg_query.ReindexStmt) error {
	switch r.Kind {
	case pg_query.ReindexObjectType_REINDEX_OBJECT_TABLE:
		_, err := s.relation(r.Relation)
		return err
	case pg_query.ReindexObjectType_REINDEX_OBJECT_INDEX:
		view := s.view()
		for _, schema := range s.searchPath(view) {
			if r.Relation.Schemaname != "" {
				n := view.SchemaByName(r.Relation.Schemaname)
				if n == nil {
					break
				}
				schema = n.OID
			}
			if ix, _ := view.LookupIndex(schema, r.Relation.Relname); ix != nil {
				return nil
			}
		}
		return pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", r.Relation.Relname).At(r.Relation.Location)
	case pg_query.ReindexObjectType_REINDEX_OBJECT_SCHEMA:
		if s.view().SchemaByName(r.Name) == nil {
			return pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", r.Name)
		}
		return nil
	}
	if r.Name != "" && r.Name != s.dbName {
		return pgerr.New(pgerr.FeatureNotSupported, "can only reindex the currently open database")
	}
	return s.outsideBlock("REINDEX DATABASE")
}
