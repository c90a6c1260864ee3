package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// encodingUTF8 is PG_UTF8, the only encoding there is.
const encodingUTF8 = 6

// Tablespaces, under PostgreSQL's OIDs.
const (
	tablespaceDefault types.OID = 1663
	tablespaceGlobal  types.OID = 1664
)

func pgDatabase(s *scan) error {
	for _, d := range s.view.Databases() {
		if err := s.row(
			oid(d.OID), text(d.Name), oid(d.Owner), num(encodingUTF8), char('c'), boolean(d.IsTemplate), boolean(d.AllowConn),
			num(-1), num(0), num(0), oid(tablespaceDefault), text("C"), text("C"), null, null, null,
		); err != nil {
			return err
		}
	}
	return nil
}

func pgNamespace(s *scan) error {
	for _, n := range s.view.Schemas() {
		if err := s.row(oid(n.OID), text(n.Name), oid(n.Owner), s.schemaPrivileges(n)); err != nil {
			return err
		}
	}
	return nil
}

// schemaPrivileges is nspacl: everybody may use the schemas of a new database;
// of others the owner's default stands.
func (s *scan) schemaPrivileges(n *catalog.Schema) types.Datum {
	switch n.OID {
	case catalog.PublicOID, catalog.PgCatalogOID, catalog.InformationSchemaOID:
		owner := builtin.QuoteIdent(roleName(s.view, n.Owner))
		return texts(types.ACLItemOID, []string{owner + "=UC/" + owner, "=U/" + owner})
	}
	return null
}

// pgInitPrivs tells pg_dump which privileges are there from the start.
func pgInitPrivs(s *scan) error {
	for _, o := range []types.OID{catalog.PgCatalogOID, catalog.InformationSchemaOID} {
		if n := s.view.Schema(o); n != nil {
			if err := s.row(oid(o), oid(pgNamespaceClass), num(0), char('i'), s.schemaPrivileges(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

func pgTablespace(s *scan) error {
	for _, t := range []struct {
		oid  types.OID
		name string
	}{{tablespaceDefault, "pg_default"}, {tablespaceGlobal, "pg_global"}} {
		if err := s.row(oid(t.oid), text(t.name), oid(catalog.BootstrapRole), null, null); err != nil {
			return err
		}
	}
	return nil
}
