package plan

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// sqlGen writes random statements over the shop's tables that mostly make sense.
type sqlGen struct {
	t     *rapid.T
	depth int
	alias int
	// exact keeps to statements whose result is fully determined.
	exact bool
}

func (g *sqlGen) pick(list ...string) string { return rapid.SampledFrom(list).Draw(g.t, "pick") }
func (g *sqlGen) n(most int) int             { return rapid.IntRange(0, most).Draw(g.t, "n") }

// source is a FROM entry with its integer and text columns.
type source struct {
	alias       string
	ints, texts []string
}

func (g *sqlGen) name() string { g.alias++; return fmt.Sprintf("t%d", g.alias) }

func (g *sqlGen) table() (string, source) {
	a := g.name()
	switch g.n(8) {
	case 0, 1, 2:
		return "customers " + a, source{a, []string{"id"}, []string{"name", "city", "email"}}
	case 3, 4:
		return "orders " + a, source{a, []string{"id", "customer_id"}, []string{"note"}}
	case 5:
		return "items " + a, source{a, []string{"order_id", "line", "qty"}, []string{"product"}}
	case 6:
		return "plain " + a, source{a, []string{"a"}, []string{"b"}}
	case 7:
		return "big_orders " + a, source{a, []string{"id"}, []string{"name"}}
	}
	return "generate_series(1, 5) " + a + "(x)", source{a, []string{"x"}, nil}
}

// from writes a FROM clause over some sources; outer ones may be referred to by
// LATERAL entries.
func (g *sqlGen) from(outer []source) (string, []source) {
	text, s := g.entry(outer)
	all := []source{s}
	for range g.n(2) {
		next, ns := g.entry(append(append([]source(nil), outer...), all...))
		switch g.n(5) {
		case 0:
			text += ", " + next
			all = append(all, ns)
			continue
		default:
			kind := g.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "JOIN")
			if strings.HasPrefix(next, "LATERAL") && (kind == "RIGHT JOIN" || kind == "FULL JOIN") {
				kind = "LEFT JOIN"
			}
			on := g.intExpr(all, 1) + " = " + g.intExpr([]source{ns}, 1)
			if g.n(3) == 0 {
				on += " AND " + g.cond(append(append([]source(nil), all...), ns), 1)
			}
			text = text + " " + kind + " " + next + " ON " + on
			all = append(all, ns)
		}
	}
	return text, all
}

func (g *sqlGen) entry(outer []source) (string, source) {
	if g.depth < 3 {
		switch g.n(7) {
		case 0, 1:
			a := g.name()
			lateral, vis := "", []source(nil)
			if len(outer) > 0 && g.n(1) == 0 {
				lateral, vis = "LATERAL ", outer
			}
			q := g.query(vis, 2)
			return lateral + "(" + q + ") " + a + "(i, s)", source{a, []string{"i"}, []string{"s"}}
		}
	}
	return g.table()
}

func (g *sqlGen) intExpr(in []source, depth int) string {
	var cols []string
	for _, s := range in {
		for _, c := range s.ints {
			cols = append(cols, s.alias+"."+c)
		}
	}
	switch k := g.n(9); {
	case k < 5 && len(cols) > 0:
		return rapid.SampledFrom(cols).Draw(g.t, "col")
	case k == 5 && depth > 0:
		return "(" + g.intExpr(in, depth-1) + g.pick(" + ", " - ", " * ") + g.intExpr(in, depth-1) + ")"
	case k == 6 && depth > 0:
		return "CASE WHEN " + g.cond(in, depth-1) + " THEN " + g.intExpr(in, depth-1) + " ELSE 0 END"
	case k == 7 && depth > 0:
		return "COALESCE(" + g.intExpr(in, depth-1) + ", " + g.intExpr(in, depth-1) + ")"
	case k == 8 && g.depth < 3:
		return "(" + g.scalar(in) + ")"
	}
	return fmt.Sprint(g.n(10))
}

func (g *sqlGen) textExpr(in []source, depth int) string {
	var cols []string
	for _, s := range in {
		for _, c := range s.texts {
			cols = append(cols, s.alias+"."+c)
		}
	}
	if len(cols) > 0 && g.n(2) > 0 {
		return rapid.SampledFrom(cols).Draw(g.t, "col")
	}
	if depth > 0 {
		return "(" + g.textExpr(in, depth-1) + " || " + g.textExpr(in, depth-1) + ")"
	}
	return "'" + g.pick("a", "b", "x%") + "'"
}

func (g *sqlGen) cond(in []source, depth int) string {
	switch k := g.n(14); {
	case k < 4:
		return g.intExpr(in, depth) + g.pick(" = ", " < ", " > ", " <> ", " = ") + g.intExpr(in, depth)
	case k == 4:
		return g.textExpr(in, 0) + g.pick(" = ", " LIKE ", " < ") + g.textExpr(in, 0)
	case k == 5:
		return g.intExpr(in, 0) + " IN (1, 2, " + g.intExpr(in, 0) + ")"
	case k == 6:
		return g.intExpr(in, 0) + g.pick(" IS NULL", " IS NOT NULL")
	case k == 7 && depth > 0:
		return "(" + g.cond(in, depth-1) + g.pick(" AND ", " OR ") + g.cond(in, depth-1) + ")"
	case k == 8 && depth > 0:
		return "NOT (" + g.cond(in, depth-1) + ")"
	case k == 9 && g.depth < 3:
		return g.pick("", "NOT ") + "EXISTS (" + g.query(in, 1) + ")"
	case k == 10 && g.depth < 3:
		return g.intExpr(in, 0) + g.pick(" IN (", " NOT IN (", " < ALL (", " = ANY (") + g.oneColumn(in) + ")"
	case k == 11:
		return g.intExpr(in, 0) + " BETWEEN 1 AND " + g.intExpr(in, 0)
	}
	return g.intExpr(in, 0) + " = " + fmt.Sprint(g.n(9))
}

