package parser

import (
	"fmt"
	"strings"
	"testing"
)

func TestCacheForgetsTheOldest(t *testing.T) {
	c := NewCache(100_000)
	parse := func(sql string) []Statement {
		t.Helper()
		stmts, err := c.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		return stmts
	}
	first := parse("select 0")
	for i := range 500 {
		parse(fmt.Sprintf("select %d", i))
		if &parse("select 0")[0] != &first[0] {
			t.Fatal("a text in use was forgotten")
		}
	}
	if n := c.Len(); n < 20 || n > 200 {
		t.Errorf("%d texts are kept", n)
	}
	if c.used > c.limit {
		t.Errorf("%d bytes of %d are used", c.used, c.limit)
	}
	n := c.Len()
	parse("select '" + strings.Repeat("x", 10_000) + "'")
	if c.Len() != n {
		t.Error("a text that is too big was kept")
	}
	if _, err := c.Parse("selec"); err == nil || c.Len() != n {
		t.Error("an error was kept")
	}
}

func TestStatements(t *testing.T) {
	sql := "  select 1 ; -- one\n/* two */ begin;show jit; create table t (a int) ; select $3::int, '$9', $2 "
	stmts, err := Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		text string
		kind Kind
	}{{"select 1", Query}, {"begin", Transaction}, {"show jit", Session}, {"create table t (a int)", Definition}, {"select $3::int, '$9', $2", Query}}
	if len(stmts) != len(want) {
		t.Fatalf("%d statements", len(stmts))
	}
	for i, s := range stmts {
		if s.Text != want[i].text || s.Kind != want[i].kind || s.Params != 3 {
			t.Errorf("statement %d: %q, kind %d, %d parameters", i, s.Text, s.Kind, s.Params)
		}
	}
	for _, empty := range []string{"", " ", ";", ";;--x", "/* */"} {
		if stmts, err := Parse(empty); err != nil || len(stmts) != 0 {
			t.Errorf("%q: %d statements, %v", empty, len(stmts), err)
		}
	}
	text, err := Deparse(stmts[4].Node)
	if err != nil || text != "SELECT $3::int, '$9', $2" {
		t.Errorf("written back: %q, %v", text, err)
	}
}
