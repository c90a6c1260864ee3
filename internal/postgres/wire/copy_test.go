package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func copyFrom(c *pgx.Conn, sql, data string) (int64, error) {
	tag, err := c.PgConn().CopyFrom(background, strings.NewReader(data), sql)
	return tag.RowsAffected(), err
}

func copyOut(t *testing.T, c *pgx.Conn, sql string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := c.PgConn().CopyTo(background, &b, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return b.String()
}

func TestCopy(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int, b text DEFAULT 'dflt', c float8)")
	for _, x := range []struct{ in, data, out string }{
		{"", "1\tone\t1.5\n2\t\\N\t\\N\n", "1\tone\t1.5\n2\t\\N\t\\N\n"},
		{"", "1\ta\\tb\\nc\\\\\\x41\\101\t2\n\\.\nrest is ignored", "1\ta\\tb\\nc\\\\AA\t2\n"},
		{"", "1\tone\t1\r\n2\ttwo\t2\r\n", "1\tone\t1\n2\ttwo\t2\n"},
		{"", "1\tno newline\t1", "1\tno newline\t1\n"},
		{"", "", ""},
		{"CSV", "1,\"a,\"\"b\"\"\nc\",1\n2,,\n3,\"\",3\n", "1,\"a,\"\"b\"\"\nc\",1\n2,,\n3,\"\",3\n"},
		{"CSV, HEADER", "a,b,c\n1,x,1\n", "a,b,c\n1,x,1\n"},
		{"CSV, HEADER match", "a,b,c\n1,x,1\n", ""},
		{"CSV, DELIMITER ';', QUOTE '''', ESCAPE '\\', NULL 'NIL'", "1;'it\\'s';1\n2;NIL;NIL\n", "1;'it\\'s';1\n2;NIL;NIL\n"},
		{"DELIMITER '|', NULL ''", "1|x|\n", "1|x|\n"},
	} {
		exec(t, c, "TRUNCATE t")
		with := ""
		if x.in != "" {
			with = " WITH (" + strings.Replace("FORMAT "+x.in, "FORMAT DELIMITER", "DELIMITER", 1) + ")"
		}
		if _, err := copyFrom(c, "COPY t FROM STDIN"+with, x.data); err != nil {
			t.Errorf("%s %q: %v", x.in, x.data, err)
			continue
		}
		if strings.Contains(with, "match") {
			continue
		}
		if got := copyOut(t, c, "COPY t TO STDOUT"+with); got != x.out {
			t.Errorf("%s %q: got %q, want %q", x.in, x.data, got, x.out)
		}
	}
	exec(t, c, "TRUNCATE t")
	if n, err := copyFrom(c, "COPY t (c, a) FROM STDIN", "1.5\t1\n"); err != nil || n != 1 {
		t.Errorf("some columns: %d, %v", n, err)
	}
	if got := copyOut(t, c, "COPY (SELECT b, a + 1 FROM t) TO STDOUT"); got != "dflt\t2\n" {
		t.Errorf("a query: %q", got)
	}
	if got := copyOut(t, c, "COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE *)"); got != "\"1\",\"dflt\",\"1.5\"\n" {
		t.Errorf("force quote: %q", got)
	}
	if _, err := copyFrom(c, "COPY t FROM STDIN (FORMAT csv, FORCE_NOT_NULL (b), FORCE_NULL (c))", "9,,\"\"\n"); err != nil {
		t.Error(err)
	}
	if got := copyOut(t, c, "COPY (SELECT b = '', c IS NULL FROM t WHERE a = 9) TO STDOUT"); got != "t\tt\n" {
		t.Errorf("force null: %q", got)
	}
}

func TestCopyErrors(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b text)")
	for _, x := range []struct{ sql, data, want string }{
		{"COPY t FROM STDIN", "1\n", "22P04"},
		{"COPY t FROM STDIN", "1\ta\tb\n", "22P04"},
		{"COPY t FROM STDIN", "x\ta\n", "22P02"},
		{"COPY t FROM STDIN", "1\ta\n1\tb\n", "23505"},
		{"COPY t FROM STDIN", "1\t\xff\n", "22021"},
		{"COPY t FROM STDIN CSV", "1,\"a\n", "22P04"},
		{"COPY t FROM STDIN (FORMAT csv, HEADER match)", "b,a\n", "22P04"},
		{"COPY t (nope) FROM STDIN", "", "42703"},
		{"COPY t FROM STDIN (FORMAT xml)", "", "22023"},
		{"COPY t FROM STDIN (DELIMITER 'ab')", "", "0A000"},
		{"COPY t FROM STDIN (QUOTE '#')", "", "0A000"},
		{"COPY t FROM STDIN (FORMAT csv, FORMAT text)", "", "42601"},
		{"COPY t FROM '/etc/passwd'", "", "42501"},
		{"COPY nope FROM STDIN", "", "42P01"},
		{"COPY t FROM STDIN (FORMAT binary)", "no signature at all", "22P04"},
	} {
		if _, err := copyFrom(c, x.sql, x.data); code(err) != x.want {
			t.Errorf("%s %q: got %v, want %s", x.sql, x.data, err, x.want)
		}
	}
	var n int
	if err := c.QueryRow(background, "SELECT count(*) FROM t").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows came in, %v", n, err)
	}
}

// An error says which line it is of, and shows the value or the line.
func TestCopyErrorsTellWhere(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL)")
	long := strings.Repeat("é", 80)
	for _, x := range []struct{ sql, data, want string }{
		{"COPY t FROM STDIN", "1\ta\nx\ta\n", `COPY t, line 2, column a: "x"`},
		{"COPY t FROM STDIN", "1\n", `COPY t, line 1: "1"`},
		{"COPY t FROM STDIN", "1\ta\n1\tb\n", `COPY t, line 2: "1	b"`},
		{"COPY t FROM STDIN CSV", "1,\n", `COPY t, line 1: "1,"`},
		{"COPY t FROM STDIN CSV", "1,\"a\n", `COPY t, line 1`},
		{"COPY t FROM STDIN", long + "\ta\n", `COPY t, line 1, column a: "` + strings.Repeat("é", 50) + `..."`},
		{"COPY t FROM STDIN (HEADER match)", "a\tc\n", `COPY t, line 1: "a	c"`},
	} {
		_, err := copyFrom(c, x.sql, x.data)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Where != x.want {
			t.Errorf("%s %q: got %+v, want %s", x.sql, x.data, e, x.want)
		}
	}
}

func TestCopyBinary(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY, b text, c float8)")
	var rows [][]any
	for i := range 5000 {
		var b any
		if i%3 > 0 {
			b = strings.Repeat("b", i%50)
		}
		rows = append(rows, []any{i, b, float64(i) / 4})
	}
	n, err := c.CopyFrom(background, pgx.Identifier{"t"}, []string{"a", "b", "c"}, pgx.CopyFromRows(rows))
	if err != nil || n != 5000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	all := copyOut(t, c, "COPY t TO STDOUT (FORMAT binary)")
	exec(t, c, "CREATE TABLE u (a int PRIMARY KEY, b text, c float8)")
	if n, err := copyFrom(c, "COPY u FROM STDIN (FORMAT binary)", all); err != nil || n != 5000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if copyOut(t, c, "COPY t TO STDOUT") != copyOut(t, c, "COPY u TO STDOUT") {
		t.Error("the tables differ")
	}
}
