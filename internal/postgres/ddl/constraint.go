package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// addConstraints adds the pending constraints: primary keys first, as the rows'
// order depends on them.
func (b *tableBuilder) addConstraints() error {
	slices.SortStableFunc(b.constraints, func(x, y pending) int { return rank(x.node) - rank(y.node) })
	for _, p := range b.constraints {
		var err error
		switch p.node.Contype {
		case pg_query.ConstrType_CONSTR_PRIMARY, pg_query.ConstrType_CONSTR_UNIQUE:
			_, err = b.addKey(p)
		case pg_query.ConstrType_CONSTR_CHECK:
			_, err = b.addCheck(p)
		case pg_query.ConstrType_CONSTR_FOREIGN:
			_, err = b.addForeign(p)
		case pg_query.ConstrType_CONSTR_EXCLUSION:
			err = notSupported("an exclusion constraint")
		default:
			err = notSupported("this constraint")
		}
		if err != nil {
			return err
		}
	}
	b.constraints = nil
	return nil
}

func rank(k *pg_query.Constraint) int {
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_PRIMARY:
		return 0
	case pg_query.ConstrType_CONSTR_UNIQUE:
		return 1
	default:
		return 2
	}
}

// addKey adds a primary key or unique constraint with its index.
func (b *tableBuilder) addKey(p pending) (*catalog.Index, error) {
	k, primary := p.node, p.node.Contype == pg_query.ConstrType_CONSTR_PRIMARY
	if k.Deferrable || k.Initdeferred {
		return nil, notSupported("a deferrable constraint")
	}
	if k.Indexname != "" {
		return nil, notSupported("a constraint USING INDEX")
	}
	if primary && b.primaryKey() != nil {
		return nil, pgerr.New(pgerr.InvalidTableDefinition, "multiple primary keys for table \"%s\" are not allowed", b.rel.Name).At(k.Location)
	}
	names := nameList(k.Keys)
	if p.column != nil {
		names = []string{p.column.Name}
	}
	index := &catalog.Index{Unique: true, Primary: primary, Method: "btree", Valid: true, NullsNotDistinct: k.NullsNotDistinct}
	attnums := []int16{}
	for _, name := range names {
		c := column(b.rel, name)
		if c == nil {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" named in key does not exist", name).At(k.Location)
		}
		if slices.Contains(attnums, c.Num) {
			kind := "unique"
			if primary {
				kind = "primary key"
			}
			return nil, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" appears twice in %s constraint", name, kind).At(k.Location)
		}
		attnums = append(attnums, c.Num)
		key, err := b.env.indexKey(c)
		if err != nil {
			return nil, err
		}
		index.Keys = append(index.Keys, key)
		if primary {
			b.setNotNull(c)
		}
	}
	include, err := includeColumns(b.rel, k.Including)
	if err != nil {
		return nil, err
	}
	index.Include = include
	if err := b.nameKey(index, k.Conname, names); err != nil {
		return nil, err
	}
	kind := catalog.Unique
	if primary {
		kind = catalog.PrimaryKey
	}
	if err := b.placeKey(index); err != nil {
		return nil, err
	}
	return index, b.addConstraint(&catalog.Constraint{Name: index.Name, Kind: kind, Columns: attnums, Index: index.OID, Validated: true})
}

// placeKey gives the index its identifiers and its place: the primary key first.
// While the table is made its rows take the primary key's order; later they
// stay as they are, until they are rewritten.
func (b *tableBuilder) placeKey(index *catalog.Index) (err error) {
	if index.OID, err = b.env.Tx.NewOID(); err != nil {
		return err
	}
	if index.Primary && b.building {
		index.Clustered, index.Storage = true, b.rel.Storage
	} else if index.Storage, err = b.env.Tx.NewStorageID(b.rel.Pinned()); err != nil {
		return err
	}
	if index.Primary {
		b.rel.Indexes = slices.Insert(b.rel.Indexes, 0, index)
	} else {
		b.rel.Indexes = append(b.rel.Indexes, index)
	}
	return nil
}

