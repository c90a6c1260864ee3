package ddl

import (
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxName is the longest identifier, in bytes (NAMEDATALEN - 1).
const maxName = 63

// targetSchema is the schema that a new object named by rv goes into.
func (env *Env) targetSchema(rv *pg_query.RangeVar) (types.OID, error) {
	if rv.Relpersistence == "t" || rv.Schemaname == "pg_temp" {
		if rv.Schemaname != "" && rv.Schemaname != "pg_temp" {
			return 0, pgerr.New(pgerr.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
		}
		if env.Temp == nil {
			return 0, notSupported("a temporary table")
		}
		return env.Temp()
	}
	if rv.Schemaname != "" {
		return env.schema(rv.Schemaname)
	}
	if env.Into != 0 {
		return env.Into, nil
	}
	return 0, pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in")
}

// schema finds a schema that users may put things into.
func (env *Env) schema(name string) (types.OID, error) {
	s := env.view().SchemaByName(name)
	if s == nil {
		return 0, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
	}
	if s.OID == catalog.PgCatalogOID || s.OID == catalog.InformationSchemaOID || s.OID == catalog.OrbitOID {
		return 0, pgerr.New(pgerr.InsufficientPrivilege, "permission denied to create in schema \"%s\"", name).
			WithDetail("System catalog modifications are currently disallowed.")
	}
	return s.OID, nil
}

// searched are the schemas to look in: the one named, or the search path.
func (env *Env) searched(schema string) ([]types.OID, error) {
	if schema == "" {
		return env.Plan.SearchPath, nil
	}
	s := env.planEnv().Schema(schema)
	if s == nil {
		return nil, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", schema)
	}
	return []types.OID{s.OID}, nil
}

// find looks a relation up by its name, nil if there is none.
func (env *Env) find(schema, name string) (*catalog.Relation, error) {
	schemas, err := env.searched(schema)
	if err != nil {
		return nil, err
	}
	for _, oid := range schemas {
		if r := env.view().Lookup(oid, name); r != nil {
			return r, nil
		}
	}
	return nil, nil
}

// findIndex looks an index up by its name, nil if there is none.
func (env *Env) findIndex(schema, name string) (*catalog.Index, *catalog.Relation, error) {
	schemas, err := env.searched(schema)
	if err != nil {
		return nil, nil, err
	}
	for _, oid := range schemas {
		if i, r := env.view().LookupIndex(oid, name); i != nil {
			return i, r, nil
		}
	}
	return nil, nil, nil
}

// relation looks a relation up that must be there.
func (env *Env) relation(rv *pg_query.RangeVar) (*catalog.Relation, error) {
	r, err := env.find(rv.Schemaname, rv.Relname)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", display(rv.Schemaname, rv.Relname)).At(rv.Location)
	}
	return r, nil
}

// display is a name as a message shows it.
func display(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}

// describe names a relation in a message about others: with its schema unless the
// search path finds it.
func (env *Env) describe(r *catalog.Relation) string {
	name := r.Name
	if found, err := env.find("", r.Name); err != nil || found == nil || found.OID != r.OID {
		if s := env.view().Schema(r.Schema); s != nil {
			name = display(s.Name, r.Name)
		}
	}
	return kindName(r) + " " + name
}

// qualified is a relation's full name, quoted where SQL needs it.
func (env *Env) qualified(r *catalog.Relation) string {
	return env.view().Quoted(r)
}

// objectName makes a name out of parts as PostgreSQL does: the longer of the
// first two is cut until all fits.
func objectName(first, second, label string) string {
	over := len(label) + 1
	if second != "" {
		over++
	}
	for len(first)+len(second)+over > maxName {
		if len(first) > len(second) {
			first = cutRune(first)
		} else {
			second = cutRune(second)
		}
	}
	if second != "" {
		first += "_" + second
	}
	return first + "_" + label
}

// cutRune drops the last character.
func cutRune(s string) string {
	n := len(s) - 1
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// chooseName makes an object name that taken says is free, with a number at the
// end if it must.
func chooseName(first, second, label string, taken func(string) bool) string {
	name := objectName(first, second, label)
	for i := 1; taken(name); i++ {
		name = objectName(first, second, label+strconv.Itoa(i))
	}
	return name
}

// strings of a list of String nodes.
func nameList(nodes []*pg_query.Node) []string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.GetString_().GetSval()
	}
	return names
}

// splitName divides a possibly qualified name.
func splitName(names []string) (schema, name string) {
	name = names[len(names)-1]
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	return schema, name
}

// column finds a live column by name, nil if there is none.
func column(r *catalog.Relation, name string) *catalog.Column {
	for _, c := range r.Columns {
		if c.Name == name && !c.Dropped {
			return c
		}
	}
	return nil
}

func undefinedColumn(r *catalog.Relation, name string) error {
	return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, r.Name)
}
