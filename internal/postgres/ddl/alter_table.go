package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// alter runs ALTER TABLE, and ALTER VIEW, INDEX, SEQUENCE where they share its form.
func (env *Env) alter(stmt *pg_query.AlterTableStmt) (string, error) {
	tag := map[pg_query.ObjectType]string{
		pg_query.ObjectType_OBJECT_TABLE: "ALTER TABLE", pg_query.ObjectType_OBJECT_VIEW: "ALTER VIEW",
		pg_query.ObjectType_OBJECT_INDEX: "ALTER INDEX", pg_query.ObjectType_OBJECT_SEQUENCE: "ALTER SEQUENCE",
	}[stmt.Objtype]
	if tag == "" {
		return "", notSupported("this form of ALTER")
	}
	rv := stmt.Relation
	rel, err := env.find(rv.Schemaname, rv.Relname)
	if err != nil {
		return tag, err
	}
	if rel == nil {
		if stmt.MissingOk {
			env.notice(pgerr.SuccessfulCompletion, "relation \"%s\" does not exist, skipping", rv.Relname)
			return tag, nil
		}
		_, err := env.relation(rv)
		return tag, err
	}
	if rel.Kind == catalog.KindVirtual {
		return tag, onlyTable(rel)
	}
	if err := env.Tx.LockRelation(env.Ctx, rel.OID, table.AccessExclusive, false); err != nil {
		return tag, err
	}
	// Each step works on the relation as the one before left it.
	cmds := alterOrder(stmt.Cmds)
	if err := onceOnly(cmds, pg_query.AlterTableType_AT_SetAccessMethod, "SET ACCESS METHOD"); err != nil {
		return tag, err
	}
	for _, cmd := range cmds {
		if err := env.alterStep(rel, cmd); err != nil {
			return tag, err
		}
	}
	return tag, env.checkViews(rel)
}

// alterOrder puts the steps into PostgreSQL's passes: drops, then changed types,
// new columns, the rest, keys, and foreign keys last.
func alterOrder(nodes []*pg_query.Node) []*pg_query.AlterTableCmd {
	cmds := make([]*pg_query.AlterTableCmd, len(nodes))
	for i, n := range nodes {
		cmds[i] = n.GetAlterTableCmd()
	}
	pass := func(c *pg_query.AlterTableCmd) int {
		switch c.Subtype {
		case pg_query.AlterTableType_AT_DropColumn, pg_query.AlterTableType_AT_DropConstraint:
			return 0
		case pg_query.AlterTableType_AT_AlterColumnType:
			return 1
		case pg_query.AlterTableType_AT_AddColumn:
			return 2
		case pg_query.AlterTableType_AT_AddConstraint:
			if c.Def.GetConstraint().GetContype() == pg_query.ConstrType_CONSTR_FOREIGN {
				return 5
			}
			return 4
		default:
			return 3
		}
	}
	slices.SortStableFunc(cmds, func(a, b *pg_query.AlterTableCmd) int { return pass(a) - pass(b) })
	return cmds
}

// onceOnly refuses a step that is there more than once.
func onceOnly(cmds []*pg_query.AlterTableCmd, step pg_query.AlterTableType, name string) error {
	n := 0
	for _, c := range cmds {
		if c.Subtype == step {
			n++
		}
	}
	if n > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot have multiple %s subcommands", name)
	}
	return nil
}

