package sysview

import (
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// call runs a function of the catalog by its prosrc; "" stands for NULL.
func (e *testEnv) call(t *testing.T, name string, args ...types.Datum) string {
	t.Helper()
	for _, f := range builtin.AllFunctions() {
		if f.Source != name || f.Fn == nil || len(f.Args) != len(args) {
			continue
		}
		d, err := f.Fn(e.context().Fn, args)
		if err != nil {
			return "ERROR: " + err.Error()
		}
		if d.IsNull() {
			return ""
		}
		return types.Output(f.Ret, d, &e.context().Fn.Format)
	}
	t.Fatalf("no function %s with %d arguments", name, len(args))
	return ""
}

// The texts are those of PostgreSQL 15 for the same objects.
func TestDefinitions(t *testing.T) {
	e := fixture()
	for _, c := range []struct {
		fn   string
		args []types.Datum
		want string
	}{
		{"pg_get_constraintdef", []types.Datum{oid(customer + 4)}, `PRIMARY KEY (country, no)`},
		{"pg_get_constraintdef", []types.Datum{oid(customer + 5)}, `CHECK (((no > 0) AND (country <> ''::bpchar)))`},
		{"pg_get_constraintdef_ext", []types.Datum{oid(customer + 5), boolean(true)}, `CHECK (no > 0 AND country <> ''::bpchar)`},
		{"pg_get_constraintdef", []types.Datum{oid(orders + 3)}, `UNIQUE NULLS NOT DISTINCT (id) DEFERRABLE`},
		{
			"pg_get_constraintdef",
			[]types.Datum{oid(orders + 4)},
			`FOREIGN KEY (country, no) REFERENCES customer(country, no) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID`,
		},
		{"pg_get_constraintdef", []types.Datum{oid(types.OID(1))}, ``},
		{"pg_get_indexdef", []types.Datum{oid(customer + 2)}, `CREATE UNIQUE INDEX customer_pkey ON public.customer USING btree (country, no)`},
		{
			"pg_get_indexdef",
			[]types.Datum{oid(customer + 3)},
			`CREATE INDEX customer_name ON public.customer USING btree (lower(("Full Name")::text) DESC) INCLUDE (no) WHERE (no > 100)`,
		},
		{
			"pg_get_indexdef_ext",
			[]types.Datum{oid(customer + 3), num(0), boolean(true)},
			`CREATE INDEX customer_name ON customer USING btree (lower("Full Name"::text) DESC) INCLUDE (no) WHERE no > 100`,
		},
		{"pg_get_indexdef_ext", []types.Datum{oid(customer + 3), num(1), boolean(false)}, `lower(("Full Name")::text)`},
		{"pg_get_indexdef_ext", []types.Datum{oid(customer + 3), num(2), boolean(false)}, `no`},
		{"pg_get_indexdef_ext", []types.Datum{oid(customer + 3), num(3), boolean(false)}, ``},
		{"pg_get_expr", []types.Datum{nodeTree(nodeDefault, 4, "'nobody'"), oid(customer)}, `'nobody'::character varying`},
		{"pg_get_expr", []types.Datum{nodeTree(nodeDefault, 1, "nextval('16430'::regclass)"), oid(orders)}, `nextval('"Shop".order_id_seq'::regclass)`},
		{"pg_get_expr", []types.Datum{nodeTree(nodeDefault, 5, "net * 1.19"), oid(orders)}, `(net * 1.19)`},
		{"pg_get_expr", []types.Datum{nodeTree(nodePredicate, int64(customer+3), "no > 100"), oid(customer)}, `(no > 100)`},
		{"pg_get_expr", []types.Datum{nodeTree(nodeKeys, int64(customer+3), `lower("Full Name")`), oid(customer)}, `lower(("Full Name")::text)`},
		{"pg_get_expr", []types.Datum{text("{DEFAULT :id 99 :sql x}"), oid(customer)}, `x`},
		{"pg_get_expr", []types.Datum{text("whatever"), oid(customer)}, `whatever`},
		{"pg_get_viewdef", []types.Datum{oid(cheap)}, " SELECT id,\n    net\n   FROM \"Shop\".\"order\"\n  WHERE net < 10;"},
		{"pg_get_viewdef", []types.Datum{oid(customer)}, ``},
		{"pg_get_serial_sequence", []types.Datum{text(`"Shop"."order"`), text("id")}, `"Shop".order_id_seq`},
		{"pg_get_serial_sequence", []types.Datum{text("customer"), text("no")}, `public.customer_no_seq`},
		{"pg_get_serial_sequence", []types.Datum{text("customer"), text("country")}, ``},
		{
			"pg_get_serial_sequence",
			[]types.Datum{text("customer"), text("gone")},
			`ERROR: column "gone" of relation "customer" does not exist (SQLSTATE 42703)`,
		},
		{
			"pg_get_functiondef",
			[]types.Datum{oid(types.OID(870))},
			"CREATE OR REPLACE FUNCTION pg_catalog.lower(text)\n RETURNS text\n LANGUAGE internal\n IMMUTABLE PARALLEL SAFE STRICT\nAS $function$lower$function$\n",
		},
		{"pg_get_userbyid", []types.Datum{oid(catalog.BootstrapRole)}, `postgres`},
		{"pg_get_userbyid", []types.Datum{oid(types.OID(99))}, `unknown (OID=99)`},
		{"obj_description(oid,name)", []types.Datum{oid(customer), text("pg_class")}, `who buys`},
		{"obj_description(oid,name)", []types.Datum{oid(customer), text("pg_type")}, ``},
		{"obj_description(oid,name)", []types.Datum{oid(customer + 5), text("pg_constraint")}, `of course`},
		{"obj_description(oid)", []types.Datum{oid(customer + 3)}, `to find by name`},
		{"col_description(oid,int4)", []types.Datum{oid(customer), num(4)}, `as on the door`},
		{"col_description(oid,int4)", []types.Datum{oid(customer), num(1)}, ``},
		{"shobj_description(oid,name)", []types.Datum{oid(types.OID(16460)), text("pg_authid")}, `only look`},
		{"pg_table_is_visible", []types.Datum{oid(customer)}, `t`},
		{"pg_table_is_visible", []types.Datum{oid(orders)}, `f`},
		{"pg_table_is_visible", []types.Datum{oid(types.OID(1))}, ``},
		{"to_regclass", []types.Datum{text(`"Shop"."order"`)}, `"Shop"."order"`},
		{"to_regclass", []types.Datum{text("order")}, ``},
		{"to_regclass", []types.Datum{text(`a."b`)}, `ERROR: invalid name syntax (SQLSTATE 42602)`},
		{"to_regtype", []types.Datum{text("varchar(3)[]")}, `character varying[]`},
		{"to_regtype", []types.Datum{text("int4; DROP TABLE x")}, `ERROR: invalid type name "int4; DROP TABLE x" (SQLSTATE 42601)`},
		{"to_regprocedure", []types.Datum{text("abs(int4)")}, `abs(integer)`},
		{"to_regproc", []types.Datum{text("abs")}, ``},
		{"to_regrole", []types.Datum{text("readers")}, `readers`},
		{"to_regnamespace", []types.Datum{text(`"Shop"`)}, `"Shop"`},
		{"has_table_privilege_name", []types.Datum{text("customer"), text("select, Insert with grant option")}, `t`},
		{"has_table_privilege_name", []types.Datum{text("customer"), text("fly")}, `ERROR: unrecognized privilege type: "fly" (SQLSTATE 22023)`},
		{"has_table_privilege_name", []types.Datum{text("nobody"), text("select")}, `ERROR: relation "nobody" does not exist (SQLSTATE 42P01)`},
		{"has_table_privilege_id", []types.Datum{oid(types.OID(1)), text("select")}, ``},
		{"pg_has_role_name_name", []types.Datum{text("readers"), text("postgres"), text("usage")}, `f`},
		{"pg_has_role_name_name", []types.Datum{text("postgres"), text("readers"), text("member")}, `t`},
		{"acldefault_sql", []types.Datum{text("d"), oid(catalog.BootstrapRole)}, `{=Tc/postgres,postgres=CTc/postgres}`},
		{"pg_size_pretty", []types.Datum{num(10239)}, `10239 bytes`},
		{"pg_size_pretty", []types.Datum{num(10240)}, `10 kB`},
		{"pg_size_pretty", []types.Datum{num(20*1024*1024 - 1)}, `20 MB`},
		{"pg_size_pretty", []types.Datum{num(-1234567)}, `-1206 kB`},
		{"pg_size_bytes", []types.Datum{text(" 1.5 kB ")}, `1536`},
		{"pg_size_bytes", []types.Datum{text("1 parsec")}, `ERROR: invalid size: "1 parsec" (SQLSTATE 22023)`},
	} {
		if got := e.call(t, c.fn, c.args...); got != c.want {
			t.Errorf("%s%v\n gives %s\n  want %s", c.fn, shown(c.args), got, c.want)
		}
	}
}

func shown(args []types.Datum) []string {
	var out []string
	for _, a := range args {
		typ := types.TextOID
		if a.Kind() == types.KindInt {
			typ = types.Int8OID
		}
		out = append(out, types.Output(typ, a, nil))
	}
	return out
}

// A name that is not as SQL writes names is refused, whatever it is.
func FuzzSplitName(f *testing.F) {
	for _, s := range []string{"a", "a.b", `"A b".c`, `"a""b"`, `a..b`, `"`, `""`, ` a . b `, "a.b.c.d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := splitName(s)
		if err == nil && len(parts) == 0 {
			t.Fatalf("%q is a name of no parts", s)
		}
		for _, p := range parts {
			if p == "" || len(p) > 63 {
				t.Fatalf("%q has part %q", s, p)
			}
		}
	})
}

