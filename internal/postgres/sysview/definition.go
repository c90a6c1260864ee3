package sysview

import (
	"regexp"
	"strconv"
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

// Kinds of expression in a pg_node_tree.
const (
	nodeDefault   = "DEFAULT"  // of a column, by attnum; a generation expression too
	nodeCheck     = "CHECK"    // of a constraint, by OID
	nodePredicate = "INDPRED"  // of an index, by OID
	nodeKeys      = "INDEXPRS" // of an index, by OID: all its expressions
)

// nodeTree is a value of pg_node_tree: it names the expression, which
// pg_get_expr finds by that, and shows its SQL. It is NULL where there is none.
func nodeTree(kind string, id int64, sql string) types.Datum {
	if sql == "" {
		return null
	}
	return text("{" + kind + " :id " + strconv.FormatInt(id, 10) + " :sql " + sql + "}")
}

var nodePattern = regexp.MustCompile(`(?s)^\{([A-Z]+) :id (\d+) :sql (.*)\}$`)

// exprOf is pg_get_expr. What is no pg_node_tree of ours stays as it is.
func (n *namer) exprOf(r *catalog.Relation, tree string, pretty bool) string {
	m := nodePattern.FindStringSubmatch(tree)
	if m == nil {
		return tree
	}
	sql := m[3]
	id, err := strconv.ParseUint(m[2], 10, 32)
	if err != nil {
		return sql
	}
	switch m[1] {
	case nodeDefault:
		if id == 0 || int(id) > len(r.Columns) {
			return sql
		}
		c := r.Columns[id-1]
		if c.Generated != "" {
			return n.expression(r, c.Generated, plan.GeneratedExpr, c.Type, c.Typmod, pretty)
		}
		return n.expression(r, c.Default, plan.DefaultExpr, c.Type, c.Typmod, pretty)
	case nodeCheck:
		return n.expression(r, sql, plan.CheckCondition, 0, -1, pretty)
	case nodePredicate:
		return n.expression(r, sql, plan.IndexPredicate, 0, -1, pretty)
	}
	i, of := n.view.Index(types.OID(id))
	if i == nil || of != r {
		return sql
	}
	var shown []string
	for _, k := range i.Keys {
		if k.Column == 0 {
			shown = append(shown, n.expression(r, k.Expr, plan.IndexExpr, 0, -1, pretty))
		}
	}
	return strings.Join(shown, ", ")
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
			if len(c.DeleteSet) > 0 {
				b.WriteString(" (" + columnList(r, c.DeleteSet) + ")")
			}
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
