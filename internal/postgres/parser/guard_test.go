package parser

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

func rep(s string, n int) string { return strings.Repeat(s, n) }

// deepForms gives, by construct, a statement that nests n deep.
var deepForms = map[string]func(n int) string{
	"plus":          func(n int) string { return "select 1" + rep("+1", n) },
	"concat":        func(n int) string { return "select 'a'" + rep("||'a'", n) },
	"custom op":     func(n int) string { return "select 1" + rep(" operator(pg_catalog.+) 1", n) },
	"parens":        func(n int) string { return "select " + rep("(", n) + "1" + rep(")", n) },
	"paren plus":    func(n int) string { return "select " + rep("(", n) + "1" + rep("+1)", n) },
	"call":          func(n int) string { return "select " + rep("f(", n) + "1" + rep(")", n) },
	"sub-select":    func(n int) string { return "select " + rep("(select ", n) + "1" + rep(")", n) },
	"from":          func(n int) string { return "select * from " + rep("(select * from ", n) + "a" + rep(") x", n) },
	"exists":        func(n int) string { return "select 1 where " + rep("exists(select 1 where ", n) + "true" + rep(")", n) },
	"case":          func(n int) string { return "select " + rep("case when true then ", n) + "1" + rep(" end", n) },
	"case operand":  func(n int) string { return "select " + rep("case ", n) + "1" + rep(" when 1 then 1 end", n) },
	"not":           func(n int) string { return "select " + rep("not ", n) + "true" },
	"minus":         func(n int) string { return "select " + rep("- ", n) + "a" },
	"cast":          func(n int) string { return "select 1" + rep("::int", n) },
	"and right":     func(n int) string { return "select " + rep("(a and ", n) + "a" + rep(")", n) },
	"union":         func(n int) string { return "select 1" + rep(" union select 1", n) },
	"union as":      func(n int) string { return "select 1" + rep(" as as union select 1", n) },
	"union values":  func(n int) string { return "values (1)" + rep(" except values (1)", n) },
	"values name":   func(n int) string { return "select values" + rep(" + values", n) },
	"union field":   func(n int) string { return "select (t).as" + rep(" union select (t).as", n) },
	"join":          func(n int) string { return "select 1 from a" + rep(" join a on true", n) },
	"join right":    func(n int) string { return "select 1 from " + rep("a join ", n) + "a" + rep(" on true", n) },
	"join parens":   func(n int) string { return "select 1 from " + rep("(", n) + "a" + rep(" join b on true)", n) },
	"cross join":    func(n int) string { return "select 1 from a" + rep(" cross join a", n) },
	"array":         func(n int) string { return "select " + rep("array[", n) + "1" + rep("]", n) },
	"subscript":     func(n int) string { return "select " + rep("a[", n) + "1" + rep("]", n) },
	"is null":       func(n int) string { return "select a" + rep(" is null", n) },
	"collate":       func(n int) string { return "select a" + rep(` collate "C"`, n) },
	"at time zone":  func(n int) string { return "select a" + rep(" at time zone 'x'", n) },
	"with":          func(n int) string { return rep("with a as (", n) + "select 1" + rep(") select 1", n) },
	"grouping sets": func(n int) string { return "select 1 group by " + rep("grouping sets (", n) + "a" + rep(")", n) },
	"row":           func(n int) string { return "select " + rep("row(1,", n) + "1" + rep(")", n) },
	"field plus":    func(n int) string { return "select t.select" + rep(" + t.select", n) },
	"case label":    func(n int) string { return "select 1 as case, 1" + rep("+1", n) },
	"between":       func(n int) string { return "select a between 1 and 1" + rep("+1", n) },
	"unary run":     func(n int) string { return "select 1" + rep("-+ ", n) + "1" },
	"in e-string":   func(n int) string { return "select E'a'\n'\\'' " + rep("+1", n) + "||E'a'\n'\\''" },
	"after 1$a$":    func(n int) string { return "select 1$a$ ' $a$, 1" + rep("+1", n) + ", ' '" },
}

func TestDeepStatementsAreRefused(t *testing.T) {
	for name, form := range deepForms {
		for _, n := range []int{3000, 64_000} {
			_, err := Parse(form(n))
			if pgerr.Code(err) != pgerr.StatementTooComplex {
				t.Errorf("%s, %d deep: got %v, want 54001", name, n, err)
			}
		}
		if _, err := Parse(form(100)); err != nil && pgerr.Code(err) != pgerr.SyntaxError {
			t.Errorf("%s, 100 deep: %v", name, err)
		}
	}
	for name, sql := range map[string]string{
		"a million parentheses": "select " + rep("(", 1_000_000) + "1" + rep(")", 1_000_000),
		"a million brackets":    "select " + rep("[", 1_000_000),
		"a million CASEs":       "select " + rep("case ", 1_000_000),
	} {
		if _, err := Parse(sql); pgerr.Code(err) != pgerr.StatementTooComplex {
			t.Errorf("%s: got %v, want 54001", name, err)
		}
	}
}

