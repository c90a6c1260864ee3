package cli

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mustSQL runs SQL on a directory and gives its rows as CSV.
func mustSQL(t *testing.T, dir, sql string) string {
	t.Helper()
	code, out, stderr := call("sql", "--data-dir", dir, "--format", "csv", sql)
	if code != ExitOK {
		t.Fatalf("%s: %s", sql, stderr)
	}
	return out
}

// TestParquetRoundTrip exports tables as Parquet and imports them again: each value is
// what it was, NULLs and json as it is written included.
func TestParquetRoundTrip(t *testing.T) {
	dir := withTables(t)
	file := filepath.Join(t.TempDir(), "rows.parquet")
	code, _, stderr := call("export", dir, "--table", "every", "-o", file)
	if code != ExitFailure || !strings.Contains(stderr, "row 1: column ts: the time infinity has no form in Parquet") {
		t.Errorf("infinity: %d, %s", code, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) > 0 {
		t.Errorf("after a failure there are %q", left)
	}
	mustSQL(t, dir, `UPDATE every SET ts = '4713-11-24 00:00:00 BC' WHERE ts = 'infinity';
		ALTER TABLE every ADD n9 numeric(9,4), ADD n38 numeric(38,10), ADD na numeric(20,3)[], ADD ua uuid[], ADD da2 date[], ADD ja jsonb[], ADD iva interval[], ADD ba bytea[];
		UPDATE every SET n9 = -12345.6789, n38 = -1234567890123456789012345678.0123456789, na = '{1.5,NULL,-20000000000000000.125}', ua = ARRAY[u],
			da2 = '{2024-02-29,0001-01-01 BC}', ja = ARRAY['{"a": "\"\\ x"}'::jsonb, NULL], iva = '{1 day,NULL}', ba = '{"\\x00ff"}' WHERE id = 1`)
	for table, name := range map[string]string{"every": "every", `shop.Odd "ones`: `shop."Odd ""ones"`, "quick": "quick"} {
		want := exported(t, dir, "--table", table, "--data-only", "--format", "sql")
		for _, name2 := range []string{"rows.parquet", "rows.parquet.zst"} {
			file := filepath.Join(t.TempDir(), name2)
			if code, _, stderr := call("export", dir, "--table", table, "-o", file); code != ExitOK || !strings.Contains(stderr, "written to") {
				t.Fatal(stderr)
			}
			mustSQL(t, dir, "TRUNCATE "+name)
			if code, _, stderr := call("import", dir, file, "--table", table, "--dry-run"); code != ExitOK || !strings.Contains(stderr, "would be imported") {
				t.Errorf("%s: %d, %s", table, code, stderr)
			}
			if code, out, stderr := call("import", dir, file, "--table", table, "--json"); code != ExitOK || !strings.Contains(out, `"rows": `) {
				t.Errorf("%s: %d, %s%s", table, code, out, stderr)
			}
			if got := exported(t, dir, "--table", table, "--data-only", "--format", "sql"); got != want {
				t.Errorf("%s: got  %s\nwant %s", table, got, want)
			}
			if table == `shop.Odd "ones` {
				continue
			}
			importAgain(t, dir, file, table, want)
		}
	}
	// The same through pipes.
	code, out, stderr := call("export", dir, "--query", "select id + 10000 as id, v from quick", "--format", "parquet", "-o", "-")
	if code != ExitOK || !strings.HasPrefix(out, "PAR1") {
		t.Fatalf("%d, %s", code, stderr)
	}
	if code, _, stderr := callWith(out, "import", dir, "-", "--table", "quick"); code != ExitOK {
		t.Fatal(stderr)
	}
	if got := mustSQL(t, dir, "SELECT count(*), max(id) FROM quick"); got != "count,max\n6000,13000\n" {
		t.Error(got)
	}
}

// TestParquetOfOthers imports what DuckDB wrote.
func TestParquetOfOthers(t *testing.T) {
	dir := withTables(t)
	mustSQL(t, dir, `CREATE TABLE typed (id int PRIMARY KEY, b boolean, ti smallint, si smallint, bi bigint, ub numeric, r real, d double precision,
		d9 numeric(9,2), d18 numeric(18,5), d30 numeric(30,1), s text, bl bytea, da date, tm time, ts timestamp, tz timestamptz, u uuid, j json,
		ia int[], ta text[], ns timestamp, iv interval);
		CREATE TABLE loose (id text, b text, ti text, si text, bi text, ub text, r text, d text, d9 text, d18 text, d30 text, s text, bl bytea, da text,
		tm text, ts text, tz text, u text, j text, ia jsonb, ta jsonb, ns text, iv text)`)
	for table, want := range map[string]string{
		"typed": `1,t,2,3,4,5,1.5,2.25,12.34,-1234567890.12345,12345678901234567890.5,"text ""x""\y",\x00ff,2024-02-29,12:34:56.789,2024-01-02 03:04:05.678901,` +
			`2024-01-02 03:04:05+00,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,"{""a"":[1,2]}","{1,NULL,3}","{x,""y \""z\"""",NULL}",2024-01-02 03:04:05.678901,1 mon 2 days 00:00:03
2,,,,,18446744073709551615,Infinity,NaN,-0.01,,,,,0044-03-15 BC,,1969-12-31 23:59:59.5,,,,,{},,
`,
		"loose": `1,true,2,3,4,5,1.5,2.25,12.34,-1234567890.12345,12345678901234567890.5,"text ""x""\y",\x00ff,2024-02-29,12:34:56.789,2024-01-02 03:04:05.678901,` +
			`2024-01-02 03:04:05+00,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,"{""a"":[1,2]}","[1, null, 3]","[""x"", ""y \""z\"""", null]",2024-01-02 03:04:05.678901,1 mons 2 days 3.000 secs
2,,,,,18446744073709551615,Infinity,NaN,-0.01,,,,,0044-03-15 BC,,1969-12-31 23:59:59.5,,,,,[],,
`,
	} {
		if code, _, stderr := call("import", dir, "testdata/parquet/duckdb.parquet", "--table", table); code != ExitOK {
			t.Fatal(stderr)
		}
		_, got, _ := strings.Cut(mustSQL(t, dir, "SET timezone = 'UTC'; SELECT * FROM "+table+" ORDER BY id"), "\n")
		if got != want {
			t.Errorf("%s: got\n%swant\n%s", table, got, want)
		}
	}
	mustSQL(t, dir, "TRUNCATE quick")
	if code, _, stderr := call("import", dir, "testdata/parquet/groups.parquet", "--table", "quick"); code != ExitOK || !strings.Contains(stderr, "3000 rows imported") {
		t.Fatalf("%d, %s", code, stderr)
	}
	for _, name := range []string{"record", "records", "map", "lists"} {
		code, _, stderr := call("import", dir, "testdata/parquet/"+name+".parquet", "--table", "quick")
		if code != ExitFailure || !strings.Contains(stderr, "column v: records, maps and lists of lists are not imported") {
			t.Errorf("%s: %d, %s", name, code, stderr)
		}
	}
}

// TestBadParquet names the row, and leaves the tables as they were.
func TestBadParquet(t *testing.T) {
	dir := withTables(t)
	want := exported(t, dir, "--format", "sql")
	for _, row := range []struct{ query, table, want string }{
		{"select i as id, case when i = 9007 then 1 / 0.1 end as v, 1 as w from generate_series(9001, 9010) i", "quick", `no column "w"`},
		{"select case when i = 9007 then 'x' else i::text end as id from generate_series(9001, 9010) i", "quick", "row 7: ERROR: invalid input syntax for type integer"},
		{"select i as id from generate_series(9001, 9010) i union all select 7", "quick", "duplicate key"},
		{"select i as id from generate_series(9001, 9010) i", "none", "there is no table none"},
		{"select i as id from generate_series(9001, 9010) i", "a", "a is no table"},
	} {
		file := filepath.Join(t.TempDir(), "x.parquet")
		if code, _, stderr := call("export", dir, "--query", row.query, "-o", file); code != ExitOK {
			t.Fatal(stderr)
		}
		if code, _, stderr := call("import", dir, file, "--table", row.table); code != ExitFailure || !strings.Contains(stderr, row.want) || !strings.Contains(stderr, "x.parquet") {
			t.Errorf("%s: %d, %s", row.query, code, stderr)
		}
	}
	for query, want := range map[string]string{
		"select 1 as a, 2 as a":                            "two columns are called a",
		"select '{{1,2}}'::int[] as a":                     "row 1: column a: an array of 2 dimensions has no form in Parquet",
		"select '[0:1]={1,2}'::int[] as a":                 "row 1: column a: an array that begins at 0 has no form in Parquet",
		"select 'NaN'::numeric(5,2) as a":                  "row 1: column a: the number NaN or infinity has no form in Parquet",
		"select '-infinity'::date as d":                    "row 1: column d: the date -infinity has no form",
		"select":                                           "the query has no columns",
		"select 1 +":                                       "syntax error",
		"select 1/(5-i) as x from generate_series(1, 9) i": "division by zero",
	} {
		file := filepath.Join(t.TempDir(), "x.parquet")
		if code, _, stderr := call("export", dir, "--query", query, "-o", file); code != ExitFailure || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d, %s", query, code, stderr)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*parquet*")); len(left) > 0 {
			t.Errorf("%s: %q is left", query, left)
		}
	}
	// Damaged files: an error or, where nothing tells it, other rows; never half of them.
	whole, err := os.ReadFile("testdata/parquet/duckdb.parquet")
	if err != nil {
		t.Fatal(err)
	}
	mustSQL(t, dir, "CREATE TABLE loose (id text, b text, ti text, si text, bi text, ub text, r text, d text, d9 text, d18 text, d30 text, s text, bl bytea, da text, tm text, ts text, tz text, u text, j text, ia jsonb, ta jsonb, ns text, iv text)")
	random := rand.New(rand.NewPCG(1, 2))
	file := filepath.Join(t.TempDir(), "bad.parquet")
	for i := range 60 {
		bad := bytes.Clone(whole)
		if i%3 == 0 {
			bad = bad[:random.IntN(len(bad))]
		} else {
			for range 1 + random.IntN(4) {
				bad[4+random.IntN(len(bad)-4)] ^= 1 << random.IntN(8)
			}
		}
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := call("import", dir, file, "--table", "loose", "--dry-run")
		if code != ExitOK && (code != ExitFailure || !strings.Contains(stderr, "bad.parquet: ")) {
			t.Errorf("%d: %d, %s", i, code, stderr)
		}
	}
	mustSQL(t, dir, "DROP TABLE loose")
	if got := exported(t, dir, "--format", "sql"); got != want {
		t.Errorf("the data changed: %s", got)
	}
}
