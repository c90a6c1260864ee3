package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// alterType gives a column another type, its values converted by USING or as in
// an assignment.
func (b *tableBuilder) alterType(cmd *pg_query.AlterTableCmd) error {
	env, def := b.env, cmd.Def.GetColumnDef()
	c := column(b.rel, cmd.Name)
	if c == nil {
		return undefinedColumn(b.rel, cmd.Name)
	}
	if err := env.refuseViewUse(b.rel, c, "alter type of a column"); err != nil {
		return err
	}
	typ, mod, err := plan.ResolveType(env.planEnv(), def.TypeName)
	if err != nil {
		return err
	}
	old := env.view().Relation(b.rel.OID)
	using := def.RawDefault
	if using == nil {
		using = &pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: &pg_query.ColumnRef{Fields: []*pg_query.Node{pg_query.MakeStrNode(c.Name)}, Location: -1}}}
	}
	e, err := env.convert(old, c, using, def.RawDefault != nil, typ, mod)
	if err != nil {
		return err
	}
	n := *c
	n.Type, n.Typmod, n.HasMissing, n.Missing = typ, mod, false, ""
	if err := b.convertDefault(&n); err != nil {
		return err
	}
	b.rel.Columns[c.Num-1] = &n
	if err := b.retypeIndexes(c.Num, typ); err != nil {
		return err
	}
	if n.Identity != 0 && typ != types.Int2OID && typ != types.Int4OID && typ != types.Int8OID {
		return pgerr.New(pgerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	if err := b.rewriteWith(old, int(c.Num-1), e); err != nil {
		return err
	}
	// Checks and generated columns are read anew against the new type.
	if _, _, _, err = plan.RowRules(env.planEnv(), env.view().Relation(b.rel.OID)); err != nil {
		return err
	}
	return env.recheckKeys(b.rel, c.Num)
}

// convert analyses the expression that makes the new values out of the old row.
func (env *Env) convert(old *catalog.Relation, c *catalog.Column, using *pg_query.Node, given bool, typ types.OID, mod types.Typmod) (plan.Expr, error) {
	name := types.FormatType(typ, -1)
	e, err := plan.ExpressionOf(env.planEnv(), old, using, plan.TransformExpr, typ, mod, c.Name)
	if err == nil {
		return e, nil
	}
	if pgerr.Code(err) != pgerr.DatatypeMismatch {
		return nil, err
	}
	if given {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "result of USING clause for column \"%s\" cannot be cast automatically to type %s", c.Name, name).
			WithHint("You might need to add an explicit cast.")
	}
	return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" cannot be cast automatically to type %s", c.Name, name).
		WithHint("You might need to specify \"USING %s::%s\".", c.Name, types.FormatType(typ, mod))
}

// convertDefault reads the default anew for the new type.
func (b *tableBuilder) convertDefault(c *catalog.Column) error {
	if c.Default == "" {
		return nil
	}
	expr, err := plan.ParseExpr(c.Default)
	if err != nil {
		return err
	}
	if _, err := plan.ExpressionOf(b.env.planEnv(), nil, expr, plan.DefaultExpr, c.Type, c.Typmod, c.Name); err != nil {
		return pgerr.New(pgerr.DatatypeMismatch, "default for column \"%s\" cannot be cast automatically to type %s", c.Name, types.FormatType(c.Type, -1))
	}
	return nil
}

// retypeIndexes gives index keys on the column its new type.
func (b *tableBuilder) retypeIndexes(num int16, typ types.OID) error {
	for i, index := range b.rel.Indexes {
		if !indexUses(index, num) {
			continue
		}
		if err := indexable(typ); err != nil {
			return err
		}
		n := *index
		n.Keys = slices.Clone(index.Keys)
		for k := range n.Keys {
			if n.Keys[k].Column == num {
				n.Keys[k].Type = typ
			}
		}
		b.rel.Indexes[i] = &n
	}
	return nil
}
