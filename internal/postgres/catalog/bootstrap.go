package catalog

import "github.com/orbit-server/orbit/internal/postgres/types"

// OIDs that PostgreSQL fixes, and the first one given to users' objects.
const (
	PgCatalogOID  types.OID = 11
	PgToastOID    types.OID = 99
	PublicOID     types.OID = 2200
	BootstrapRole types.OID = 10
	Template1OID  types.OID = 1
	Template0OID  types.OID = 4
	PostgresOID   types.OID = 5
	// InformationSchemaOID is fixed here; PostgreSQL's initdb assigns it.
	InformationSchemaOID types.OID = 13000
	// OrbitOID is the schema of orbit's own views, which every database has.
	OrbitOID     types.OID = 9100
	FirstUserOID types.OID = 16384
)

// Bootstrap is the catalog of an empty store: the role postgres, the databases
// postgres, template1 and template0, each with its three schemas.
func Bootstrap() *State {
	s := NewState()
	s.PutRole(Superuser("postgres"))
	for _, d := range []*Database{
		{OID: PostgresOID, Name: "postgres", AllowConn: true, Comment: "default administrative connection database"},
		{OID: Template1OID, Name: "template1", IsTemplate: true, AllowConn: true, Comment: "default template for new databases"},
		{OID: Template0OID, Name: "template0", IsTemplate: true, Comment: "unmodifiable empty database"},
	} {
		d.Owner = BootstrapRole
		s.PutDatabase(d)
		for _, n := range StandardSchemas() {
			s.PutSchema(d.OID, n)
		}
	}
	return s
}

// Superuser is the first role, who owns what Bootstrap makes, under that name.
func Superuser(name string) *Role {
	return &Role{
		OID: BootstrapRole, Name: name, Superuser: true, Inherit: true, CreateRole: true,
		CreateDB: true, Login: true, Replication: true, BypassRLS: true, ConnLimit: -1,
	}
}

// StandardSchemas are the schemas of a new database.
func StandardSchemas() []*Schema {
	return []*Schema{
		{OID: PgCatalogOID, Name: "pg_catalog", Owner: BootstrapRole, Comment: "system catalog schema"},
		{OID: PublicOID, Name: "public", Owner: BootstrapRole, Comment: "standard public schema"},
		{OID: InformationSchemaOID, Name: "information_schema", Owner: BootstrapRole},
	}
}
