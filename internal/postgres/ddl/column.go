package ddl

import (
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// serialTypes are the types that are no types: an integer with a sequence.
var serialTypes = map[string]types.OID{
	"serial": types.Int4OID, "serial4": types.Int4OID, "bigserial": types.Int8OID, "serial8": types.Int8OID,
	"smallserial": types.Int2OID, "serial2": types.Int2OID,
}

// systemColumns may not be column names.
var systemColumns = map[string]bool{
	"tableoid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true, "ctid": true,
}

// addColumn adds a column definition to the relation.
func (b *tableBuilder) addColumn(def *pg_query.ColumnDef) error {
	if column(b.rel, def.Colname) != nil {
		if b.building {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", def.Colname)
		}
		return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", def.Colname, b.rel.Name)
	}
	if systemColumns[def.Colname] {
		return pgerr.New(pgerr.DuplicateColumn, "column name \"%s\" conflicts with a system column name", def.Colname)
	}
	c := &catalog.Column{Num: int16(len(b.rel.Columns) + 1), Name: def.Colname, NotNull: def.IsNotNull, Typmod: -1}
	if err := b.columnType(c, def); err != nil {
		return err
	}
	if def.CollClause != nil {
		if err := checkCollation(nameList(def.CollClause.Collname)); err != nil {
			return err
		}
	}
	b.rel.Columns = append(b.rel.Columns, c)
	for _, n := range def.Constraints {
		if err := b.columnConstraint(c, n.GetConstraint()); err != nil {
			return err
		}
	}
	if c.Identity != 0 && c.Default != "" {
		return pgerr.New(pgerr.SyntaxError, "both default and identity specified for column \"%s\" of table \"%s\"", c.Name, b.rel.Name)
	}
	return nil
}

// columnType sets the type; a serial one brings a sequence.
func (b *tableBuilder) columnType(c *catalog.Column, def *pg_query.ColumnDef) error {
	names := nameList(def.TypeName.GetNames())
	if len(names) == 1 && len(def.TypeName.ArrayBounds) == 0 {
		if typ, ok := serialTypes[names[0]]; ok {
			c.Type, c.NotNull = typ, true
			b.serials = append(b.serials, &serial{column: c, typ: typ})
			return nil
		}
	}
	var err error
	if c.Type, c.Typmod, err = plan.ResolveType(b.env.planEnv(), def.TypeName); err != nil {
		return err
	}
	if t := types.ByOID(c.Type); t != nil && t.Kind == 'p' {
		return pgerr.New(pgerr.InvalidTableDefinition, "column \"%s\" has pseudo-type %s", c.Name, t.Name)
	}
	return nil
}

// checkCollation lets pass the collations that order by bytes, which is what
// orbit does.
func checkCollation(names []string) error {
	switch name := names[len(names)-1]; name {
	case "C", "POSIX", "default", "ucs_basic":
		return nil
	default:
		return pgerr.New(pgerr.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", name).
			WithHint("Text is ordered by its bytes: use the collation \"C\", or none.")
	}
}

// columnConstraint applies what stands behind a column's type.
func (b *tableBuilder) columnConstraint(c *catalog.Column, k *pg_query.Constraint) (err error) {
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_NULL:
		if c.NotNull {
			return pgerr.New(pgerr.SyntaxError, "conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"", c.Name, b.rel.Name).At(k.Location)
		}
	case pg_query.ConstrType_CONSTR_NOTNULL:
		c.NotNull = true
	case pg_query.ConstrType_CONSTR_DEFAULT:
		if c.Default != "" {
			return pgerr.New(pgerr.SyntaxError, "multiple default values specified for column \"%s\" of table \"%s\"", c.Name, b.rel.Name).At(k.Location)
		}
		c.Default, err = b.env.defaultText(c, k.RawExpr)
	case pg_query.ConstrType_CONSTR_IDENTITY:
		if c.Type != types.Int2OID && c.Type != types.Int4OID && c.Type != types.Int8OID {
			return pgerr.New(pgerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
		}
		c.Identity, c.NotNull = k.GeneratedWhen[0], true
		b.serials = append(b.serials, &serial{column: c, options: k.Options, typ: c.Type})
	case pg_query.ConstrType_CONSTR_GENERATED:
		// Checked when all columns are known.
		c.Generated, err = exprText(k.RawExpr)
	case pg_query.ConstrType_CONSTR_ATTR_DEFERRABLE, pg_query.ConstrType_CONSTR_ATTR_DEFERRED,
		pg_query.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE, pg_query.ConstrType_CONSTR_ATTR_IMMEDIATE:
		return b.constraintAttribute(c, k)
	default:
		b.constraints = append(b.constraints, pending{node: k, column: c})
	}
	return err
}

// constraintAttribute applies what stands behind a column's constraint.
func (b *tableBuilder) constraintAttribute(c *catalog.Column, k *pg_query.Constraint) error {
	word := map[pg_query.ConstrType]string{
		pg_query.ConstrType_CONSTR_ATTR_DEFERRABLE: "DEFERRABLE", pg_query.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE: "NOT DEFERRABLE",
		pg_query.ConstrType_CONSTR_ATTR_DEFERRED: "INITIALLY DEFERRED", pg_query.ConstrType_CONSTR_ATTR_IMMEDIATE: "INITIALLY IMMEDIATE",
	}[k.Contype]
	n := len(b.constraints)
	if n == 0 || b.constraints[n-1].column != c {
		return pgerr.New(pgerr.SyntaxError, "misplaced %s clause", word).At(k.Location)
	}
	// The statement's tree may serve again: what changes is a copy.
	of := cloneNode(b.constraints[n-1].node)
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_ATTR_DEFERRABLE:
		of.Deferrable = true
	case pg_query.ConstrType_CONSTR_ATTR_DEFERRED:
		of.Deferrable, of.Initdeferred = true, true
	default: // what holds without it
	}
	b.constraints[n-1].node = of
	return nil
}

// defaultText checks a default against its column and gives its text. A default
// of NULL is none.
func (env *Env) defaultText(c *catalog.Column, expr *pg_query.Node) (string, error) {
	if expr.GetAConst().GetIsnull() {
		return "", nil
	}
	if _, err := plan.ExpressionOf(env.planEnv(), nil, expr, plan.DefaultExpr, c.Type, c.Typmod, c.Name); err != nil {
		return "", err
	}
	return exprText(expr)
}

// checkExpressions analyses generated columns over the finished row.
func (b *tableBuilder) checkExpressions() error {
	for _, c := range b.rel.Columns {
		if c.Generated == "" || c.Dropped {
			continue
		}
		if c.Default != "" || c.Identity != 0 {
			return pgerr.New(pgerr.SyntaxError, "both default and generation expression specified for column \"%s\" of table \"%s\"", c.Name, b.rel.Name)
		}
		expr, err := plan.ParseExpr(c.Generated)
		if err != nil {
			return err
		}
		for _, used := range columnsIn(expr) {
			if g := column(b.rel, used); g != nil && g.Generated != "" {
				return pgerr.New(pgerr.InvalidObjectDefinition, "cannot use generated column \"%s\" in column generation expression", used).
					WithDetail("A generated column cannot reference another generated column.")
			}
		}
		if _, err := plan.ExpressionOf(b.env.planEnv(), b.rel, expr, plan.GeneratedExpr, c.Type, c.Typmod, c.Name); err != nil {
			return err
		}
	}
	return nil
}

// makeSerials makes the sequences that columns bring along, named after table
// and column, and the defaults that call them.
func (b *tableBuilder) makeSerials() error {
	made := map[string]bool{}
	for _, s := range b.serials {
		if s.seq != nil {
			continue
		}
		taken := func(name string) bool { return made[name] || b.env.view().NameTaken(b.rel.Schema, name) }
		name := chooseName(b.rel.Name, s.column.Name, "seq", taken)
		made[name] = true
		seq, err := b.env.newSequence(b.rel.Schema, name, s.options, s.typ)
		if err != nil {
			return err
		}
		seq.Sequence.OwnerTable, seq.Sequence.OwnerCol = b.rel.OID, s.column.Num
		seq.Sequence.Internal = s.column.Identity != 0
		s.seq = seq
		if s.column.Identity == 0 {
			s.column.Default = nextvalText(seq.OID)
		}
	}
	return nil
}

// nextvalText is the default of a serial column. It names the sequence by OID,
// so that the sequence may be renamed; it is shown by name.
func nextvalText(seq types.OID) string {
	return "nextval('" + strconv.FormatUint(uint64(seq), 10) + "'::regclass)"
}