func TestBigFlatStatementsPass(t *testing.T) {
	for name, sql := range map[string]string{
		"10,000 rows":       "insert into t values (1,'a',2.5)" + rep(",(1,'a',-2.5)", 9_999),
		"30,000 items":      "select * from t where a in (1" + rep(",1", 29_999) + ")",
		"1,000 ANDs":        "select * from t where a = 1" + rep(" and b = 2", 1_000),
		"5,000 ORs":         "select * from t where (a = 1 and b = 2)" + rep(" or (a = 1 and b = 2)", 5_000),
		"500 UNION ALLs":    "select a+1, b from t where a = 1" + rep(" union all select a+1, b from t where a = 1", 500),
		"500 concats":       "select 'a'" + rep(" || 'a'", 500),
		"1,000 WHENs":       "select case" + rep(" when a = 1 then b + 1", 1_000) + " end",
		"10,000 comments":   rep("/* a */ -- b\n", 10_000) + "select 1",
		"nested comments":   rep("/*", 50_000) + rep("*/", 50_000) + "select 1",
		"comment run":       rep("/**/", 50_000) + "select 1",
		"wide string":       "select '" + rep("x", 10<<20) + "'",
		"10,000 long names": "select 1 as " + rep("n", 100) + rep(", 1 as "+rep("n", 100), 9_999),
		"many statements":   rep("select 1;", 10_000),
	} {
		if _, err := Parse(sql); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusedBytes(t *testing.T) {
	for _, c := range []struct{ sql, code string }{
		{"select 'a\x00b'", pgerr.CharacterNotInRepertoire},
		{"select '\xff'", pgerr.CharacterNotInRepertoire},
		{"select '\xc3", pgerr.CharacterNotInRepertoire},
		{"select 'a", pgerr.SyntaxError},
		{"select /* a", pgerr.SyntaxError},
		{"select $a$ b $$", pgerr.SyntaxError},
		{"select " + rep("1,", 5<<20) + "1", pgerr.StatementTooComplex},
	} {
		_, err := Parse(c.sql)
		if pgerr.Code(err) != c.code {
			t.Errorf("%.40q: got %v, want %s", c.sql, err, c.code)
		}
	}
}

func TestSyntaxErrorPosition(t *testing.T) {
	_, err := Parse("select 'ä' frm t where x ===== ;")
	e, ok := errors.AsType[*pgerr.Error](err)
	if !ok || e.Code != pgerr.SyntaxError || e.Message != `syntax error at or near "t"` || e.Position != 17 {
		t.Fatalf("got %+v", err)
	}
}

// treeDepth is how deep messages nest in a parse tree.
func treeDepth(m protoreflect.Message) int {
	deepest := 0
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				deepest = max(deepest, treeDepth(v.List().Get(i).Message()))
			}
		case f.Message() != nil && !f.IsMap():
			deepest = max(deepest, treeDepth(v.Message()))
		}
		return true
	})
	return deepest + 1
}

// estimate is the depth that the guard finds.
func estimate(sql string) int {
	g := guard{levels: make([]level, 1)}
	if _, err := g.run(sql); err != nil {
		return -1
	}
	return g.deepest
}

// The guard's count must bound the tree's real depth, whatever the statement.
func checkEstimate(sql string) error {
	est := estimate(sql)
	if est < 0 {
		return nil
	}
	text, err := check(sql)
	if err != nil {
		return nil //nolint:nilerr // refused: there is no tree to compare with
	}
	tree, err := parseRaw(text)
	if err != nil {
		return nil //nolint:nilerr // no SQL
	}
	if depth := treeDepth(tree.ProtoReflect()); depth > 7*est+40 {
		return fmt.Errorf("the tree is %d deep, the guard found %d", depth, est)
	}
	return nil
}

func TestEstimateBoundsTree(t *testing.T) {
	for name, form := range deepForms {
		for _, n := range []int{10, 50, 300} {
			if err := checkEstimate(form(n)); err != nil {
				t.Errorf("%s, %d deep: %v", name, n, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, form := range deepForms {
		f.Add(form(3))
		f.Add(form(40))
	}
	for _, sql := range []string{
		"", ";", "--", "/*", "select 1 -- a\n;select 2", "select $$a$$, $b$ $$ $b$, $1, a$b$", "select U&'\\0061', U&\"a\" uescape '!'",
		"select 1.5e10, .5, 1., 1e, 0x1f, 1_000, 1$a$", "create table t (a int primary key, b varchar(10) default 'x')",
		"insert into t values (1) on conflict (a) do update set b = excluded.b returning *",
		"select E'\\'' 'a'\n'b', E'a' -- c\n'\\'(((' ", "select a[1:2], (b).c, d.*, -1::int2",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) > 1<<16 {
			return
		}
		if err := checkEstimate(sql); err != nil {
			t.Fatalf("%q: %v", sql, err)
		}
		stmts, err := Parse(sql)
		if err != nil {
			if pgerr.Code(err) == "" {
				t.Fatalf("%q: an error without a code: %v", sql, err)
			}
			return
		}
		for _, s := range stmts {
			if s.Start < 0 || s.End > len(sql) || s.Text != sql[s.Start:s.End] {
				t.Fatalf("%q: statement at %d to %d", sql, s.Start, s.End)
			}
		}
	})
}
