package dump

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// RowsOptions say how rows are loaded.
type RowsOptions struct {
	Table      string
	JSON       bool   // JSON Lines, else CSV
	NoHeader   bool   // CSV whose first line is a row: all columns in their order
	OnConflict string // what becomes of a row whose primary key is there already: fail, skip or replace
	DryRun     bool
}

// target is the table that rows go to.
type target struct {
	name    string // as SQL has it
	columns []targetColumn
}

type targetColumn struct {
	name, quoted     string
	json, bytes, key bool // json: or jsonb; bytes: bytea, or an array of it
}

// LoadRows reads rows into a table: all of them, or none.
func LoadRows(ctx context.Context, conn *pgconn.PgConn, in io.Reader, o RowsOptions) (done Loaded, err error) {
	t, err := findTarget(ctx, conn, o.Table)
	if err != nil {
		return done, err
	}
	src := bufio.NewReaderSize(in, 64<<10)
	var data rowData
	if o.JSON {
		data, err = newJSONRows(src, t)
	} else {
		data, err = newCSVRows(src, t, o.NoHeader)
	}
	if err != nil {
		return done, err
	}
	return t.loadWhole(ctx, conn, data, o)
}

// loadWhole loads rows in a transaction of their own.
func (t *target) loadWhole(ctx context.Context, conn *pgconn.PgConn, data rowData, o RowsOptions) (done Loaded, err error) {
	if err := run(ctx, conn, "BEGIN"); err != nil {
		return done, err
	}
	if done, err = t.load(ctx, conn, data, o.OnConflict); err != nil {
		if !conn.IsClosed() {
			err = errors.Join(err, run(ctx, conn, "ROLLBACK"))
		}
		return Loaded{}, err
	}
	return done, end(ctx, conn, o.DryRun)
}

// rowData is what COPY is given.
type rowData interface {
	io.Reader
	columns() []targetColumn
	format() string
	failed() error                          // what reading failed with
	failedAt(ofServer int, err error) error // an error at a line, by how the server counts them
}

func findTarget(ctx context.Context, conn *pgconn.PgConn, name string) (*target, error) {
	oid, err := Resolve(ctx, conn, name)
	if err != nil {
		return nil, err
	}
	found, err := query(ctx, conn, `SELECT c.relkind, quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname, quote_ident(a.attname),
			a.atttypid IN ('json'::regtype, 'jsonb'::regtype), a.atttypid IN ('bytea'::regtype, 'bytea[]'::regtype), coalesce(a.attnum = ANY (i.indkey), false)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.oid = `+oid+` ORDER BY a.attnum`)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0][0] != table {
		return nil, fmt.Errorf("%s is no table", name)
	}
	t := &target{name: found[0][1]}
	for _, v := range found {
		if v[2] != "" {
			t.columns = append(t.columns, targetColumn{name: v[2], quoted: v[3], json: v[4] == "t", bytes: v[5] == "t", key: v[6] == "t"})
		}
	}
	return t, nil
}

func (t *target) column(name string) (targetColumn, error) {
	i := slices.IndexFunc(t.columns, func(c targetColumn) bool { return c.name == name })
	if i < 0 {
		return targetColumn{}, fmt.Errorf("%s has no column %q that takes a value", t.name, name)
	}
	return t.columns[i], nil
}

