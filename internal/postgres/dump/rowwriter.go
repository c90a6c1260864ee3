package dump

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// RowWriter prints a result. A row's values are texts, nil for NULL, and valid during
// the call only.
type RowWriter interface {
	Begin(fields []pgconn.FieldDescription) error
	Row(values [][]byte) error
	End() error
}

// NewRowWriter makes the writer of a format: table, csv, json or jsonl; nil if there is
// no such format.
func NewRowWriter(format string, w io.Writer) RowWriter {
	switch format {
	case "table":
		return &tableLines{w: w}
	case "csv":
		return &csvLines{w: csv.NewWriter(w)}
	case "json":
		return &jsonLines{w: w, array: true}
	case "jsonl":
		return &jsonLines{w: w}
	}
	return nil
}

// widthRows is the number of rows that decide on the width of columns: what comes
// later may stick out, and memory stays bounded.
const widthRows = 1000

// tableLines prints rows as psql does.
type tableLines struct {
	w       io.Writer
	fields  []pgconn.FieldDescription
	widths  []int
	pending [][]string
	count   int
}

func (t *tableLines) Begin(fields []pgconn.FieldDescription) error {
	t.fields = append([]pgconn.FieldDescription(nil), fields...)
	for _, f := range fields {
		t.widths = append(t.widths, utf8.RuneCountInString(f.Name))
	}
	return nil
}

func (t *tableLines) Row(values [][]byte) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = strings.NewReplacer("\r", "\\r", "\n", "\\n").Replace(string(v))
	}
	t.count++
	if t.count > widthRows {
		return t.print(cells)
	}
	for i, c := range cells {
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c))
	}
	t.pending = append(t.pending, cells)
	if t.count == widthRows {
		return t.flush()
	}
	return nil
}

func (t *tableLines) flush() error {
	var head, rule []string
	for i, f := range t.fields {
		room := t.widths[i] - utf8.RuneCountInString(f.Name)
		head = append(head, " "+strings.Repeat(" ", room/2)+f.Name+strings.Repeat(" ", room-room/2)+" ")
		rule = append(rule, strings.Repeat("-", t.widths[i]+2))
	}
	if _, err := fmt.Fprintf(t.w, "%s\n%s\n", strings.TrimRight(strings.Join(head, "|"), " "), strings.Join(rule, "+")); err != nil {
		return err
	}
	for _, cells := range t.pending {
		if err := t.print(cells); err != nil {
			return err
		}
	}
	t.pending = nil
	return nil
}

func (t *tableLines) print(cells []string) error {
	for i, c := range cells {
		room := strings.Repeat(" ", max(t.widths[i]-utf8.RuneCountInString(c), 0))
		if IsNumber(t.fields[i].DataTypeOID) {
			cells[i] = " " + room + c + " "
		} else {
			cells[i] = " " + c + room + " "
		}
	}
	_, err := fmt.Fprintln(t.w, strings.TrimRight(strings.Join(cells, "|"), " "))
	return err
}

func (t *tableLines) End() error {
	if t.count < widthRows {
		if err := t.flush(); err != nil {
			return err
		}
	}
	rows := "rows"
	if t.count == 1 {
		rows = "row"
	}
	_, err := fmt.Fprintf(t.w, "(%d %s)\n\n", t.count, rows)
	return err
}

// IsNumber tells the types that are printed as JSON numbers, and to the right.
func IsNumber(oid uint32) bool {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID, pgtype.OIDOID, pgtype.XIDOID:
		return true
	}
	return false
}

// csvLines prints rows as COPY … CSV HEADER does; NULL and an empty string look the
// same.
type csvLines struct{ w *csv.Writer }

func (c *csvLines) Begin(fields []pgconn.FieldDescription) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return c.w.Write(names)
}

func (c *csvLines) Row(values [][]byte) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = string(v)
	}
	return c.w.Write(cells)
}

func (c *csvLines) End() error {
	c.w.Flush()
	return c.w.Error()
}

// jsonLines prints an object for each row, one a line; in a list if array is set.
type jsonLines struct {
	w      io.Writer
	array  bool
	fields []pgconn.FieldDescription
	names  [][]byte
	count  int
	buf    []byte
}

func (j *jsonLines) Begin(fields []pgconn.FieldDescription) error {
	j.fields = append([]pgconn.FieldDescription(nil), fields...)
	for _, f := range fields {
		name, err := json.Marshal(f.Name)
		if err != nil {
			return err
		}
		j.names = append(j.names, name)
	}
	return nil
}

func (j *jsonLines) Row(values [][]byte) error {
	b := j.buf[:0]
	if j.array {
		b = append(b, map[bool]string{true: "[\n  ", false: ",\n  "}[j.count == 0]...)
	}
	j.count++
	for i, v := range values {
		b = append(append(b, map[bool]string{true: "{", false: ","}[i == 0]...), j.names[i]...)
		value, err := JSONCell(v, j.fields[i].DataTypeOID)
		if err != nil {
			return err
		}
		b = append(append(b, ':'), value...)
	}
	b = append(b, '}')
	if !j.array {
		b = append(b, '\n')
	}
	j.buf = b
	_, err := j.w.Write(b)
	return err
}

func (j *jsonLines) End() error {
	if !j.array {
		return nil
	}
	end := "\n]\n"
	if j.count == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}

// JSONCell is a value as JSON: numbers, booleans and JSON as what they are, the rest
// as text.
func JSONCell(v []byte, oid uint32) ([]byte, error) {
	switch {
	case v == nil:
		return []byte("null"), nil
	case oid == pgtype.BoolOID:
		return []byte(map[string]string{"t": "true", "f": "false"}[string(v)]), nil
	case IsNumber(oid) && json.Valid(v): // not NaN and Infinity
		return v, nil
	case (oid == pgtype.JSONOID || oid == pgtype.JSONBOID) && json.Valid(v):
		if bytes.IndexByte(v, '\n') < 0 {
			return v, nil
		}
		var line bytes.Buffer // type json keeps its newlines, and a row is one line
		err := json.Compact(&line, v)
		return line.Bytes(), err
	}
	return json.Marshal(string(v))
}

// WriteJSONLines writes the rows of a query as JSON Lines.
func WriteJSONLines(ctx context.Context, conn *pgconn.PgConn, out io.Writer, sql string) (n int64, err error) {
	buffered := bufio.NewWriterSize(out, 64<<10)
	w := NewRowWriter("jsonl", buffered)
	rows := conn.ExecParams(ctx, sql, nil, nil, nil, nil)
	if err = w.Begin(rows.FieldDescriptions()); err == nil {
		for ; err == nil && rows.NextRow(); n++ {
			err = w.Row(rows.Values())
		}
	}
	if _, failed := rows.Close(); err == nil {
		err = failed
	}
	return n, errors.Join(err, buffered.Flush())
}
