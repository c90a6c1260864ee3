package session

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/ddl"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// define runs DDL.
func (s *Session) define(stmt *parser.Statement) (outcome, error) {
	if verb := alone(stmt.Node); verb != "" {
		if err := s.outsideBlock(verb); err != nil {
			return outcome{}, err
		}
	}
	if err := s.tx.StartStatement(); err != nil {
		return outcome{}, err
	}
	// DDL may make the session's temporary schema, and change what names mean.
	defer func() { s.env = 0 }()
	method, _ := s.settings.get("default_table_access_method")
	into, err := s.creationSchema()
	if err != nil {
		return outcome{}, err
	}
	tag, err := ddl.Execute(&ddl.Env{
		Ctx: s.ec.Ctx, Tx: s.tx, Plan: s.planEnv(s.tx.Catalog(), stmt.Text), Exec: &s.ec, Into: into,
		Role: s.user.OID, AccessMethod: method, Temp: s.makeTempSchema, Notice: s.sendNotice,
	}, stmt.Node)
	return outcome{tag: tag, count: -1}, err
}

// creationSchema is the schema that new things go into when their names have none:
// the first one of search_path that exists. It is not the one of temporary tables,
// where names are looked up first, unless search_path says so. 0 is none.
func (s *Session) creationSchema() (types.OID, error) {
	for _, name := range s.pathNames() {
		if name == s.TempSchema() {
			return s.makeTempSchema()
		}
		if n := s.tx.Catalog().SchemaByName(name); n != nil && n.OID != catalog.PgCatalogOID {
			return n.OID, nil
		}
	}
	return 0, nil
}

// makeTempSchema gives the schema of the session's temporary tables, making it
// the first time.
func (s *Session) makeTempSchema() (types.OID, error) {
	if n := s.tx.Catalog().SchemaByName(s.TempSchema()); n != nil {
		return n.OID, nil
	}
	oid, err := s.tx.NewOID()
	if err != nil {
		return 0, err
	}
	return oid, s.tx.CreateSchema(s.ec.Ctx, &catalog.Schema{OID: oid, Name: s.TempSchema(), Owner: s.user.OID})
}
