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
		acl := null // the default: the owner's
		switch n.OID {
		case catalog.PublicOID, catalog.PgCatalogOID, catalog.InformationSchemaOID:
			owner := builtin.QuoteIdent(roleName(s.view, n.Owner))
			acl = texts(types.ACLItemOID, []string{owner + "=UC/" + owner, "=U/" + owner})
		}
		if err := s.row(oid(n.OID), text(n.Name), oid(n.Owner), acl); err != nil {
			return err
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
