package parser

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func describe(l *Lifter) string {
	var out []string
	for _, lit := range l.Literals {
		out = append(out, fmt.Sprintf("%s:%s", [...]string{"", "int4", "int8", "numeric", "string"}[lit.Type], lit.Text))
	}
	return strings.Join(out, " ")
}

func TestLift(t *testing.T) {
	for _, c := range []struct{ sql, lifted, literals string }{
		{"SELECT abalance FROM a WHERE aid = 5;", "SELECT abalance FROM a WHERE aid =  $1 ;", "int4:5"},
		{"UPDATE a SET b = b + -12 WHERE c = 3000000000", "UPDATE a SET b = b +  $1  WHERE c =  $2 ", "int4:-12 int8:3000000000"},
		{"select -2147483647, - 9223372036854775809, 2147483649", "select  $1 ,  $2 ,  $3 ", "int4:-2147483647 numeric:-9223372036854775809 int8:2147483649"},
		{"select -1::text, a - 1, (-1)", "select - $1 ::text, a -  $2 , ( $3 )", "int4:1 int4:1 int4:-1"},
		{"select -/*c*/1", "select  $1 ", "int4:-1"},
		{"insert into t values (1, 'it''s', 1.5e3, null)", "insert into t values ( $1 ,  $2 ,  $3 , null)", "int4:1 string:it's numeric:1.5e3"},
		{"select * from t where a = 'x' order by 1, b + 2 limit 10", "select * from t where a =  $1  order by 1, b + 2 limit  $2 ", "string:x int4:10"},
		{"select date '2020-01-01', interval '1 day', '1'::int", "select date '2020-01-01', interval '1 day',  $1 ::int", "string:1"},
		{"select a::varchar(10), cast(b as numeric(3, 2)), f(1)", "select a::varchar(10), cast(b as numeric(3, 2)), f( $1 )", "int4:1"},
		{"select a like 'x%', a ~ 'y', E'\\n', $$z$$, array[1], b[2]", "select a like 'x%', a ~ 'y', E'\\n', $$z$$, array[1], b[2]", ""},
		{"insert into t values (1) on conflict (a) where b = 2 do update set c = 3", "insert into t values ( $1 ) on conflict (a) where b = 2 do update set c =  $2 ", "int4:1 int4:3"},
		{"select'a'", "select $1 ", "string:a"},
	} {
		var l Lifter
		if !l.Lift(c.sql) {
			t.Errorf("%s: not lifted", c.sql)
			continue
		}
		if got := l.SQL(); got != c.lifted {
			t.Errorf("%s:\n got %s\nwant %s", c.sql, got, c.lifted)
		}
		if got := describe(&l); got != c.literals {
			t.Errorf("%s: got %s, want %s", c.sql, got, c.literals)
		}
	}
}

func TestNotLifted(t *testing.T) {
	for _, sql := range []string{
		"", "begin", "select 1; select 2", "select $1", "select a + 1 from t group by a + 1", "select distinct on (1) a from t",
		"create table t (a int default 5)", "select 'a'\n'b'", "select 0x1f", "select 1_000", "select 'a", "select (1", "select 1)",
		"select '\xff'", "select sum(a) over (order by 1) from t", "explain select 1", "select \x01", "select -2147483648", "select -(9223372036854775808)", "select pg_typeof(1)", "select timestamp 'now', 1",
	} {
		var l Lifter
		if l.Lift(sql) {
			t.Errorf("%q: lifted to %q", sql, l.SQL())
		}
	}
}

func TestShapesAreTold(t *testing.T) {
	key := func(sql string) string {
		var l Lifter
		if !l.Lift(sql) {
			t.Fatalf("%s: not lifted", sql)
		}
		return string(l.Key())
	}
	same := [][2]string{
		{"select * from t where a = 1", "select  *  from t /* x */ where a = 77 -- c\n;"},
		{"select * from t where a = 'x'", "select * from t where a = ''"},
		{"select a + -1", "select a + 1"},
		{"select -/**/1", "select 7"},
	}
	for _, s := range same {
		if key(s[0]) != key(s[1]) {
			t.Errorf("%q and %q differ", s[0], s[1])
		}
	}
	differ := [][2]string{
		{"select * from t where a = 1", "select * from t where a = 3000000000"},
		{"select * from t where a = 1", "select * from t where a = '1'"},
		{"select * from t where a = 1", "select * from t where a = 1.0"},
		{"select a from t order by 1", "select a from t order by 2"},
		{"select 1 a b", "select 1 ab"},
		{"select a::varchar(1)", "select a::varchar(2)"},
		{`select "` + "\x01" + `"`, "select 1"},
	}
	for _, s := range differ {
		if key(s[0]) == key(s[1]) {
			t.Errorf("%q and %q are one shape", s[0], s[1])
		}
	}
}

