package builtin

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// The cases in testdata say what PostgreSQL 15 answers, one a line: what is
// called, its arguments, and the answer as text, or ! with the SQLSTATE and
// message. What is called is name(types), op(left,right), op(,right), or
// from::to for a cast. Rows and an aggregate's inputs are separated by ¦, \N is
// NULL. -update asks the server that ORBIT_TEST_POSTGRES names, and rewrites
// the answers.
var update = flag.Bool("update", false, "rewrite testdata with the answers of a PostgreSQL server")

const rowSep = "¦"

var (
	unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t")
	escape   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`)
)

func sqlAnswer(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	results, err := conn.Exec(context.Background(), sql).ReadAll()
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return "!" + pe.Code + " " + pe.Message
	}
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range results[len(results)-1].Rows {
		var cols []string
		for _, v := range row {
			if v == nil {
				cols = append(cols, "NULL")
			} else {
				cols = append(cols, string(v))
			}
		}
		rows = append(rows, strings.Join(cols, "|"))
	}
	return strings.Join(rows, rowSep)
}

func sqlLiteral(text, typ string) string {
	if typ == "char" || typ == "bit" {
		typ = `pg_catalog."` + typ + `"` // not char(1) and bit(1)
	}
	if text == `\N` {
		return "NULL::" + typ
	}
	return "'" + strings.ReplaceAll(unescape.Replace(text), "'", "''") + "'::" + typ
}

// testCase is one line.
type testCase struct {
	name  string   // function or operator; "" for a cast
	types []string // argument types; of a cast from and to
	args  []string
	want  string
}

func parseCase(line string) testCase {
	cols := strings.Split(line, "\t")
	c := testCase{args: cols[1 : len(cols)-1], want: unescape.Replace(cols[len(cols)-1])}
	if from, to, ok := strings.Cut(cols[0], "::"); ok {
		c.types = []string{from, to}
		return c
	}
	open := strings.LastIndexByte(cols[0], '(')
	c.name = cols[0][:open]
	if list := strings.TrimSuffix(cols[0][open+1:], ")"); list != "" {
		c.types = strings.Split(list, ",")
	}
	return c
}

func (c testCase) isOperator() bool {
	return c.name != "" && !(c.name[0] == '_' || c.name[0]|0x20 >= 'a' && c.name[0]|0x20 <= 'z')
}

func (c testCase) sql(kind byte, set bool) string {
	switch {
	case c.name == "":
		to := c.types[1]
		if to == "char" {
			to = `"char"`
		}
		return "select " + sqlLiteral(c.args[0], c.types[0]) + "::" + to
	case c.isOperator():
		op := " OPERATOR(pg_catalog." + c.name + ") "
		if c.types[0] == "" {
			return "select" + op + sqlLiteral(c.args[0], c.types[1])
		}
		return "select " + sqlLiteral(c.args[0], c.types[0]) + op + sqlLiteral(c.args[1], c.types[1])
	case kind == 'a':
		var rows []string
		n := 1
		for _, col := range c.args {
			n = max(n, strings.Count(col, rowSep)+1)
		}
		for i := range n {
			var vals []string
			for j, col := range c.args {
				if cells := strings.Split(col, rowSep); i < len(cells) {
					vals = append(vals, sqlLiteral(cells[i], c.types[j]))
				} else {
					vals = append(vals, sqlLiteral(cells[0], c.types[j]))
				}
			}
			rows = append(rows, "("+strings.Join(vals, ",")+")")
		}
		names := []string{"a", "b", "c"}[:len(c.args)]
		call := c.name + "(" + strings.Join(names, ",") + ")"
		if strings.HasPrefix(c.name, "percentile") {
			call = c.name + "(" + sqlLiteral(strings.Split(c.args[0], rowSep)[0], c.types[0]) + ") within group (order by b)"
		} else if c.name == "mode" {
			call = "mode() within group (order by a)"
		}
		return "select " + call + " from (values " + strings.Join(rows, ",") + ") v(" + strings.Join(names, ",") + ")"
	}
	var args []string
	for i, a := range c.args {
		args = append(args, sqlLiteral(a, c.types[i]))
	}
	call := `pg_catalog."` + c.name + `"(` + strings.Join(args, ",") + ")"
	if set {
		return "select * from " + call
	}
	return "select " + call
}

func oidsOf(t *testing.T, names []string) []types.OID {
	t.Helper()
	oids := make([]types.OID, len(names))
	for i, n := range names {
		if n == "" {
			continue
		}
		typ := types.ByName(n)
		if typ == nil {
			t.Fatalf("no type %q", n)
		}
		oids[i] = typ.OID
	}
	return oids
}

// accepts tells whether a declared argument type takes an actual one; loose,
// whether arrays count as elements.
func accepts(declared, actual types.OID, loose bool) bool {
	switch declared {
	case actual, types.AnyOID:
		return true
	case types.AnyElementOID, types.AnyCompatibleOID:
		return loose || types.ElemOf(actual) == 0
	case types.AnyNonArrayOID, types.AnyCompatibleNonArrayOID:
		return types.ElemOf(actual) == 0
	case types.AnyArrayOID, types.AnyCompatibleArrayOID:
		return types.ElemOf(actual) != 0
	}
	return false
}

func findFunction(name string, oids []types.OID, loose bool) *Function {
	for _, f := range Functions(name) {
		if f.Variadic == types.AnyOID {
			if len(oids) >= len(f.Args)-1 {
				fixed := true
				for i := range f.Args[:len(f.Args)-1] {
					fixed = fixed && accepts(f.Args[i], oids[i], loose)
				}
				if fixed {
					return f
				}
			}
			continue
		}
		if len(f.Args) != len(oids) {
			continue
		}
		ok := true
		for i := range oids {
			ok = ok && accepts(f.Args[i], oids[i], loose)
		}
		if ok {
			return f
		}
	}
	return nil
}

// resultType resolves a polymorphic result from the arguments.
func resultType(f *Function, oids []types.OID) types.OID {
	switch f.Ret {
	case types.AnyArrayOID, types.AnyCompatibleArrayOID:
		for i, d := range f.Args {
			if d == types.AnyArrayOID || d == types.AnyCompatibleArrayOID {
				return oids[i]
			}
		}
		return types.ArrayOf(oids[0])
	case types.AnyElementOID, types.AnyCompatibleOID:
		for i, d := range f.Args {
			switch d {
			case types.AnyElementOID, types.AnyCompatibleOID:
				return oids[i]
			case types.AnyArrayOID:
				return types.ElemOf(oids[i])
			}
		}
	}
	return f.Ret
}

func testContext(t *testing.T) *Context {
	t.Helper()
	loc, err := types.LoadZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	return &Context{TxTime: now, StmtTime: now, Location: loc, Format: types.Format{ExtraFloatDigits: 1, Location: loc}}
}

func input(t *testing.T, c *Context, oid types.OID, text string) types.Datum {
	t.Helper()
	if text == `\N` {
		return types.Null
	}
	d, err := types.Input(oid, unescape.Replace(text), -1, c.format())
	if err != nil {
		t.Fatalf("argument %q: %v", text, err)
	}
	return d
}

func output(oid types.OID, d types.Datum, err error, c *Context) string {
	switch {
	case err != nil:
		e := pgerr.From(err)
		return "!" + e.Code + " " + e.Message
	case d.IsNull():
		return "NULL"
	}
	return types.Output(oid, d, c.format())
}

// lookup finds what a case calls; the function is already bound.
func (c testCase) lookup(t *testing.T) (f *Function, oids []types.OID, ret types.OID) {
	t.Helper()
	oids = oidsOf(t, c.types)
	if c.isOperator() {
		for _, loose := range []bool{false, true} {
			for _, op := range Operators(c.name) {
				if f == nil && (op.Left == 0) == (oids[0] == 0) && (op.Left == 0 || accepts(op.Left, oids[0], loose)) &&
					accepts(op.Right, oids[1], loose) {
					f = op.Fn
				}
			}
		}
		if oids[0] == 0 {
			oids = oids[1:]
		}
	} else {
		if f = findFunction(c.name, oids, false); f == nil {
			f = findFunction(c.name, oids, true)
		}
	}
	if f == nil {
		return nil, oids, 0
	}
	ret = resultType(f, oids)
	return f.For(oids, ret), oids, ret
}

func (c testCase) run(t *testing.T, ctx *Context, f *Function, oids []types.OID, ret types.OID) string {
	t.Helper()
	if f.Agg != nil {
		return c.aggregate(t, ctx, f, oids, ret)
	}
	args := make([]types.Datum, len(oids))
	for i, oid := range oids {
		args[i] = input(t, ctx, oid, c.args[i])
		if args[i].IsNull() && f.Strict {
			if f.Set != nil {
				return ""
			}
			return "NULL"
		}
	}
	if f.Set == nil {
		d, err := f.Fn(ctx, args)
		return output(ret, d, err, ctx)
	}
	var rows []string
	err := f.Set(ctx, args, func(row []types.Datum) error {
		var cols []string
		for i, d := range row {
			oid := ret
			if len(f.OutTypes) > 1 {
				oid = f.OutTypes[i]
			} else if types.IsPolymorphic(ret) || ret == types.AnyElementOID {
				oid = types.ElemOf(oids[0])
			}
			cols = append(cols, output(oid, d, nil, ctx))
		}
		rows = append(rows, strings.Join(cols, "|"))
		return nil
	})
	if err != nil {
		return output(ret, types.Null, err, ctx)
	}
	return strings.Join(rows, rowSep)
}

func (c testCase) aggregate(t *testing.T, ctx *Context, f *Function, oids []types.OID, ret types.OID) string {
	t.Helper()
	s := f.Agg.New()
	n := 1
	for _, col := range c.args {
		n = max(n, strings.Count(col, rowSep)+1)
	}
	for i := range n {
		args := make([]types.Datum, len(oids))
		null := false
		for j, oid := range oids {
			cells := strings.Split(c.args[j], rowSep)
			args[j] = input(t, ctx, oid, cells[min(i, len(cells)-1)])
			null = null || args[j].IsNull()
		}
		if f.Strict && null {
			continue
		}
		if err := s.Add(ctx, args); err != nil {
			return output(ret, types.Null, err, ctx)
		}
	}
	if s.Size() <= 0 {
		t.Errorf("%s: size %d", c.name, s.Size())
	}
	d, err := s.Result(ctx)
	return output(ret, d, err, ctx)
}

func (c testCase) runCast(t *testing.T, ctx *Context) string {
	t.Helper()
	oids := oidsOf(t, c.types)
	d := input(t, ctx, oids[0], c.args[0])
	cast := FindCast(oids[0], oids[1])
	if cast == nil {
		t.Fatalf("no cast %v", c.types)
	}
	if cast.Fn == nil {
		return output(oids[1], d, nil, ctx)
	}
	v, err := cast.Fn(ctx, d, -1, true)
	return output(oids[1], v, err, ctx)
}

// closeFloats tells results of transcendental functions that differ in the last
// bits only, as those of two mathematical libraries do.
func closeFloats(ret types.OID, got, want string) bool {
	if ret != types.Float8OID {
		return false
	}
	g, err1 := strconv.ParseFloat(got, 64)
	w, err2 := strconv.ParseFloat(want, 64)
	return err1 == nil && err2 == nil && math.Abs(g-w) <= 4e-15*math.Abs(w)
}

func TestFunctions(t *testing.T) {
	const path = "testdata/functions.tsv"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var conn *pgconn.PgConn
	if *update {
		if conn, err = pgconn.Connect(context.Background(), os.Getenv("ORBIT_TEST_POSTGRES")); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		sqlAnswer(t, conn, "set TimeZone = 'America/New_York'")
	}
	ctx := testContext(t)
	var out strings.Builder
	for n, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if line == "" || line[0] == '#' {
			fmt.Fprintln(&out, line)
			continue
		}
		c := parseCase(line)
		var f *Function
		var oids []types.OID
		var ret types.OID
		if c.name != "" {
			if f, oids, ret = c.lookup(t); f == nil {
				t.Errorf("line %d: no %s(%s)", n+1, c.name, strings.Join(c.types, ","))
				fmt.Fprintln(&out, line)
				continue
			}
		}
		if *update {
			set, kind := false, byte('f')
			if f != nil {
				set, kind = f.Set != nil, f.Kind
			}
			c.want = sqlAnswer(t, conn, c.sql(kind, set))
			line = line[:strings.LastIndexByte(line, '\t')+1] + escape.Replace(c.want)
		}
		fmt.Fprintln(&out, line)
		var got string
		if c.name == "" {
			got = c.runCast(t, ctx)
		} else {
			got = c.run(t, ctx, f, oids, ret)
		}
		if got != c.want && !closeFloats(ret, got, c.want) {
			t.Errorf("line %d: %s:\n got %q\nwant %q", n+1, strings.ReplaceAll(line, "\t", " "), got, c.want)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
