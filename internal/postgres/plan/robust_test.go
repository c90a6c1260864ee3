package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// statements are the statements of the datadriven files.
func statements(t testing.TB) []string {
	var out []string
	for _, dir := range []string{"testdata/analysis", "testdata/plans"} {
		files, err := filepath.Glob(dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Split(string(b), "\n----") {
				lines := strings.Split(strings.TrimSpace(part), "\n")
				out = append(out, lines[len(lines)-1])
			}
		}
	}
	return out
}

// FuzzBuild plans whatever parses: it must give a plan that EXPLAIN can show, or
// an error of its own, never XX000.
func FuzzBuild(f *testing.F) {
	for _, s := range statements(f) {
		f.Add(s)
	}
	shop := newShop(f)
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) > 2000 {
			return
		}
		stmts, err := parser.Parse(sql)
		if err != nil {
			return
		}
		for _, s := range stmts {
			if s.Kind != parser.Query {
				continue
			}
			p, err := Build(shop.env(), s.Node, nil)
			if err != nil {
				if pgerr.Code(err) == pgerr.InternalError {
					t.Fatalf("%s: %v", sql, err)
				}
				continue
			}
			checkPlan(t, sql, p)
		}
	})
}

// TestCopiesAreBounded nests what repeats its operand: the tree would double with
// every level.
func TestCopiesAreBounded(t *testing.T) {
	f := newShop(t)
	for _, form := range []string{
		"(%s BETWEEN false AND true)", "(%s BETWEEN SYMMETRIC false AND true)",
		"CASE %s WHEN true THEN false WHEN false THEN true END", "(%s IN (true, active, false, id = 1))",
	} {
		sql := "active"
		for range 60 {
			sql = fmt.Sprintf(form, sql)
		}
		stmts, err := parser.Parse("SELECT " + sql + " FROM customers")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Build(f.env(), stmts[0].Node, nil); pgerr.Code(err) != pgerr.StatementTooComplex {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// checkPlan verifies what execution relies on: columns within their input,
// types known, slots within the plan's number.
func checkPlan(t testing.TB, sql string, p *Plan) {
	Explain(p, ExplainOptions{Verbose: true, Costs: true})
	for _, c := range p.Columns {
		if c.Type == types.UnknownOID || c.Type == 0 {
			t.Fatalf("%s: column %s has no type", sql, c.Name)
		}
	}
	var visit func(n Node)
	visit = func(n Node) {
		check := func(e Expr, width int) {
			walkExpr(e, func(x Expr) bool {
				switch x := x.(type) {
				case *Column:
					if x.Index < 0 || x.Index >= width {
						t.Fatalf("%s: %T refers to column %d of %d", sql, n, x.Index, width)
					}
				case *Slot:
					if x.Slot >= p.Slots {
						t.Fatalf("%s: slot %d of %d", sql, x.Slot, p.Slots)
					}
				case *colRef, *subLink, *aggRef, *winRef, *groupingRef:
					t.Fatalf("%s: %T left in the plan", sql, x)
				case *Subquery:
					visit(x.Plan)
				}
				return true
			})
		}
		own := len(n.Out())
		in := 0
		for _, c := range n.Inputs() {
			in += len(c.Out())
		}
		switch x := n.(type) {
		case *Scan:
			check(x.Filter, own)
			for _, s := range x.Spans {
				for _, e := range s.Eq {
					check(e, 0)
				}
				check(s.Lower, 0)
				check(s.Upper, 0)
			}
			if w := len(x.Columns); own != w && (own != w+1 || !x.WithTID) {
				t.Fatalf("%s: scan of %d columns gives %d", sql, w, own)
			}
		case *Aggregate:
			for _, e := range x.Group {
				check(e, in)
			}
			for _, a := range x.Aggs {
				for _, e := range a.Args {
					check(e, in)
				}
				check(a.Filter, in)
			}
			check(x.Having, own)
			if want := len(x.Group) + len(x.Aggs) + len(x.Grouping); own != want {
				t.Fatalf("%s: aggregate gives %d of %d columns", sql, own, want)
			}
		case *Project:
			for _, e := range x.Exprs {
				check(e, in)
			}
			if own != len(x.Exprs) {
				t.Fatalf("%s: projection of %d gives %d", sql, len(x.Exprs), own)
			}
		case *ProjectSet:
			for _, e := range x.Exprs {
				check(e, in)
			}
		case *HashJoin:
			for i := range x.OuterKeys {
				check(x.OuterKeys[i], len(x.Outer.Out()))
				check(x.InnerKeys[i], len(x.Inner.Out()))
			}
			check(x.Cond, in)
		case *NestLoop:
			check(x.Cond, in)
			for _, b := range x.Binds {
				check(b.Expr, len(x.Outer.Out()))
			}
		case *Update:
			for _, a := range x.Set {
				check(a.Expr, in)
			}
			check(x.Recheck, in)
			if in < len(x.Rel.Columns)+1 {
				t.Fatalf("%s: update reads %d columns", sql, in)
			}
		case *Delete:
			check(x.Recheck, in)
		case *Insert:
			if in != len(x.Columns) {
				t.Fatalf("%s: insert of %d columns reads %d", sql, len(x.Columns), in)
			}
		case *Sort:
			for _, k := range x.Keys {
				check(k.Expr, in)
			}
		default:
			eachNodeExpr(n, func(e Expr) { check(e, max(in, own)) })
		}
		for _, c := range n.Inputs() {
			visit(c)
		}
	}
	visit(p.Root)
}

func BenchmarkBuildPoint(b *testing.B) {
	f := newShop(b)
	stmts, err := parser.Parse("SELECT name, city FROM customers WHERE id = $1")
	if err != nil {
		b.Fatal(err)
	}
	env := f.env()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(env, stmts[0].Node, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildUpdate(b *testing.B) {
	f := newShop(b)
	stmts, err := parser.Parse("UPDATE customers SET name = $2 WHERE id = $1")
	if err != nil {
		b.Fatal(err)
	}
	env := f.env()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(env, stmts[0].Node, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildJoin(b *testing.B) {
	f := newShop(b)
	stmts, err := parser.Parse(`SELECT c.name, sum(i.qty) FROM customers c JOIN orders o ON o.customer_id = c.id
 JOIN items i ON i.order_id = o.id LEFT JOIN plain p ON p.a = i.line WHERE c.city = $1 GROUP BY c.name ORDER BY 2 DESC LIMIT 10`)
	if err != nil {
		b.Fatal(err)
	}
	env := f.env()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(env, stmts[0].Node, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBuildManyTables joins chains of tables, beyond what dynamic
// programming is used for too.
func BenchmarkBuildManyTables(b *testing.B) {
	for _, n := range []int{4, 9, 20} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			f := newShop(b)
			sql := "SELECT count(*) FROM customers t0"
			for i := 1; i < n; i++ {
				sql += fmt.Sprintf(" JOIN customers t%d ON t%d.id = t%d.id", i, i, i-1)
			}
			stmts, err := parser.Parse(sql)
			if err != nil {
				b.Fatal(err)
			}
			env := f.env()
			for b.Loop() {
				if _, err := Build(env, stmts[0].Node, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
