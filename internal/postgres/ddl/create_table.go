package ddl

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxColumns is PostgreSQL's limit on the columns of a table.
const maxColumns = 1600

// tableBuilder gathers what a CREATE TABLE or an ADD COLUMN says before it is
// put into the catalog.
type tableBuilder struct {
	env *Env
	rel *catalog.Relation
	// serials are sequences to make for columns, by attnum.
	serials []*serial
	// constraints are handled once all columns are known.
	constraints []pending
	// building tells that the relation is not in the catalog yet.
	building bool
}

// pending is a constraint that waits for the columns, and the column it was
// written at, nil for a table constraint.
type pending struct {
	node   *pg_query.Constraint
	column *catalog.Column
}

// serial is a sequence that a column brings along.
type serial struct {
	column  *catalog.Column
	options []*pg_query.Node
	typ     types.OID
	seq     *catalog.Relation
}

func (env *Env) createTable(stmt *pg_query.CreateStmt) error {
	if err := refuseTableForms(stmt); err != nil {
		return err
	}
	schema, err := env.targetSchema(stmt.Relation)
	if err != nil {
		return err
	}
	name := stmt.Relation.Relname
	if stmt.IfNotExists && env.view().NameTaken(schema, name) {
		env.notice(pgerr.DuplicateTable, "relation \"%s\" already exists, skipping", name)
		return nil
	}
	rel, err := env.newTable(schema, name, stmt.AccessMethod)
	if err != nil {
		return err
	}
	rel.Unlogged = stmt.Relation.Relpersistence == "u"
	b := &tableBuilder{env: env, rel: rel, building: true}
	for _, element := range stmt.TableElts {
		switch e := element.Node.(type) {
		case *pg_query.Node_ColumnDef:
			err = b.addColumn(e.ColumnDef)
		case *pg_query.Node_Constraint:
			b.constraints = append(b.constraints, pending{node: e.Constraint})
		case *pg_query.Node_TableLikeClause:
			err = b.like(e.TableLikeClause)
		default:
			err = notSupported("this element of CREATE TABLE")
		}
		if err != nil {
			return err
		}
	}
	return b.create()
}

func refuseTableForms(stmt *pg_query.CreateStmt) error {
	switch {
	case stmt.Partspec != nil || stmt.Partbound != nil:
		return notSupported("a partitioned table")
	case len(stmt.InhRelations) > 0:
		return notSupported("table inheritance")
	case stmt.OfTypename != nil:
		return notSupported("a typed table")
	case stmt.Tablespacename != "":
		return notSupported("a tablespace")
	case stmt.Oncommit > pg_query.OnCommitAction_ONCOMMIT_PRESERVE_ROWS:
		return notSupported("ON COMMIT DELETE ROWS or DROP")
	}
	return nil
}

// newRelation makes a relation with identifiers of its own, not yet in the catalog.
func (env *Env) newRelation(schema types.OID, name string, kind catalog.RelKind) (*catalog.Relation, error) {
	r := &catalog.Relation{Name: name, Schema: schema, Kind: kind, Owner: env.Role}
	if n := env.view().Schema(schema); n != nil {
		r.Temporary = n.Temporary()
	}
	var err error
	if r.OID, err = env.Tx.NewOID(); err != nil {
		return nil, err
	}
	if kind != catalog.KindSequence {
		if r.RowType, err = env.Tx.NewOID(); err != nil {
			return nil, err
		}
	}
	if kind == catalog.KindSequence {
		r.Storage, err = env.Tx.NewStorageID(false)
	}
	return r, err
}

// create settles the constraints and puts everything into the catalog.
func (b *tableBuilder) create() error {
	if len(b.rel.Columns) > maxColumns {
		return pgerr.New(pgerr.TooManyColumns, "tables can have at most %d columns", maxColumns)
	}
	if err := b.makeSerials(); err != nil {
		return err
	}
	if err := b.checkExpressions(); err != nil {
		return err
	}
	if err := b.addConstraints(); err != nil {
		return err
	}
	env := b.env
	// The table comes first, its sequences say whose they are.
	if err := env.Tx.CreateRelation(env.Ctx, b.rel); err != nil {
		return err
	}
	for _, s := range b.serials {
		if err := env.Tx.CreateRelation(env.Ctx, s.seq); err != nil {
			return err
		}
	}
	return nil
}

// like copies another table's columns, and what the options ask for.
func (b *tableBuilder) like(clause *pg_query.TableLikeClause) error {
	from, err := b.env.relation(clause.Relation)
	if err != nil {
		return err
	}
	// Bits of TableLikeOption in PostgreSQL's parsenodes.h.
	const (
		constraints = 1 << 2
		defaults    = 1 << 3
		generated   = 1 << 4
		identity    = 1 << 5
		indexes     = 1 << 6
	)
	if clause.Options&indexes != 0 && len(from.Indexes) > 0 {
		return notSupported("LIKE … INCLUDING INDEXES")
	}
	for _, c := range from.Columns {
		if c.Dropped {
			continue
		}
		if column(b.rel, c.Name) != nil {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
		n := *c
		n.Num, n.HasMissing, n.Missing = int16(len(b.rel.Columns)+1), false, ""
		if clause.Options&defaults == 0 {
			n.Default = ""
		}
		if clause.Options&generated == 0 {
			n.Generated = ""
		}
		b.rel.Columns = append(b.rel.Columns, &n)
		if n.Identity != 0 {
			if clause.Options&identity == 0 {
				n.Identity = 0
				continue
			}
			b.serials = append(b.serials, &serial{column: &n, typ: n.Type})
		}
	}
	if clause.Options&constraints == 0 {
		return nil
	}
	for _, k := range from.Constraints {
		if k.Kind != catalog.Check {
			continue
		}
		n := *k
		if n.OID, err = b.env.Tx.NewOID(); err != nil {
			return err
		}
		b.rel.Constraints = append(b.rel.Constraints, &n)
	}
	return nil
}
