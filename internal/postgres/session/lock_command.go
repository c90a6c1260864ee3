package session

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// relation finds the relation that a statement names.
func (s *Session) relation(r *pg_query.RangeVar) (*catalog.Relation, error) {
	view := s.view()
	if r.Catalogname != "" && r.Catalogname != s.dbName {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"",
			r.Catalogname, r.Schemaname, r.Relname).At(r.Location)
	}
	if r.Schemaname != "" {
		name := r.Schemaname
		if name == "pg_temp" {
			name = s.TempSchema()
		}
		schema := view.SchemaByName(name)
		if schema == nil {
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", r.Schemaname).At(r.Location)
		}
		if rel := view.Lookup(schema.OID, r.Relname); rel != nil {
			return rel, nil
		}
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s.%s\" does not exist", r.Schemaname, r.Relname).At(r.Location)
	}
	path := s.searchPath(view)
	listed := false
	for _, schema := range path {
		listed = listed || schema == catalog.PgCatalogOID
	}
	if !listed {
		if rel := view.Lookup(catalog.PgCatalogOID, r.Relname); rel != nil {
			return rel, nil
		}
	}
	for _, schema := range path {
		if rel := view.Lookup(schema, r.Relname); rel != nil {
			return rel, nil
		}
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", r.Relname).At(r.Location)
}

// lockTable is LOCK TABLE.
func (s *Session) lockTable(l *pg_query.LockStmt) error {
	if s.block == blockNone {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
	}
	for _, n := range l.Relations {
		rel, err := s.relation(n.GetRangeVar())
		if err != nil {
			return err
		}
		if rel.Kind != catalog.KindTable && rel.Kind != catalog.KindView {
			return pgerr.New(pgerr.WrongObjectType, "cannot lock relation %q", rel.Name)
		}
		// Lock modes have the numbers that PostgreSQL gives them.
		if err := s.tx.LockRelation(s.ec.Ctx, rel.OID, table.LockMode(l.Mode), l.Nowait); err != nil {
			return err
		}
		if s.tx.Catalog().Relation(rel.OID) == nil {
			return pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", rel.Name)
		}
	}
	return nil
}
