package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/dump"
)

// Query is a listing as a query for all of its columns and rows.
func (l *Listing) Query() string {
	s := &statement{}
	s.WriteString("select ")
	for i := range l.Relation.Columns {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString("t." + ident(l.Relation.Columns[i].Name))
	}
	l.from(s)
	if l.Column >= 0 || len(l.Relation.Key) > 0 {
		l.orderBy(s, false)
	}
	return s.String()
}

// Export writes the rows of a query into a new file, as CSV or JSON Lines by the
// file's name, and returns how many. A file that could not be written whole is not
// left behind.
func (q *SQL) Export(ctx context.Context, query, path string) (n int64, err error) {
	write := dump.WriteCSV
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".jsonl"), strings.HasSuffix(lower, ".ndjson"):
		write = dump.WriteJSONLines
	case !strings.HasSuffix(lower, ".csv"):
		return 0, errors.New("name a file that ends with .csv or .jsonl")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return 0, fmt.Errorf("%s is there already: name another file", path)
	}
	if err != nil {
		return 0, err
	}
	err = q.with(ctx, func(conn *pgconn.PgConn) error {
		n, err = write(ctx, conn, f, query)
		return err
	})
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return n, err
}
