package sysview

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// relationRows lists the tables and views as PostgreSQL 15 has them, one a line:
// schema, name, OID, row type, relkind, and the columns as name:type, then
// :typmod:t for a modifier or NOT NULL. The domains of information_schema stand
// as the types under them, which is what the protocol shows of a domain.
//
//go:embed data/relations.tsv
var relationRows string

// definition is a computed relation: what the catalog knows of it, and how
// pg_class shows it.
type definition struct {
	rel  *catalog.Relation
	kind byte // pg_class.relkind
	// positions finds columns by name.
	positions map[string]int
}

var (
	definitions = map[types.OID]*definition{}
	// rowTypes finds the computed relations by their row types.
	rowTypes = map[types.OID]*catalog.Relation{}
)

func init() {
	for line := range strings.Lines(relationRows + orbitRows) {
		d, err := parseDefinition(strings.TrimSuffix(line, "\n"))
		if err != nil {
			panic(fmt.Sprintf("sysview: %q: %v", line, err))
		}
		catalog.RegisterVirtual(d.rel)
		definitions[d.rel.OID], rowTypes[d.rel.RowType] = d, d.rel
	}
	provide(catalog.PgCatalogOID, pgCatalog)
	provide(catalog.InformationSchemaOID, informationSchema)
	provide(catalog.OrbitOID, orbitViews)
}

func parseDefinition(line string) (*definition, error) {
	f := strings.Split(line, "\t")
	if len(f) != 6 {
		return nil, fmt.Errorf("%d fields", len(f))
	}
	oid, err := strconv.ParseUint(f[2], 10, 32)
	if err != nil {
		return nil, err
	}
	rowType, err := strconv.ParseUint(f[3], 10, 32)
	if err != nil {
		return nil, err
	}
	schema := catalog.PgCatalogOID
	switch f[0] {
	case "information_schema":
		schema = catalog.InformationSchemaOID
	case "orbit":
		schema = catalog.OrbitOID
	}
	d := &definition{
		rel: &catalog.Relation{
			OID: types.OID(oid), Name: f[1], Schema: schema, Owner: catalog.BootstrapRole, RowType: types.OID(rowType),
		},
		kind: f[4][0], positions: map[string]int{},
	}
	for i, text := range strings.Split(f[5], ",") {
		c, err := parseColumn(text)
		if err != nil {
			return nil, err
		}
		c.Num = int16(i + 1)
		d.positions[c.Name] = i
		d.rel.Columns = append(d.rel.Columns, c)
	}
	return d, nil
}

func parseColumn(text string) (*catalog.Column, error) {
	f := strings.Split(text, ":")
	if len(f) < 2 {
		return nil, fmt.Errorf("column %q", text)
	}
	typ, err := strconv.ParseUint(f[1], 10, 32)
	if err != nil {
		return nil, err
	}
	t := types.ByOID(types.OID(typ))
	if t == nil {
		return nil, fmt.Errorf("column %s has unknown type %d", f[0], typ)
	}
	c := &catalog.Column{Name: f[0], Type: t.OID, Typmod: -1, NotNull: len(f) > 3}
	if len(f) > 2 {
		mod, err := strconv.ParseInt(f[2], 10, 32)
		if err != nil {
			return nil, err
		}
		c.Typmod = types.Typmod(mod)
	}
	if t.Collatable {
		c.Collation = collationC
	}
	return c, nil
}