func (env *Env) alterStep(rel *catalog.Relation, cmd *pg_query.AlterTableCmd) error {
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	if cmd.Subtype == pg_query.AlterTableType_AT_ChangeOwner {
		return b.changeOwner(cmd.Newowner)
	}
	if rel.Kind != catalog.KindTable {
		return env.alterOther(b, cmd)
	}
	switch cmd.Subtype {
	case pg_query.AlterTableType_AT_AddColumn:
		return b.alterAddColumn(cmd)
	case pg_query.AlterTableType_AT_DropColumn:
		return b.alterDropColumn(cmd)
	case pg_query.AlterTableType_AT_ColumnDefault:
		return b.alterDefault(cmd)
	case pg_query.AlterTableType_AT_SetNotNull, pg_query.AlterTableType_AT_DropNotNull:
		return b.alterNotNull(cmd)
	case pg_query.AlterTableType_AT_AlterColumnType:
		return b.alterType(cmd)
	case pg_query.AlterTableType_AT_AddIdentity, pg_query.AlterTableType_AT_SetIdentity, pg_query.AlterTableType_AT_DropIdentity:
		return b.alterIdentity(cmd)
	case pg_query.AlterTableType_AT_DropExpression:
		return b.alterDropExpression(cmd)
	case pg_query.AlterTableType_AT_AddConstraint:
		return b.alterAddConstraint(cmd.Def.GetConstraint())
	case pg_query.AlterTableType_AT_DropConstraint:
		return b.alterDropConstraint(cmd)
	case pg_query.AlterTableType_AT_ValidateConstraint:
		return b.alterValidate(cmd.Name)
	case pg_query.AlterTableType_AT_AlterConstraint:
		return b.alterConstraint(cmd.Def.GetConstraint())
	case pg_query.AlterTableType_AT_SetRelOptions, pg_query.AlterTableType_AT_ResetRelOptions:
		return b.alterOptions(cmd)
	case pg_query.AlterTableType_AT_SetAccessMethod:
		return b.alterAccessMethod(cmd.Name)
	case pg_query.AlterTableType_AT_SetLogged, pg_query.AlterTableType_AT_SetUnLogged:
		// Every table is in the log: unlogged says only how it is shown.
		b.rel.Unlogged = cmd.Subtype == pg_query.AlterTableType_AT_SetUnLogged
		return b.replace()
	}
	return notSupported("this form of ALTER TABLE")
}

// alterOther is what a view or sequence shares with a table.
func (env *Env) alterOther(b *tableBuilder, cmd *pg_query.AlterTableCmd) error {
	if b.rel.Kind == catalog.KindView && cmd.Subtype == pg_query.AlterTableType_AT_ColumnDefault {
		return notSupported("a default of a view's column")
	}
	return pgerr.New(pgerr.WrongObjectType, "ALTER action cannot be performed on relation \"%s\"", b.rel.Name).
		WithDetail("This operation is not supported for %ss.", kindName(b.rel))
}

func (b *tableBuilder) changeOwner(spec *pg_query.RoleSpec) error {
	role, err := b.env.roleOf(spec)
	if err != nil {
		return err
	}
	b.rel.Owner = role.OID
	return b.replace()
}

// alterOptions keeps storage parameters. They tune PostgreSQL's heap; they are
// shown again and mean nothing to orbit's storage.
func (b *tableBuilder) alterOptions(cmd *pg_query.AlterTableCmd) error {
	for _, n := range cmd.Def.GetList().GetItems() {
		d := n.GetDefElem()
		if cmd.Subtype == pg_query.AlterTableType_AT_ResetRelOptions {
			delete(b.rel.Options, d.Defname)
			continue
		}
		if b.rel.Options == nil {
			b.rel.Options = map[string]string{}
		}
		value, err := optionText(d)
		if err != nil {
			return err
		}
		b.rel.Options[d.Defname] = value
	}
	return b.replace()
}

// alterAddConstraint adds a constraint to a table that has rows.
func (b *tableBuilder) alterAddConstraint(k *pg_query.Constraint) error {
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_CHECK, pg_query.ConstrType_CONSTR_FOREIGN:
		add := b.addCheck
		if k.Contype == pg_query.ConstrType_CONSTR_FOREIGN {
			add = b.addForeign
		}
		c, err := add(pending{node: k})
		if err != nil {
			return err
		}
		if err := b.replace(); err != nil || !c.Validated {
			return err
		}
		return b.env.validate(b.rel, c)
	case pg_query.ConstrType_CONSTR_UNIQUE:
		index, err := b.addKey(pending{node: k})
		if err != nil {
			return err
		}
		return b.replaceAndBuild(index)
	case pg_query.ConstrType_CONSTR_PRIMARY:
		return b.alterAddPrimaryKey(k)
	}
	b.constraints = []pending{{node: k}}
	return b.addConstraints()
}

