package ddl

import (
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func (env *Env) createSchema(stmt *pg_query.CreateSchemaStmt) error {
	name, owner := stmt.Schemaname, env.Role
	if stmt.Authrole != nil {
		role, err := env.roleOf(stmt.Authrole)
		if err != nil {
			return err
		}
		if owner = role.OID; name == "" {
			name = role.Name
		}
	}
	if len(name) > 3 && name[:3] == "pg_" {
		return pgerr.New(pgerr.ReservedName, "unacceptable schema name \"%s\"", name).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	if stmt.IfNotExists && env.view().SchemaByName(name) != nil {
		env.notice(pgerr.DuplicateSchema, "schema \"%s\" already exists, skipping", name)
		return nil
	}
	oid, err := env.Tx.NewOID()
	if err != nil {
		return err
	}
	if err := env.Tx.CreateSchema(env.Ctx, &catalog.Schema{OID: oid, Name: name, Owner: owner}); err != nil {
		return err
	}
	if len(stmt.SchemaElts) == 0 {
		return nil
	}
	// What is made in the same statement goes into the new schema.
	inside := *env
	p := *env.Plan
	p.SearchPath = append([]types.OID{oid}, p.SearchPath...)
	inside.Plan, inside.Into = &p, oid
	for _, element := range stmt.SchemaElts {
		if _, err := Execute(&inside, element); err != nil {
			return err
		}
	}
	return nil
}

func (env *Env) dropSchema(name string, missingOK, cascade bool) error {
	s := env.view().SchemaByName(name)
	if s == nil {
		if missingOK {
			env.notice(pgerr.SuccessfulCompletion, "schema \"%s\" does not exist, skipping", name)
			return nil
		}
		return pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
	}
	if s.OID == catalog.PgCatalogOID || s.OID == catalog.InformationSchemaOID || s.OID == catalog.PgToastOID || s.OID == catalog.OrbitOID {
		return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop schema %s because it is required by the database system", name)
	}
	d := &dropper{env: env, cascade: cascade, schema: s.OID}
	for _, r := range env.view().Relations(s.OID) {
		if r.Kind == catalog.KindVirtual || env.view().Relation(r.OID) == nil {
			continue
		}
		// An owned sequence goes with its table and is not worth telling.
		if r.Kind == catalog.KindSequence && r.Sequence.OwnerTable != 0 {
			continue
		}
		if !cascade {
			return dependsOn("schema "+name, env.describe(r))
		}
		d.took = append(d.took, env.describe(r))
		if err := d.relation(r.OID); err != nil {
			return err
		}
	}
	d.tellCascade()
	return env.Tx.DropSchema(env.Ctx, s.OID)
}

// setSchema is ALTER … SET SCHEMA. A table's sequences move along.
func (env *Env) setSchema(stmt *pg_query.AlterObjectSchemaStmt) (string, error) {
	tag := map[pg_query.ObjectType]string{
		pg_query.ObjectType_OBJECT_TABLE: "ALTER TABLE", pg_query.ObjectType_OBJECT_VIEW: "ALTER VIEW", pg_query.ObjectType_OBJECT_SEQUENCE: "ALTER SEQUENCE",
	}[stmt.ObjectType]
	if tag == "" {
		return "", notSupported("this form of SET SCHEMA")
	}
	to, err := env.schema(stmt.Newschema)
	if err != nil {
		return tag, err
	}
	rel, err := env.find(stmt.Relation.Schemaname, stmt.Relation.Relname)
	if err != nil {
		return tag, err
	}
	if rel == nil && stmt.MissingOk {
		env.notice(pgerr.SuccessfulCompletion, "relation \"%s\" does not exist, skipping", stmt.Relation.Relname)
		return tag, nil
	}
	if rel, err = env.relation(stmt.Relation); err != nil {
		return tag, err
	}
	if views := env.views(rel.OID); len(views) > 0 {
		return tag, notSupported("SET SCHEMA of a relation that view \"%s\" reads", views[0].Name)
	}
	moved := append([]*catalog.Relation{rel}, env.view().OwnedSequences(rel.OID, 0)...)
	for _, r := range moved {
		n := clone(r)
		n.Schema = to
		if err := env.Tx.ReplaceRelation(env.Ctx, n); err != nil {
			return tag, err
		}
	}
	return tag, nil
}

func itoa(n int) string { return strconv.Itoa(n) }
