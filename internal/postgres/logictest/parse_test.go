package logictest

import (
	"context"
	"reflect"
	"strings"
	"testing"
)

const sample = `# a comment
hash-threshold 8

statement ok
CREATE TABLE t (a int)

onlyif mysql
statement ok
not for us

skipif postgresql
query I
not for us either
----
1

statement error 42P01
SELECT *
FROM missing

connection two
query IT rowsort label-1
SELECT a, b FROM t
----
1 one
NULL (empty)

query R nosort
SELECT 1.0
----
2 values hashing to abc

halt

statement ok
never
`

func TestParse(t *testing.T) {
	got, err := Parse(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []Record{
		{Line: 4, Connection: "default", SQL: "CREATE TABLE t (a int)", Count: -1, Sort: NoSort},
		{Line: 17, Connection: "default", SQL: "SELECT *\nFROM missing", Error: true, Pattern: "42P01", Count: -1, Sort: NoSort},
		{
			Line: 22, Connection: "two", SQL: "SELECT a, b FROM t", Count: -1, Types: "IT", Sort: RowSort, Label: "label-1",
			Want: []string{"1 one", "NULL (empty)"}, From: 25, To: 27,
		},
		{Line: 28, Connection: "two", SQL: "SELECT 1.0", Count: -1, Types: "R", Sort: NoSort, Values: 2, Hash: "abc", From: 31, To: 32},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	for _, bad := range []string{"stement ok\nx\n", "statement perhaps\nx\n", "query Q\nx\n", "query I sideways\nx\n"} {
		if _, err := Parse(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// fixed gives the same rows whatever it is asked.
type fixed struct{ rows [][]*string }

func (f fixed) Run(context.Context, string) (Result, error) { return Result{Rows: f.rows}, nil }

func (f fixed) Close() error { return nil }

// TestRunnerFindsFaults has records that hold and records that do not.
func TestRunnerFindsFaults(t *testing.T) {
	s := func(v string) *string { return &v }
	rows := fixed{[][]*string{{s("2.5"), s("b")}, {s("10"), nil}, {s("t"), s("")}}}
	for text, ok := range map[string]bool{
		"query IT\nx\n----\n2 b\n10 NULL\n1 (empty)\n":                 true,
		"query IT\nx\n----\n2\nb\n10\nNULL\n1\n(empty)\n":              true,
		"query RT rowsort\nx\n----\n10.000 NULL\n2.500 b\nt (empty)\n": true,
		"query IT valuesort\nx\n----\n(empty)\n1\n10\n2\nNULL\nb\n":    true,
		"query IT\nx\n----\n2 b\n10 NULL\n":                            false,
		"query I\nx\n----\n2\n10\n1\n":                                 false,
		"query IT\nx\n----\n6 values hashing to abc\n":                 false,
		"statement error\nx\n":                                         false,
		"query IT nosort a\nx\n----\n2 b\n10 NULL\n1 (empty)\n\nquery RT nosort a\nx\n----\n2.500 b\n10.000 NULL\nt (empty)\n": false,
	} {
		records, err := Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		held := true
		r := &Runner{
			Open: func() (Conn, error) { return rows, nil },
			Fail: func(Record, error) bool { held = false; return true },
		}
		if err := r.Run(t.Context(), records); err != nil {
			t.Fatal(err)
		}
		if held != ok {
			t.Errorf("%q held: %v", text, held)
		}
	}
}