// alterAddPrimaryKey puts the rows into the new key's order, so that a table
// that got its key late is as fast as one that was made with it.
func (b *tableBuilder) alterAddPrimaryKey(k *pg_query.Constraint) error {
	env := b.env
	for _, name := range nameList(k.Keys) {
		if c := column(b.rel, name); c != nil && !c.NotNull {
			if err := env.checkNotNull(b.rel, c); err != nil {
				return err
			}
		}
	}
	old := env.view().Relation(b.rel.OID)
	if _, err := b.addKey(pending{node: k}); err != nil {
		return err
	}
	if err := b.newStorage(); err != nil {
		return err
	}
	primary := *b.rel.Indexes[0]
	primary.Clustered, primary.Storage = true, b.rel.Storage
	b.rel.Indexes[0] = &primary
	return b.rewrite(old, nil)
}

func (b *tableBuilder) alterDropConstraint(cmd *pg_query.AlterTableCmd) error {
	c := findConstraint(b.rel, cmd.Name)
	if c == nil {
		if cmd.MissingOk {
			b.env.notice(pgerr.SuccessfulCompletion, "constraint \"%s\" of relation \"%s\" does not exist, skipping", cmd.Name, b.rel.Name)
			return nil
		}
		return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" of relation \"%s\" does not exist", cmd.Name, b.rel.Name)
	}
	d := &dropper{env: b.env, cascade: cmd.Behavior == pg_query.DropBehavior_DROP_CASCADE}
	if c.Index != 0 {
		over := func(k catalog.ForeignKeyRef) bool { return k.Constraint.RefIndex == c.Index }
		if err := d.keysOver(b.rel.OID, "constraint "+c.Name+" on table "+b.rel.Name, "index "+c.Name, over); err != nil {
			return err
		}
		b.keysWithin(over)
	}
	d.tellCascade()
	return b.dropConstraint(c)
}

// dropConstraint removes a constraint with its index. Rows that lie in the order
// of a dropped primary key are put under row numbers.
func (b *tableBuilder) dropConstraint(c *catalog.Constraint) error {
	b.rel.Constraints = slices.DeleteFunc(b.rel.Constraints, func(k *catalog.Constraint) bool { return k == c })
	clustered := false
	b.rel.Indexes = slices.DeleteFunc(b.rel.Indexes, func(i *catalog.Index) bool {
		if c.Index == 0 || i.OID != c.Index {
			return false
		}
		clustered = i.Clustered
		return true
	})
	if !clustered {
		return b.replace()
	}
	old := b.env.view().Relation(b.rel.OID)
	if err := b.newStorage(); err != nil {
		return err
	}
	return b.rewrite(old, nil)
}

// alterValidate checks the rows against a constraint that was added NOT VALID.
func (b *tableBuilder) alterValidate(name string) error {
	c := findConstraint(b.rel, name)
	if c == nil {
		return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" of relation \"%s\" does not exist", name, b.rel.Name)
	}
	if c.Kind != catalog.Check && c.Kind != catalog.ForeignKey {
		return pgerr.New(pgerr.WrongObjectType, "constraint \"%s\" of relation \"%s\" is not a foreign key or check constraint", name, b.rel.Name)
	}
	if c.Validated {
		return nil
	}
	if err := b.env.validate(b.rel, c); err != nil {
		return err
	}
	n := *c
	n.Validated = true
	b.rel.Constraints[slices.Index(b.rel.Constraints, c)] = &n
	return b.replace()
}
