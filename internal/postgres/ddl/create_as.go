package ddl

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// createTableAs is CREATE TABLE … AS and SELECT INTO: the table is made from the
// query's columns and filled with its rows.
func (env *Env) createTableAs(stmt *pg_query.CreateTableAsStmt) (string, error) {
	if stmt.Objtype != pg_query.ObjectType_OBJECT_TABLE {
		return "", notSupported("a materialized view")
	}
	if stmt.Query.GetExecuteStmt() != nil {
		return "", notSupported("CREATE TABLE AS EXECUTE")
	}
	schema, err := env.targetSchema(stmt.Into.Rel)
	if err != nil {
		return "", err
	}
	name := stmt.Into.Rel.Relname
	if stmt.IfNotExists && env.view().NameTaken(schema, name) {
		env.notice(pgerr.DuplicateTable, "relation \"%s\" already exists, skipping", name)
		return "CREATE TABLE AS", nil
	}
	rel, err := env.newTable(schema, name, stmt.Into.AccessMethod)
	if err != nil {
		return "", err
	}
	rows, err := env.fillFrom(rel, stmt)
	if err != nil {
		return "", err
	}
	if stmt.Into.SkipData {
		return "CREATE TABLE AS", nil
	}
	return "SELECT " + itoa(rows), nil
}

// fillFrom gives rel the columns of the query, puts it into the catalog and
// inserts the query's rows; it returns how many.
func (env *Env) fillFrom(rel *catalog.Relation, stmt *pg_query.CreateTableAsStmt) (rows int, err error) {
	p, err := plan.Build(env.planEnv(), stmt.Query, nil)
	if err != nil {
		return 0, err
	}
	aliases := nameList(stmt.Into.ColNames)
	if len(aliases) > len(p.Columns) {
		return 0, pgerr.New(pgerr.SyntaxError, "too many column names were specified")
	}
	for i, r := range p.Columns {
		c := &catalog.Column{Num: int16(i + 1), Name: r.Name, Type: r.Type, Typmod: r.Typmod}
		if i < len(aliases) {
			c.Name = aliases[i]
		}
		if c.Type == types.UnknownOID {
			c.Type = types.TextOID
		}
		if column(rel, c.Name) != nil {
			return 0, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
		rel.Columns = append(rel.Columns, c)
	}
	if err := env.Tx.CreateRelation(env.Ctx, rel); err != nil || stmt.Into.SkipData {
		return 0, err
	}
	h, err := env.handle(rel)
	if err != nil {
		return 0, err
	}
	err = env.run(p, func(row []types.Datum) (bool, error) {
		rows++
		_, err := env.Tx.Insert(env.Ctx, h, row)
		return true, err
	})
	return rows, err
}
