package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// expression writes an expression kept in the catalog as PostgreSQL would show
// it. Where it cannot be analysed any more it stands as it was kept.
func (n *namer) expression(r *catalog.Relation, sql string, kind plan.ExprKind, want types.OID, mod types.Typmod, pretty bool) string {
	e, err := plan.Expression(n.planEnv(), r, sql, kind, want, mod)
	if err != nil {
		return sql
	}
	return n.deparse(e, pretty)
}

// deparse writes an analysed expression. Names in it, of sequences above all,
// are as the session sees them.
func (n *namer) deparse(e plan.Expr, pretty bool) string {
	f := n.fn.Format
	f.Names = Names(n.fn)
	return plan.Deparse(e, plan.DeparseOptions{Format: &f, Indent: true, Pretty: pretty})
}

// exprOf is pg_get_expr: the text tells which of the relation's expressions it is.
func (n *namer) exprOf(r *catalog.Relation, sql string, pretty bool) string {
	for _, c := range r.Columns {
		switch sql {
		case c.Generated:
			return n.expression(r, sql, plan.GeneratedExpr, c.Type, c.Typmod, pretty)
		case c.Default:
			return n.expression(r, sql, plan.DefaultExpr, c.Type, c.Typmod, pretty)
		}
	}
	for _, c := range r.Constraints {
		if c.Expr == sql {
			return n.expression(r, sql, plan.CheckCondition, 0, -1, pretty)
		}
	}
	for _, i := range r.Indexes {
		if i.Predicate == sql {
			return n.expression(r, sql, plan.IndexPredicate, 0, -1, pretty)
		}
		var exprs, shown []string
		for _, k := range i.Keys {
			if k.Column == 0 {
				exprs = append(exprs, k.Expr)
				shown = append(shown, n.expression(r, k.Expr, plan.IndexExpr, 0, -1, pretty))
			}
		}
		if strings.Join(exprs, ", ") == sql {
			return strings.Join(shown, ", ")
		}
	}
	return sql
}

// columnList names columns, with commas between.
func columnList(r *catalog.Relation, columns []int16) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = builtin.QuoteIdent(r.Columns[c-1].Name)
	}
	return strings.Join(names, ", ")
}

var fkActions = map[byte]string{'r': "RESTRICT", 'c': "CASCADE", 'n': "SET NULL", 'd': "SET DEFAULT"}

// constraintDef is pg_get_constraintdef.
func (n *namer) constraintDef(r *catalog.Relation, c *catalog.Constraint, pretty bool) string {
	var b strings.Builder
	switch c.Kind {
	case catalog.PrimaryKey, catalog.Unique:
		b.WriteString("PRIMARY KEY (")
		index, _ := n.view.Index(c.Index)
		if c.Kind == catalog.Unique {
			b.Reset()
			b.WriteString("UNIQUE ")
			if index != nil && index.NullsNotDistinct {
				b.WriteString("NULLS NOT DISTINCT ")
			}
			b.WriteString("(")
		}
		b.WriteString(columnList(r, c.Columns) + ")")
		if index != nil && len(index.Include) > 0 {
			b.WriteString(" INCLUDE (" + columnList(r, index.Include) + ")")
		}
	case catalog.Check:
		b.WriteString("CHECK (" + n.expression(r, c.Expr, plan.CheckCondition, 0, -1, pretty) + ")")
		if c.NoInherit {
			b.WriteString(" NO INHERIT")
		}
	case catalog.ForeignKey:
		b.WriteString("FOREIGN KEY (" + columnList(r, c.Columns) + ") REFERENCES ")
		if ref := n.view.Relation(c.RefTable); ref != nil {
			b.WriteString(n.relation(ref) + "(" + columnList(ref, c.RefColumns) + ")")
		}
		if c.Match == 'f' {
			b.WriteString(" MATCH FULL")
		}
		if a := fkActions[c.OnUpdate]; a != "" {
			b.WriteString(" ON UPDATE " + a)
		}
		if a := fkActions[c.OnDelete]; a != "" {
			b.WriteString(" ON DELETE " + a)
		}
	}
	if c.Deferrable {
		b.WriteString(" DEFERRABLE")
	}
	if c.Deferred {
		b.WriteString(" INITIALLY DEFERRED")
	}
	if !c.Validated {
		b.WriteString(" NOT VALID")
	}
	return b.String()
}

// indexKey writes one key of an index, or an included column; pos is from 0.
func (n *namer) indexKey(i *catalog.Index, r *catalog.Relation, pos int, pretty bool) string {
	if pos >= len(i.Keys) {
		return columnList(r, i.Include[pos-len(i.Keys):pos-len(i.Keys)+1])
	}
	k := i.Keys[pos]
	if k.Column != 0 {
		return columnList(r, []int16{k.Column})
	}
	e, err := plan.Expression(n.planEnv(), r, k.Expr, plan.IndexExpr, 0, -1)
	if err != nil {
		return "(" + k.Expr + ")"
	}
	text := n.deparse(e, pretty)
	if call, ok := e.(*plan.Call); ok && call.Op == "" {
		return text
	}
	return "(" + text + ")"
}

// indexDef is pg_get_indexdef; column is 0 for all of it.
func (n *namer) indexDef(i *catalog.Index, r *catalog.Relation, column int, pretty bool) string {
	if column > 0 {
		if column > len(i.Keys)+len(i.Include) {
			return ""
		}
		return n.indexKey(i, r, column-1, pretty)
	}
	var b strings.Builder
	b.WriteString("CREATE ")
	if i.Unique {
		b.WriteString("UNIQUE ")
	}
	table := n.qualified(r.Schema, r.Name)
	if pretty {
		table = n.relation(r)
	}
	b.WriteString("INDEX " + builtin.QuoteIdent(i.Name) + " ON " + table + " USING " + i.Method + " (")
	for pos, k := range i.Keys {
		if pos > 0 {
			b.WriteString(", ")
		}
		b.WriteString(n.indexKey(i, r, pos, pretty))
		if o := opclassOf(n.view, k.Type, k.Opclass); o != defaultOpclass(n.view, k.Type) {
			if c := opclassByOID(o); c != nil {
				b.WriteString(" " + c.name)
			}
		}
		switch {
		case k.Desc && !k.NullsFirst:
			b.WriteString(" DESC NULLS LAST")
		case k.Desc:
			b.WriteString(" DESC")
		case k.NullsFirst:
			b.WriteString(" NULLS FIRST")
		}
	}
	b.WriteString(")")
	if len(i.Include) > 0 {
		b.WriteString(" INCLUDE (" + columnList(r, i.Include) + ")")
	}
	if i.NullsNotDistinct {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	if i.Predicate != "" {
		b.WriteString(" WHERE " + n.expression(r, i.Predicate, plan.IndexPredicate, 0, -1, pretty))
	}
	return b.String()
}
