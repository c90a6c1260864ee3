package types

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// The cases in testdata say what PostgreSQL 15 answers, one a line: type,
// literal, and the text it comes out as, or ! with the SQLSTATE and message.
// "set" lines change a setting for those after them. -update asks the server
// that ORBIT_TEST_POSTGRES names, and rewrites the answers.
var update = flag.Bool("update", false, "rewrite testdata with the answers of a PostgreSQL server")

const defaultSettings = "TimeZone=America/New_York;DateStyle=ISO, MDY;IntervalStyle=postgres;extra_float_digits=1;bytea_output=hex"

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t")

var escape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`)

// sqlAnswer runs one query and joins the rows' values.
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
	return strings.Join(rows, "¦")
}

func answerOf(err error) string {
	e := pgerr.From(err)
	return "!" + e.Code + " " + e.Message
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func connect(t *testing.T) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(context.Background(), os.Getenv("ORBIT_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	sqlAnswer(t, conn, "set standard_conforming_strings = on")
	for _, kv := range strings.Split(defaultSettings, ";") {
		k, v, _ := strings.Cut(kv, "=")
		sqlAnswer(t, conn, "set "+k+" = "+quote(v))
	}
	return conn
}

func applySetting(t *testing.T, f *Format, name, value string) {
	t.Helper()
	switch strings.ToLower(name) {
	case "timezone":
		loc, err := LoadZone(value)
		if err != nil {
			t.Fatal(err)
		}
		f.Location = loc
	case "datestyle":
		f.DateStyle = value
	case "intervalstyle":
		f.IntervalStyle = value
	case "extra_float_digits":
		n, err := strconv.Atoi(value)
		if err != nil {
			t.Fatal(err)
		}
		f.ExtraFloatDigits = n
	case "bytea_output":
		f.ByteaOutput = value
	default:
		t.Fatalf("no setting %s", name)
	}
}

// parseTypeName reads a catalog name with modifiers: varchar(3), numeric(10,2).
func parseTypeName(t *testing.T, s string) (OID, Typmod) {
	t.Helper()
	name, rest, hasMods := strings.Cut(s, "(")
	typ := ByName(name)
	if typ == nil {
		t.Fatalf("no type %q", name)
	}
	if !hasMods {
		return typ.OID, -1
	}
	var mods []int32
	for _, m := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
		v, err := strconv.Atoi(strings.TrimSpace(m))
		if err != nil {
			t.Fatal(err)
		}
		mods = append(mods, int32(v))
	}
	typmod, err := TypmodIn(typ.OID, mods)
	if err != nil {
		t.Fatal(err)
	}
	return typ.OID, typmod
}

func TestInputOutput(t *testing.T) {
	const path = "testdata/input.tsv"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var conn *pgconn.PgConn
	if *update {
		conn = connect(t)
	}
	f := &Format{Now: time.Now()}
	for _, kv := range strings.Split(defaultSettings, ";") {
		k, v, _ := strings.Cut(kv, "=")
		applySetting(t, f, k, v)
	}
	var out strings.Builder
	for n, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		cols := strings.Split(line, "\t")
		switch {
		case line == "" || line[0] == '#':
		case cols[0] == "set":
			applySetting(t, f, cols[1], cols[2])
			if *update {
				sqlAnswer(t, conn, "set "+cols[1]+" = "+quote(cols[2]))
			}
		default:
			literal := unescape.Replace(cols[1])
			if *update {
				name := cols[0]
				if name == "char" {
					name = `"char"`
				}
				cols = append(cols[:2], escape.Replace(sqlAnswer(t, conn, "select "+quote(literal)+"::"+name)))
				line = strings.Join(cols, "\t")
			}
			if len(cols) != 3 {
				t.Fatalf("line %d: %q has no answer", n+1, line)
			}
			oid, typmod := parseTypeName(t, cols[0])
			if got, want := inputAnswer(oid, typmod, literal, f), unescape.Replace(cols[2]); got != want {
				t.Errorf("line %d: %s %q:\n got %q\nwant %q", n+1, cols[0], literal, got, want)
			}
		}
		fmt.Fprintln(&out, line)
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func inputAnswer(oid OID, typmod Typmod, literal string, f *Format) string {
	first := Typmod(-1)
	if oid == IntervalOID {
		first = typmod
	}
	d, err := Input(oid, literal, first, f)
	if err == nil {
		d, err = ApplyTypmod(oid, d, typmod, true)
	}
	if err != nil {
		return answerOf(err)
	}
	return string(AppendText(nil, oid, d, f))
}