func (g *sqlGen) scalar(outer []source) string {
	g.depth++
	defer func() { g.depth-- }()
	from, in := g.from(nil)
	all := append(append([]source(nil), in...), outer...)
	return "SELECT " + g.pick("max(", "count(", "min(") + g.intExpr(in, 0) + ") FROM " + from + " WHERE " + g.cond(all, 1)
}

func (g *sqlGen) oneColumn(outer []source) string {
	g.depth++
	defer func() { g.depth-- }()
	from, in := g.from(nil)
	all := append(append([]source(nil), in...), outer...)
	q := "SELECT " + g.intExpr(in, 1) + " FROM " + from + " WHERE " + g.cond(all, 1)
	if !g.exact && g.n(3) == 0 {
		q += " LIMIT 3"
	}
	return q
}

// query gives an int and a text column.
func (g *sqlGen) query(outer []source, _ int) string {
	g.depth++
	defer func() { g.depth-- }()
	with := ""
	if g.depth == 1 && g.n(5) == 0 {
		with = "WITH w AS (" + g.query(nil, 1) + ") "
		a := g.name()
		return with + "SELECT " + a + ".i, " + a + ".s FROM w " + a + "(i, s) WHERE " + g.cond([]source{{a, []string{"i"}, []string{"s"}}}, 1)
	}
	from, in := g.from(outer)
	all := append(append([]source(nil), in...), outer...)
	var b strings.Builder
	where := ""
	if g.n(3) > 0 {
		where = " WHERE " + g.cond(all, 2)
	}
	switch g.n(7) {
	case 0:
		t := g.textExpr(in, 0)
		fmt.Fprintf(&b, "SELECT count(*)::int, %s FROM %s%s GROUP BY 2", t, from, where)
		if g.n(1) == 0 {
			b.WriteString(" HAVING sum(" + g.intExpr(in, 0) + ") > 3")
		}
	case 1:
		fmt.Fprintf(&b, "SELECT DISTINCT %s, %s FROM %s%s", g.intExpr(all, 1), g.textExpr(in, 0), from, where)
	case 2:
		fmt.Fprintf(&b, "SELECT (rank() OVER (PARTITION BY %s ORDER BY %s))::int, %s FROM %s%s", g.intExpr(in, 0), g.textExpr(in, 0), g.textExpr(in, 1), from, where)
	case 3:
		if g.depth < 3 {
			fmt.Fprintf(&b, "(%s) %s (%s)", g.query(outer, 1), g.pick("UNION", "UNION ALL", "EXCEPT", "INTERSECT"), g.query(outer, 1))
			break
		}
		fallthrough
	default:
		fmt.Fprintf(&b, "SELECT %s, %s FROM %s%s", g.intExpr(all, 2), g.textExpr(all, 1), from, where)
	}
	if g.exact && g.n(2) == 0 {
		// Rows that tie on both columns are alike, so LIMIT leaves no choice.
		b.WriteString(" ORDER BY " + g.pick("1, 2", "2 DESC, 1", "1 DESC, 2 DESC", "2 NULLS FIRST, 1"))
		if g.n(2) > 0 {
			b.WriteString(" LIMIT " + fmt.Sprint(g.n(6)))
		}
		return b.String() + g.pick("", " OFFSET 1")
	}
	if g.n(2) == 0 {
		b.WriteString(" ORDER BY " + g.pick("1", "2", "1, 2", "2 DESC"))
	}
	if !g.exact && g.n(3) == 0 {
		b.WriteString(" LIMIT " + fmt.Sprint(g.n(5)))
	}
	return b.String()
}

func (g *sqlGen) statement() string {
	switch g.n(7) {
	case 0:
		from, in := g.from(nil)
		all := append([]source{{"customers", []string{"id"}, []string{"name", "city"}}}, in...)
		return "UPDATE customers SET name = " + g.textExpr(all, 1) + " FROM " + from + " WHERE " + g.cond(all, 2) + " RETURNING customers.id, " + g.intExpr(all, 1)
	case 1:
		self := []source{{"orders", []string{"id", "customer_id"}, []string{"note"}}}
		return "DELETE FROM orders WHERE " + g.cond(self, 2)
	case 2:
		return "INSERT INTO plain (a, b) " + g.query(nil, 1) + " RETURNING a"
	case 3:
		t := g.name()
		return "SELECT * FROM customers " + t + " WHERE " + g.cond([]source{{t, []string{"id"}, []string{"name", "city"}}}, 2) + " FOR UPDATE"
	}
	return g.query(nil, 3)
}

// TestRandomStatements plans statements that PostgreSQL takes.
func TestRandomStatements(t *testing.T) {
	f := newShop(t)
	ref := connectReference(t)
	rapid.Check(t, func(rt *rapid.T) {
		g := &sqlGen{t: rt}
		sql := g.statement()
		stmts, err := parser.Parse(sql)
		if err != nil {
			rt.Fatalf("%s: %v", sql, err)
		}
		p, err := Build(f.env(), stmts[0].Node, nil)
		if err != nil {
			switch code := pgerr.Code(err); {
			case code == pgerr.InternalError:
				rt.Fatalf("%s: %v", sql, err)
			case ref == nil:
				return
			}
		}
		if ref != nil {
			ours, theirs := f.describe(sql), ref.describe(sql)
			if ours != theirs {
				rt.Fatalf("%s\n--- PostgreSQL\n%s--- orbit\n%s", sql, theirs, ours)
			}
		}
		if p != nil {
			checkPlan(t, sql, p)
		}
	})
}