func (b *tableBuilder) primaryKey() *catalog.Index {
	for _, i := range b.rel.Indexes {
		if i.Primary {
			return i
		}
	}
	return nil
}

// setNotNull marks a column; the catalog's own objects are never modified, so an
// existing table's column is replaced.
func (b *tableBuilder) setNotNull(c *catalog.Column) {
	n := *c
	n.NotNull = true
	b.rel.Columns[c.Num-1] = &n
	for _, s := range b.serials {
		if s.column == c {
			s.column = &n
		}
	}
}

// nameKey names an index as PostgreSQL does where the statement does not.
func (b *tableBuilder) nameKey(index *catalog.Index, given string, columns []string) error {
	taken := func(name string) bool {
		return name == b.rel.Name || b.env.view().NameTaken(b.rel.Schema, name) || b.hasIndex(name) || b.hasSerial(name)
	}
	switch {
	case given != "":
		if taken(given) {
			return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", given)
		}
		index.Name = given
	case index.Primary:
		index.Name = chooseName(b.rel.Name, "", "pkey", taken)
	default:
		index.Name = chooseName(b.rel.Name, joinNames(columns), "key", taken)
	}
	return nil
}

func (b *tableBuilder) hasIndex(name string) bool {
	return slices.ContainsFunc(b.rel.Indexes, func(i *catalog.Index) bool { return i.Name == name })
}

func (b *tableBuilder) hasSerial(name string) bool {
	return slices.ContainsFunc(b.serials, func(s *serial) bool { return s.seq != nil && s.seq.Name == name })
}

// joinNames joins column names for an object's name, no further than a name goes.
func joinNames(columns []string) string {
	joined := ""
	for i, c := range columns {
		if i > 0 {
			joined += "_"
		}
		if joined += c; len(joined) > maxName {
			break
		}
	}
	return joined
}

// addCheck adds a CHECK constraint.
func (b *tableBuilder) addCheck(p pending) (*catalog.Constraint, error) {
	k := p.node
	if _, err := plan.ExpressionOf(b.env.planEnv(), b.rel, k.RawExpr, plan.CheckCondition, types.BoolOID, -1, ""); err != nil {
		return nil, err
	}
	text, err := exprText(k.RawExpr)
	if err != nil {
		return nil, err
	}
	c := &catalog.Constraint{Name: k.Conname, Kind: catalog.Check, Expr: text, Validated: !k.SkipValidation, NoInherit: k.IsNoInherit}
	used := columnsIn(k.RawExpr)
	slices.Sort(used)
	used = slices.Compact(used)
	for _, name := range used {
		if col := column(b.rel, name); col != nil {
			c.Columns = append(c.Columns, col.Num)
		}
	}
	if c.Name == "" {
		part := ""
		if len(c.Columns) == 1 {
			part = b.rel.Columns[c.Columns[0]-1].Name
		}
		c.Name = chooseName(b.rel.Name, part, "check", b.constraintTaken)
	}
	return c, b.addConstraint(c)
}

func (b *tableBuilder) constraintTaken(name string) bool {
	return findConstraint(b.rel, name) != nil
}

// addConstraint puts a constraint into the relation under a name of its own.
func (b *tableBuilder) addConstraint(c *catalog.Constraint) (err error) {
	if b.constraintTaken(c.Name) {
		return pgerr.New(pgerr.DuplicateObject, "constraint \"%s\" for relation \"%s\" already exists", c.Name, b.rel.Name)
	}
	if c.OID, err = b.env.Tx.NewOID(); err != nil {
		return err
	}
	b.rel.Constraints = append(b.rel.Constraints, c)
	return nil
}

func findConstraint(r *catalog.Relation, name string) *catalog.Constraint {
	for _, c := range r.Constraints {
		if c.Name == name {
			return c
		}
	}
	return nil
}
