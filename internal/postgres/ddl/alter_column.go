package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// alterAddColumn adds a column. A default that is the same for all rows is kept
// beside the column and the rows stay as they are; another kind is computed for
// every row.
func (b *tableBuilder) alterAddColumn(cmd *pg_query.AlterTableCmd) error {
	env, def := b.env, cmd.Def.GetColumnDef()
	if cmd.MissingOk && column(b.rel, def.Colname) != nil {
		env.notice(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists, skipping", def.Colname, b.rel.Name)
		return nil
	}
	if len(b.rel.Columns) >= maxColumns {
		return pgerr.New(pgerr.TooManyColumns, "tables can have at most %d columns", maxColumns)
	}
	old := env.view().Relation(b.rel.OID)
	if err := b.addColumn(def); err != nil {
		return err
	}
	at := len(b.rel.Columns) - 1
	if err := b.makeSerials(); err != nil {
		return err
	}
	if err := b.checkExpressions(); err != nil {
		return err
	}
	for _, s := range b.serials {
		if err := env.Tx.CreateRelation(env.Ctx, s.seq); err != nil {
			return err
		}
	}
	constraints := b.constraints
	b.constraints = nil
	if err := b.fillColumn(old, at); err != nil {
		return err
	}
	return env.addPending(b.rel, constraints, at)
}

// addPending adds the constraints that a new column came with.
func (env *Env) addPending(rel *catalog.Relation, list []pending, at int) error {
	for _, p := range list {
		b, err := env.alterBuilder(rel.OID)
		if err != nil {
			return err
		}
		k := cloneNode(p.node)
		name := pg_query.MakeStrNode(b.rel.Columns[at].Name)
		switch {
		case k.Contype == pg_query.ConstrType_CONSTR_FOREIGN:
			k.FkAttrs = []*pg_query.Node{name}
		case k.Contype != pg_query.ConstrType_CONSTR_CHECK && len(k.Keys) == 0:
			k.Keys = []*pg_query.Node{name}
		}
		if err := b.alterAddConstraint(k); err != nil {
			return err
		}
	}
	return nil
}

// fillColumn gives the rows that are there a value for the new column.
func (b *tableBuilder) fillColumn(old *catalog.Relation, at int) error {
	env, c := b.env, b.rel.Columns[at]
	text := c.Default
	switch {
	case c.Generated != "":
		text = c.Generated
	case c.Identity != 0:
		text = nextvalText(b.serials[len(b.serials)-1].seq.OID)
	}
	if text == "" {
		if c.NotNull {
			found, err := env.exists("SELECT 1 FROM " + env.qualified(old) + " LIMIT 1")
			if err != nil {
				return err
			}
			if found {
				e := pgerr.New(pgerr.NotNullViolation, "column \"%s\" of relation \"%s\" contains null values", c.Name, b.rel.Name)
				e.Table, e.Column = b.rel.Name, c.Name
				return e
			}
		}
		return b.replace()
	}
	if c.Generated == "" && c.Identity == 0 {
		constant, err := b.constantDefault(c, text)
		if err != nil || constant {
			return err
		}
	}
	kind := plan.DefaultExpr
	if c.Generated != "" {
		kind = plan.GeneratedExpr
	}
	return b.rewriteColumn(old, at, text, kind)
}

// constantDefault keeps a default beside the column if it is the same for every
// row, and puts the relation into the catalog.
func (b *tableBuilder) constantDefault(c *catalog.Column, text string) (bool, error) {
	e, err := plan.Expression(b.env.planEnv(), nil, text, plan.DefaultExpr, c.Type, c.Typmod)
	if err != nil {
		return false, err
	}
	if plan.Volatility(e) == builtin.Volatile {
		return false, nil
	}
	x, err := exec.CompileExpression(e)
	if err != nil {
		return false, err
	}
	value, err := x.Value(b.env.Exec, nil)
	if err != nil {
		return false, err
	}
	n := *c
	n.HasMissing = !value.IsNull()
	if n.HasMissing {
		n.Missing = string(types.AppendText(nil, c.Type, value, &types.Format{DateStyle: "ISO, MDY", ExtraFloatDigits: 1, ByteaOutput: "hex"}))
	}
	b.rel.Columns[c.Num-1] = &n
	if value.IsNull() && c.NotNull {
		found, err := b.env.exists("SELECT 1 FROM " + b.env.qualified(b.rel) + " LIMIT 1")
		if err != nil {
			return false, err
		}
		if found {
			return false, pgerr.New(pgerr.NotNullViolation, "column \"%s\" of relation \"%s\" contains null values", c.Name, b.rel.Name)
		}
	}
	return true, b.replace()
}

// rewriteColumn copies all rows with a new value for one column, computed over
// the old row.
func (b *tableBuilder) rewriteColumn(old *catalog.Relation, at int, text string, kind plan.ExprKind) error {
	c := b.rel.Columns[at]
	over := b.rel
	if kind == plan.DefaultExpr {
		over = nil
	}
	e, err := plan.Expression(b.env.planEnv(), over, text, kind, c.Type, c.Typmod)
	if err != nil {
		return err
	}
	return b.rewriteWith(old, at, e)
}

// rewriteWith is rewriteColumn for an analysed expression.
func (b *tableBuilder) rewriteWith(old *catalog.Relation, at int, e plan.Expr) error {
	x, err := exec.CompileExpression(e)
	if err != nil {
		return err
	}
	if err := b.newStorage(); err != nil {
		return err
	}
	c := b.rel.Columns[at]
	return b.rewrite(old, func(row []types.Datum) ([]types.Datum, error) {
		out := slices.Clone(row)
		for len(out) < len(b.rel.Columns) {
			out = append(out, types.Null)
		}
		value, err := x.Value(b.env.Exec, out)
		if err != nil {
			return nil, err
		}
		if value.IsNull() && c.NotNull {
			return nil, pgerr.New(pgerr.NotNullViolation, "column \"%s\" of relation \"%s\" contains null values", c.Name, b.rel.Name)
		}
		out[at] = value
		return out, nil
	})
}

func (b *tableBuilder) alterDefault(cmd *pg_query.AlterTableCmd) error {
	err := b.editColumn(cmd.Name, func(c *catalog.Column) (err error) {
		switch {
		case c.Identity != 0:
			return pgerr.New(pgerr.SyntaxError, "column \"%s\" of relation \"%s\" is an identity column", c.Name, b.rel.Name)
		case c.Generated != "":
			return pgerr.New(pgerr.SyntaxError, "column \"%s\" of relation \"%s\" is a generated column", c.Name, b.rel.Name)
		}
		c.Default = ""
		if cmd.Def != nil {
			c.Default, err = b.env.defaultText(c, cmd.Def)
		}
		return err
	})
	if err != nil {
		return err
	}
	return b.replace()
}

func (b *tableBuilder) alterNotNull(cmd *pg_query.AlterTableCmd) error {
	set := cmd.Subtype == pg_query.AlterTableType_AT_SetNotNull
	err := b.editColumn(cmd.Name, func(c *catalog.Column) error {
		if set && !c.NotNull {
			if err := b.env.checkNotNull(b.rel, c); err != nil {
				return err
			}
		}
		if !set {
			if primary := b.primaryKey(); primary != nil && indexUses(primary, c.Num) {
				return pgerr.New(pgerr.InvalidTableDefinition, "column \"%s\" is in a primary key", c.Name)
			}
			if c.Identity != 0 {
				return pgerr.New(pgerr.SyntaxError, "column \"%s\" of relation \"%s\" is an identity column", c.Name, b.rel.Name)
			}
		}
		c.NotNull = set
		return nil
	})
	if err != nil {
		return err
	}
	return b.replace()
}

// indexUses reports whether an index's key or INCLUDE has the column.
func indexUses(i *catalog.Index, num int16) bool {
	return slices.Contains(i.Include, num) || slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return k.Column == num })
}