func (t *target) load(ctx context.Context, conn *pgconn.PgConn, data rowData, onConflict string) (done Loaded, err error) {
	// With the table held against other writers a row needs neither a lock of its own
	// nor, beyond the greatest key there was, a look-up: see table.soleWriter.
	if err := run(ctx, conn, "LOCK TABLE "+t.name+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return done, err
	}
	columns := quotedNames(data.columns())
	into, insert := t.name, ""
	if onConflict != "fail" {
		if insert, err = t.upsert(data.columns(), onConflict); err != nil {
			return done, err
		}
		into = staging
		if err := run(ctx, conn, "CREATE TEMPORARY TABLE "+staging+" AS SELECT "+columns+" FROM "+t.name+" WITH NO DATA"); err != nil {
			return done, err
		}
	}
	tag, err := conn.CopyFrom(ctx, data, "COPY "+into+" ("+columns+") FROM STDIN"+data.format())
	if failed := data.failed(); failed != nil {
		return done, failed
	}
	if err != nil {
		if line, ok := dataLine(err); ok {
			return done, data.failedAt(line, err)
		}
		return done, err
	}
	done.Rows = tag.RowsAffected()
	if insert == "" {
		return done, nil
	}
	result := conn.ExecParams(ctx, insert, nil, nil, nil, nil).Read()
	if result.Err != nil {
		return done, result.Err
	}
	done.Skipped = done.Rows - result.CommandTag.RowsAffected()
	done.Rows -= done.Skipped
	return done, run(ctx, conn, "DROP TABLE "+staging)
}

// staging takes rows before it is known which of them are there already. Temporary
// tables come before others of the name.
const staging = "orbit_import"

// upsert moves rows from staging to the table.
func (t *target) upsert(columns []targetColumn, onConflict string) (string, error) {
	var key, sets []string
	given := func(c targetColumn) bool { return slices.Contains(columns, c) }
	for _, c := range t.columns {
		switch {
		case c.key && !given(c):
			return "", fmt.Errorf("the file does not give %s of the primary key of %s: without it nobody can tell what is there already", c.quoted, t.name)
		case c.key:
			key = append(key, c.quoted)
		case given(c):
			sets = append(sets, c.quoted+" = excluded."+c.quoted)
		}
	}
	if len(key) == 0 {
		return "", fmt.Errorf("%s has no primary key: --on-conflict %s cannot tell what is there already", t.name, onConflict)
	}
	action := "NOTHING"
	if onConflict == "replace" && len(sets) > 0 {
		action = "UPDATE SET " + strings.Join(sets, ", ")
	}
	names := quotedNames(columns)
	return "INSERT INTO " + t.name + " (" + names + ") OVERRIDING SYSTEM VALUE SELECT " + names + " FROM " + staging +
		" ON CONFLICT (" + strings.Join(key, ", ") + ") DO " + action, nil
}

func quotedNames(columns []targetColumn) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.quoted
	}
	return strings.Join(names, ", ")
}

// csvRows is CSV as COPY takes it, its header read before.
type csvRows struct {
	*bufio.Reader
	names  []targetColumn
	header int // lines
	err    error
}

func newCSVRows(in *bufio.Reader, t *target, noHeader bool) (*csvRows, error) {
	c := &csvRows{Reader: in, names: t.columns}
	if head, _ := in.Peek(len(byteOrderMark)); bytes.Equal(head, byteOrderMark) {
		_, _ = in.Discard(len(head)) // it is there
	}
	if noHeader {
		return c, nil
	}
	var header []byte
	for bytes.Count(header, []byte{'"'})%2 == 1 || c.header == 0 {
		line, err := readLine(in, maxHeader-len(header))
		if err != nil {
			return nil, fmt.Errorf("line %d: the file ends before the line of names does: %w", c.header+1, err)
		}
		header = append(header, line...)
		c.header++
	}
	names, err := csv.NewReader(bytes.NewReader(header)).Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	c.names = nil
	for _, name := range names {
		column, err := t.column(name)
		if err != nil {
			return nil, fmt.Errorf("line 1: %w; is it a row? --no-header says so", err)
		}
		c.names = append(c.names, column)
	}
	return c, nil
}

// maxHeader bounds the line of names.
const maxHeader = 1 << 20

func (c *csvRows) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

func (c *csvRows) columns() []targetColumn { return c.names }
func (c *csvRows) format() string          { return " WITH (FORMAT csv)" }
func (c *csvRows) failed() error           { return c.err }

func (c *csvRows) failedAt(ofServer int, err error) error {
	return &LineError{c.header + ofServer, "", err}
}