// A definition can be read again, and a SELECT is laid out as PostgreSQL does.
func TestViewDefinition(t *testing.T) {
	for _, c := range []struct{ sql, columns, want string }{
		{"SELECT a, b FROM t", "a,b", " SELECT a,\n    b\n   FROM t;"},
		{"SELECT a, b AS c FROM t", "x,c", " SELECT a AS x,\n    b AS c\n   FROM t;"},
		{"SELECT t.a AS x FROM t", "a", " SELECT t.a\n   FROM t;"},
		{"SELECT 1", "?column?", " SELECT 1 AS \"?column?\";"},
		{
			"SELECT a, count(*) AS n FROM t JOIN u USING (a) WHERE b > 1 GROUP BY a HAVING count(*) > 1 ORDER BY a LIMIT 3", "a,n",
			" SELECT a,\n    count(*) AS n\n   FROM t JOIN u USING (a)\n  WHERE b > 1\n  GROUP BY a\n  HAVING count(*) > 1\n  ORDER BY a LIMIT 3;",
		},
		{"SELECT DISTINCT a FROM t", "a", " SELECT DISTINCT a FROM t;"},
		{"SELECT a FROM t UNION ALL SELECT b FROM u", "z", " SELECT a AS z FROM t UNION ALL SELECT b FROM u;"},
		{"WITH w AS (SELECT 1 AS x) SELECT x FROM w", "x", " WITH w AS (SELECT 1 AS x) SELECT x FROM w;"},
	} {
		r := &catalog.Relation{ViewSQL: c.sql}
		for name := range strings.SplitSeq(c.columns, ",") {
			r.Columns = append(r.Columns, &catalog.Column{Name: name})
		}
		if got := viewDefinition(r); got != c.want {
			t.Errorf("%s\n gives %q\n  want %q", c.sql, got, c.want)
		}
	}
}
