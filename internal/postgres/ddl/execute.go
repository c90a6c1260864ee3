package ddl

import (
	"context"
	"errors"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Env is what a definition runs in.
type Env struct {
	Ctx context.Context
	Tx  *table.Tx
	// Plan analyses expressions; its View is set to the transaction's newest
	// catalog before each use.
	Plan *plan.Env
	// Exec runs queries over rows that are already there.
	Exec *exec.Context
	// Role owns what is made.
	Role types.OID
	// AccessMethod is that of tables that name none; "" is heap.
	AccessMethod string
	// Into is the schema that new things go into when their names have none; 0 is
	// none.
	Into types.OID
	// Temp is the schema of temporary tables, made by the session; nil where the
	// session has none.
	Temp func() (types.OID, error)
	// Notice tells the client something that is no error.
	Notice func(*pgerr.Error)
}

// Execute runs one definition and returns its command tag. An error leaves
// changes in the transaction that the caller must roll back.
func Execute(env *Env, stmt *pg_query.Node) (tag string, err error) {
	switch n := stmt.Node.(type) {
	case *pg_query.Node_CreateStmt:
		return "CREATE TABLE", env.createTable(n.CreateStmt)
	case *pg_query.Node_CreateTableAsStmt:
		return env.createTableAs(n.CreateTableAsStmt)
	case *pg_query.Node_AlterTableStmt:
		return env.alter(n.AlterTableStmt)
	case *pg_query.Node_IndexStmt:
		return "CREATE INDEX", env.createIndex(n.IndexStmt)
	case *pg_query.Node_ViewStmt:
		return "CREATE VIEW", env.createView(n.ViewStmt)
	case *pg_query.Node_CreateSeqStmt:
		return "CREATE SEQUENCE", env.createSequence(n.CreateSeqStmt)
	case *pg_query.Node_AlterSeqStmt:
		return "ALTER SEQUENCE", env.alterSequence(n.AlterSeqStmt)
	case *pg_query.Node_CreateSchemaStmt:
		return "CREATE SCHEMA", env.createSchema(n.CreateSchemaStmt)
	case *pg_query.Node_DropStmt:
		return env.drop(n.DropStmt)
	case *pg_query.Node_RenameStmt:
		return env.rename(n.RenameStmt)
	case *pg_query.Node_AlterObjectSchemaStmt:
		return env.setSchema(n.AlterObjectSchemaStmt)
	case *pg_query.Node_AlterOwnerStmt:
		return env.changeOwner(n.AlterOwnerStmt)
	case *pg_query.Node_TruncateStmt:
		return "TRUNCATE TABLE", env.truncate(n.TruncateStmt)
	case *pg_query.Node_CommentStmt:
		return "COMMENT", env.comment(n.CommentStmt)
	case *pg_query.Node_CreatedbStmt:
		return "CREATE DATABASE", env.createDatabase(n.CreatedbStmt)
	case *pg_query.Node_DropdbStmt:
		return "DROP DATABASE", env.dropDatabase(n.DropdbStmt)
	case *pg_query.Node_CreateRoleStmt:
		return "CREATE ROLE", env.createRole(n.CreateRoleStmt)
	case *pg_query.Node_AlterRoleStmt:
		return "ALTER ROLE", env.alterRole(n.AlterRoleStmt)
	case *pg_query.Node_DropRoleStmt:
		return "DROP ROLE", env.dropRole(n.DropRoleStmt)
	case *pg_query.Node_CreateExtensionStmt:
		return "CREATE EXTENSION", createExtension(n.CreateExtensionStmt)
	}
	return "", notSupported("this statement")
}

func notSupported(format string, args ...any) *pgerr.Error {
	e := pgerr.New(pgerr.FeatureNotSupported, format, args...)
	e.Message += " is not supported"
	return e
}

// view is the transaction's catalog as it is now.
func (env *Env) view() *catalog.View { return env.Tx.Catalog() }

// planEnv is Plan over the newest catalog.
func (env *Env) planEnv() *plan.Env {
	p := *env.Plan
	p.View = env.view()
	return &p
}

func (env *Env) notice(code, format string, args ...any) {
	e := pgerr.New(code, format, args...)
	e.Severity = "NOTICE"
	if env.Notice != nil {
		env.Notice(e)
	}
}

// handle makes a relation ready for access, its expression indexes included.
func (env *Env) handle(rel *catalog.Relation) (*table.Handle, error) {
	if env.Exec.Handle == nil {
		return table.NewHandle(rel, nil), nil
	}
	return env.Exec.Handle(rel)
}

// query runs a query over the newest catalog and calls fn for its rows until fn
// returns false.
func (env *Env) query(stmt *pg_query.Node, fn func(row []types.Datum) (more bool, err error)) (err error) {
	p, err := plan.Build(env.planEnv(), stmt, nil)
	if err != nil {
		return err
	}
	return env.run(p, fn)
}

// run runs a plan and calls fn for its rows until fn returns false.
func (env *Env) run(p *plan.Plan, fn func(row []types.Datum) (more bool, err error)) (err error) {
	cursor, err := exec.Open(env.Exec, p, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	var row []types.Datum
	for {
		batch, err := cursor.Next()
		if err != nil || batch == nil {
			return err
		}
		for i := range batch.Rows() {
			row = batch.Row(i, row)
			if more, err := fn(row); err != nil || !more {
				return err
			}
		}
	}
}

// querySQL is query for text that ddl itself has put together.
func (env *Env) querySQL(sql string, fn func(row []types.Datum) (more bool, err error)) error {
	stmts, err := parser.Parse(sql)
	if err != nil {
		return err
	}
	return env.query(stmts[0].Node, fn)
}
