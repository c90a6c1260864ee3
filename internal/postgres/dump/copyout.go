package dump

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// WriteCSV writes the rows of a query with a line of the columns' names.
func WriteCSV(ctx context.Context, conn *pgconn.PgConn, out io.Writer, sql string) (int64, error) {
	const before = "COPY ("
	buffered := bufio.NewWriterSize(out, 64<<10) // each row comes for itself
	tag, err := conn.CopyTo(ctx, buffered, before+sql+"\n) TO STDOUT WITH (FORMAT csv, HEADER)")
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Position > 0 {
		e.Position -= int32(len(before)) // as the query has it
	}
	return tag.RowsAffected(), errors.Join(err, buffered.Flush())
}

// Rows is the query for the rows of a table, in the form in which an import takes
// them: without generated columns; of a view or a sequence, all columns.
func Rows(ctx context.Context, conn *pgconn.PgConn, name string) (string, error) {
	oid, err := Resolve(ctx, conn, name)
	if err != nil {
		return "", err
	}
	found, err := query(ctx, conn, `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		WHERE c.oid = `+oid+` AND c.relkind IN ('r', 'v', 'S', 'm', 'p', 'f') GROUP BY 1`)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s has no rows of its own: it is no table, view or sequence, or has no columns", name)
	}
	return "SELECT " + found[0][1] + " FROM " + found[0][0], nil
}