// forget clears locations, which lifting moves.
func forget(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case strings.Contains(string(f.Name()), "location") || f.Name() == "stmt_len":
			m.Clear(f)
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				forget(v.List().Get(i).Message())
			}
		case f.Message() != nil:
			forget(v.Message())
		}
		return true
	})
}

// putBack puts literals in place of the parameters that stand for them.
func putBack(m protoreflect.Message, lits []Literal) {
	if n, ok := m.Interface().(*pg_query.Node); ok {
		if p := n.GetParamRef(); p != nil {
			lit := lits[p.Number-1]
			c := &pg_query.A_Const{}
			switch lit.Type {
			case LiteralInt4:
				v, _ := strconv.ParseInt(lit.Text, 10, 32)
				c.Val = &pg_query.A_Const_Ival{Ival: &pg_query.Integer{Ival: int32(v)}}
			case LiteralString:
				c.Val = &pg_query.A_Const_Sval{Sval: &pg_query.String{Sval: lit.Text}}
			default:
				c.Val = &pg_query.A_Const_Fval{Fval: &pg_query.Float{Fval: lit.Text}}
			}
			n.Node = &pg_query.Node_AConst{AConst: c}
			return
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				putBack(v.List().Get(i).Message(), lits)
			}
		case f.Message() != nil:
			putBack(v.Message(), lits)
		}
		return true
	})
}

// Putting the literals back must give the tree of the statement as it was.
func FuzzLift(f *testing.F) {
	for _, sql := range []string{
		"SELECT abalance FROM a WHERE aid = 5;", "UPDATE a SET b = b + -12 WHERE c = - 3000000000", "select -1::text, a - 1, -1 ^ 2, 1.5, .5e-3",
		"insert into t values (1, 'it''s', 1.5e3, null) returning 2", "select * from t where a in (1, 2) and b between -1 and 'x' order by 1 limit 10 offset 2",
		"select case when a = 1 then 'x' else '' end, f(1, -2), a->'b', cast('1' as int), substring(a from 1 for 2)",
		"delete from t where a = any('{1,2}') or not 1 = 2", "with x as (select 1) select 'a' from x union all values ('b')",
		"select 1 # -2, 3@-4, 5!=-6, (-7), 8--9\n, 1 is not distinct from 2",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var l Lifter
		if len(sql) > 2000 || !l.Lift(sql) || len(l.Literals) == 0 {
			return
		}
		whole, errWhole := Parse(sql)
		lifted, errLifted := Parse(l.SQL())
		if errLifted != nil {
			return // the statement will be parsed as it stands
		}
		if errWhole != nil {
			t.Fatalf("%q is an error (%v) but not lifted: %q", sql, errWhole, l.SQL())
		}
		if len(whole) != len(lifted) {
			t.Fatalf("%q: %d statements, lifted %d", sql, len(whole), len(lifted))
		}
		for i := range whole {
			a := proto.CloneOf(whole[i].Node)
			b := proto.CloneOf(lifted[i].Node)
			putBack(b.ProtoReflect(), l.Literals)
			forget(a.ProtoReflect())
			forget(b.ProtoReflect())
			if !proto.Equal(a, b) {
				t.Fatalf("%q lifted to %q:\n%v\n%v", sql, l.SQL(), a, b)
			}
		}
	})
}

func BenchmarkLift(b *testing.B) {
	var l Lifter
	for b.Loop() {
		if !l.Lift("SELECT abalance FROM pgbench_accounts WHERE aid = 71234;") {
			b.Fatal("not lifted")
		}
	}
}