func (b *tableBuilder) alterIdentity(cmd *pg_query.AlterTableCmd) error {
	c := column(b.rel, cmd.Name)
	if c == nil {
		return undefinedColumn(b.rel, cmd.Name)
	}
	if cmd.Subtype == pg_query.AlterTableType_AT_AddIdentity {
		return b.addIdentity(c, cmd.Def.GetConstraint())
	}
	if c.Identity == 0 {
		if cmd.MissingOk {
			b.env.notice(pgerr.SuccessfulCompletion, "column \"%s\" of relation \"%s\" is not an identity column, skipping", c.Name, b.rel.Name)
			return nil
		}
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "column \"%s\" of relation \"%s\" is not an identity column", c.Name, b.rel.Name)
	}
	sequences := b.env.view().OwnedSequences(b.rel.OID, c.Num)
	n := *c
	b.rel.Columns[c.Num-1] = &n
	if cmd.Subtype == pg_query.AlterTableType_AT_DropIdentity {
		n.Identity = 0
		if err := b.replace(); err != nil {
			return err
		}
		for _, s := range sequences {
			if err := b.env.Tx.DropRelation(b.env.Ctx, s.OID); err != nil {
				return err
			}
		}
		return nil
	}
	var options []*pg_query.Node
	for _, o := range cmd.Def.GetList().GetItems() {
		if d := o.GetDefElem(); d.Defname == "generated" {
			n.Identity = byte(d.Arg.GetInteger().GetIval())
		} else {
			options = append(options, o)
		}
	}
	if err := b.replace(); err != nil || len(options) == 0 {
		return err
	}
	return b.env.changeSequence(sequences[0], options)
}

func (b *tableBuilder) addIdentity(c *catalog.Column, k *pg_query.Constraint) error {
	switch {
	case c.Identity != 0:
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "column \"%s\" of relation \"%s\" is already an identity column", c.Name, b.rel.Name)
	case !c.NotNull:
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "column \"%s\" of relation \"%s\" must be declared NOT NULL before identity can be added", c.Name, b.rel.Name)
	case c.Default != "":
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "column \"%s\" of relation \"%s\" already has a default value", c.Name, b.rel.Name)
	}
	n := *c
	b.rel.Columns[c.Num-1] = &n
	if err := b.columnConstraint(&n, k); err != nil {
		return err
	}
	if err := b.makeSerials(); err != nil {
		return err
	}
	if err := b.env.Tx.CreateRelation(b.env.Ctx, b.serials[0].seq); err != nil {
		return err
	}
	return b.replace()
}

func (b *tableBuilder) alterDropExpression(cmd *pg_query.AlterTableCmd) error {
	err := b.editColumn(cmd.Name, func(c *catalog.Column) error {
		if c.Generated == "" && !cmd.MissingOk {
			return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "column \"%s\" of relation \"%s\" is not a stored generated column", c.Name, b.rel.Name)
		}
		c.Generated = ""
		return nil
	})
	if err != nil {
		return err
	}
	return b.replace()
}
