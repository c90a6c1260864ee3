package dump

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// Options say what is written.
type Options struct {
	Tables     []string // names as SQL has them, of views and sequences too; none: all there are
	SchemaOnly bool     // no rows, no positions of sequences
	DataOnly   bool     // nothing but them
}

// Stats is what was written.
type Stats struct {
	Tables, Rows int64
}

// Begin starts a transaction that sees one moment and changes nothing.
func Begin(ctx context.Context, conn *pgconn.PgConn) error {
	return run(ctx, conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

// Dump writes tables as a script that makes them again, in orbit or in PostgreSQL 15,
// with all in it as of one moment. Owners and privileges are left out.
func Dump(ctx context.Context, conn *pgconn.PgConn, out io.Writer, o Options) (stats Stats, err error) {
	if err := Begin(ctx, conn); err != nil {
		return stats, err
	}
	var chosen []string
	for _, name := range o.Tables {
		oid, err := Resolve(ctx, conn, name)
		if err != nil {
			return stats, err
		}
		chosen = append(chosen, oid)
	}
	// So that the catalogs give names with their schemas.
	if err := run(ctx, conn, "SELECT set_config('search_path', '', false)"); err != nil {
		return stats, err
	}
	c, err := readCatalog(ctx, conn)
	if err != nil {
		return stats, err
	}
	c.choose(chosen)
	w := &writer{Writer: bufio.NewWriterSize(out, 64<<10), conn: conn, catalog: c}
	w.print(preamble)
	if !o.DataOnly {
		w.definitions(len(chosen) == 0)
	}
	if !o.SchemaOnly {
		w.rows(ctx, &stats)
		w.positions(ctx)
	}
	if !o.DataOnly {
		w.afterRows()
	}
	w.print("\n-- The end of the dump\n")
	if w.err == nil {
		w.err = w.Flush()
	}
	if w.err == nil {
		w.err = run(ctx, conn, "COMMIT")
	}
	return stats, w.err
}

// preamble makes a script mean the same in each session that runs it. The file never
// holds a name in a comment: one with a newline in it would end that.
const preamble = `-- PostgreSQL tables, written by orbit

SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET client_min_messages = warning;
`

// writer writes a script; its first error stays.
type writer struct {
	*bufio.Writer
	conn    *pgconn.PgConn
	catalog *catalog
	stored  string // how the next table is
	err     error
}

func (w *writer) print(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.Writer, format, args...)
	}
}

// rows writes what is in the tables, as COPY has it.
func (w *writer) rows(ctx context.Context, stats *Stats) {
	for _, r := range w.catalog.relations {
		if r.kind != table || w.err != nil {
			continue
		}
		stats.Tables++
		target := r.name + r.columnList()
		w.print("\nCOPY %s FROM stdin;\n", target)
		if w.err != nil {
			return
		}
		tag, err := w.conn.CopyTo(ctx, w.Writer, "COPY "+target+" TO STDOUT")
		w.err = err
		stats.Rows += tag.RowsAffected()
		w.print("\\.\n")
	}
}

// positions writes where the sequences are.
func (w *writer) positions(ctx context.Context) {
	for _, r := range w.catalog.relations {
		if r.kind != sequence || w.err != nil {
			continue
		}
		at, err := query(ctx, w.conn, "SELECT last_value, is_called FROM "+r.name)
		if w.err = err; err == nil {
			called := map[string]string{"t": "true", "f": "false"}[at[0][1]]
			w.print("\nSELECT pg_catalog.setval(%s, %s, %s);\n", quoteLiteral(r.name), at[0][0], called)
		}
	}
}

// Resolve finds a table, view or sequence, and gives its oid. Its name is what it is
// called, or what SQL calls it: the one needs no quotes.
func Resolve(ctx context.Context, conn *pgconn.PgConn, name string) (string, error) {
	for _, sql := range []string{
		`SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = ` + quoteLiteral(name) + ` AND pg_table_is_visible(c.oid)
			OR n.nspname || '.' || c.relname = ` + quoteLiteral(name),
		`SELECT to_regclass(` + quoteLiteral(name) + `)::oid`,
	} {
		found, err := query(ctx, conn, sql)
		if err != nil {
			return "", err
		}
		if len(found) > 0 && found[0][0] != "" {
			return found[0][0], nil
		}
	}
	return "", fmt.Errorf("there is no table %s", name)
}

// run runs a statement whose rows do not matter.
func run(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	_, err := query(ctx, conn, sql)
	return err
}

// query gives the rows of a statement; NULL is "".
func query(ctx context.Context, conn *pgconn.PgConn, sql string) (rows [][]string, err error) {
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, result := range results {
		for _, values := range result.Rows {
			row := make([]string, len(values))
			for i, v := range values {
				row[i] = string(v)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}
