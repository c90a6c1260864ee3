package plan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// TestAnalysis compares what analysis says of statements with what PostgreSQL
// says: the columns and their types, the parameters, or the error to its
// position. The expected text in testdata/analysis is PostgreSQL's own: with
// ORBIT_TEST_POSTGRES set to a connection string and -rewrite, a real server
// writes it; without -rewrite it is checked against both.
func TestAnalysis(t *testing.T) {
	f := newShop(t)
	ref := connectReference(t)
	// datadriven stops at the first failure; all differences are worth seeing.
	var differences []string
	datadriven.Walk(t, "testdata/analysis", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			sql := strings.TrimSpace(d.Input)
			ours := f.describe(sql)
			if ref == nil {
				return ours
			}
			theirs := ref.describe(sql)
			if theirs != ours {
				differences = append(differences, fmt.Sprintf("%s\n%s\n--- PostgreSQL\n%s--- orbit\n%s", d.Pos, sql, theirs, ours))
			}
			return theirs
		})
	})
	for _, d := range differences {
		t.Error(d)
	}
}

func (f *fixture) describe(sql string) string {
	tree, err := pg_query.Parse(sql)
	if err != nil {
		return "syntax error\n"
	}
	p, err := Build(f.env(), tree.Stmts[0].Stmt, nil)
	if err != nil {
		e := pgerr.From(err)
		return describeError(e.Code, e.Message, e.Detail, e.Hint, e.Position)
	}
	var cols, params []string
	for _, c := range p.Columns {
		cols = append(cols, c.Name+" "+types.TypeName(c.Type))
	}
	for _, oid := range p.Params {
		params = append(params, types.TypeName(oid))
	}
	return describeStatement(cols, params)
}

func describeStatement(cols, params []string) string {
	s := "columns: " + strings.Join(cols, ", ") + "\n"
	if len(params) > 0 {
		s += "params: " + strings.Join(params, ", ") + "\n"
	}
	return s
}

func describeError(code, msg, detail, hint string, pos int) string {
	s := "ERROR " + code + ": " + msg + "\n"
	if detail != "" {
		s += "DETAIL: " + detail + "\n"
	}
	if hint != "" {
		s += "HINT: " + hint + "\n"
	}
	if pos > 0 {
		s += fmt.Sprintf("at %d\n", pos)
	}
	return s
}

// reference is a PostgreSQL server with the same tables.
type reference struct{ conn *pgx.Conn }

func connectReference(t *testing.T) *reference {
	dsn := os.Getenv("ORBIT_TEST_POSTGRES")
	if dsn == "" {
		return nil
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	setup := `DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;` + shop + shopViews
	if _, err := conn.Exec(ctx, setup); err != nil {
		t.Fatal(err)
	}
	return &reference{conn}
}

func (r *reference) describe(sql string) string {
	ctx := context.Background()
	sd, err := r.conn.Prepare(ctx, "", sql)
	if err != nil {
		var pe *pgconn.PgError
		if !errors.As(err, &pe) {
			return err.Error() + "\n"
		}
		return describeError(pe.Code, pe.Message, pe.Detail, pe.Hint, int(pe.Position))
	}
	var cols, params []string
	for _, c := range sd.Fields {
		cols = append(cols, c.Name+" "+types.TypeName(types.OID(c.DataTypeOID)))
	}
	for _, oid := range sd.ParamOIDs {
		params = append(params, types.TypeName(types.OID(oid)))
	}
	return describeStatement(cols, params)
}

// TestDeparse compares the text of analysed expressions with PostgreSQL's
// pg_get_expr, in the way of TestAnalysis. Each case is a CHECK condition over
// the table sample.
func TestDeparse(t *testing.T) {
	const sample = `CREATE TABLE sample (i int, s smallint, l bigint, n numeric(10,2), f float8, t text, v varchar(20), c char(5),
 b bool, d date, ts timestamp, tz timestamptz, iv interval, u uuid, j jsonb, ia int[], ta text[], "Odd Name" int);`
	f := newFixture(t, sample)
	var conn *pgx.Conn
	if ref := connectReference(t); ref != nil {
		conn = ref.conn
		if _, err := conn.Exec(context.Background(), "DROP TABLE IF EXISTS sample;"+sample); err != nil {
			t.Fatal(err)
		}
	}
	var differences []string
	datadriven.RunTest(t, "testdata/deparse", func(t *testing.T, d *datadriven.TestData) string {
		sql := strings.TrimSpace(d.Input)
		rel := f.state.View(fixtureDB).Lookup(2200, "sample")
		ours := ""
		if e, err := Expression(f.env(), rel, sql, CheckCondition, 0, -1); err != nil {
			ours = err.Error() + "\n"
		} else {
			ours = Deparse(e, DeparseOptions{Format: &f.env().Fn.Format, Indent: true}) + "\n"
		}
		if conn == nil {
			return ours
		}
		theirs := ""
		ctx := context.Background()
		_, err := conn.Exec(ctx, "ALTER TABLE sample DROP CONSTRAINT IF EXISTS k; ALTER TABLE sample ADD CONSTRAINT k CHECK ("+sql+")")
		if err == nil {
			err = conn.QueryRow(ctx, "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'k'").Scan(&theirs)
		}
		if err != nil {
			theirs = err.Error()
		}
		theirs += "\n"
		if theirs != ours {
			differences = append(differences, fmt.Sprintf("%s\n--- PostgreSQL\n%s--- orbit\n%s", sql, theirs, ours))
		}
		return theirs
	})
	for _, d := range differences {
		t.Error(d)
	}
}
