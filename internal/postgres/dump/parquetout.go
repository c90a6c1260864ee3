package dump

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/parquet-go/parquet-go"

	"github.com/orbit-server/orbit/internal/version"
)

// A row group is what is in memory of a file that is written, or read.
const (
	groupRows  = 128 << 10
	groupBytes = 32 << 20
)

// RowError is what went wrong with a row of a file that has no lines.
type RowError struct {
	Row int64 // from 1
	Err error
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

func (e *RowError) Unwrap() error { return e.Err }

// WriteParquet writes the rows of a query as a Parquet file, in row groups of bounded
// size.
func WriteParquet(ctx context.Context, conn *pgconn.PgConn, out io.Writer, sql string) (n int64, err error) {
	prepared, err := conn.Prepare(ctx, "", sql, nil)
	if err != nil {
		return 0, err
	}
	columns, err := parquetColumns(prepared.Fields)
	if err != nil {
		return 0, err
	}
	formats := make([]int16, len(columns))
	for i, c := range columns {
		formats[i] = c.format
	}
	w := parquet.NewGenericWriter[any](out, parquet.NewSchema("rows", columns.node()), parquet.Compression(&parquet.Snappy),
		parquet.MaxRowsPerRowGroup(groupRows), parquet.CreatedBy("orbit", version.String(), ""))
	rows := conn.ExecPrepared(ctx, "", nil, nil, formats)
	var row parquet.Row
	for size := 0; err == nil && rows.NextRow(); {
		if row, err = columns.appendRow(row[:0], rows.Values()); err != nil {
			err = &RowError{n + 1, err}
			break
		}
		if _, err = w.WriteRows([]parquet.Row{row}); err != nil {
			break
		}
		n++
		for _, v := range rows.Values() {
			size += len(v)
		}
		if size >= groupBytes {
			size, err = 0, w.Flush()
		}
	}
	if _, failed := rows.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return n, err
	}
	return n, w.Close()
}

// parquetColumn is a column of a file that is written.
type parquetColumn struct {
	name   string
	node   parquet.Node
	format int16 // of the protocol
	list   bool
	value  func(src []byte) (parquet.Value, error) // of a value, or of a list's element
}

type parquetSchema []parquetColumn

func parquetColumns(fields []pgconn.FieldDescription) (parquetSchema, error) {
	if len(fields) == 0 {
		return nil, errors.New("the query has no columns, and a Parquet file has at least one")
	}
	known := pgtype.NewMap()
	var columns parquetSchema
	for _, f := range fields {
		if slices.ContainsFunc(columns, func(c parquetColumn) bool { return c.name == f.Name }) {
			return nil, fmt.Errorf("two columns are called %s, and those of a Parquet file differ in their names: use AS", f.Name)
		}
		c := parquetColumn{name: f.Name, format: pgtype.BinaryFormatCode}
		if t, ok := known.TypeForOID(f.DataTypeOID); ok {
			array, ok := t.Codec.(*pgtype.ArrayCodec)
			if c.list = ok; ok {
				t = array.ElementType
			}
			c.node, c.value = parquetType(t.OID, f.TypeModifier)
		}
		if c.node == nil {
			c.node, c.value, c.list, c.format = parquet.String(), rawBytes, false, pgtype.TextFormatCode
		}
		c.node = parquet.Optional(c.node)
		if c.list {
			c.node = parquet.Optional(parquet.List(c.node))
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// orderedGroup is a group whose columns stay in their order.
type orderedGroup struct {
	parquet.Group
	columns parquetSchema
}

func (g orderedGroup) Fields() []parquet.Field {
	fields := g.Group.Fields()
	at := func(f parquet.Field) int {
		return slices.IndexFunc(g.columns, func(c parquetColumn) bool { return c.name == f.Name() })
	}
	slices.SortFunc(fields, func(a, b parquet.Field) int { return at(a) - at(b) })
	return fields
}

func (s parquetSchema) node() parquet.Node {
	g := orderedGroup{parquet.Group{}, s}
	for _, c := range s {
		g.Group[c.name] = c.node
	}
	return g
}

// appendRow appends a row's values. They may refer to what they were made of.
func (s parquetSchema) appendRow(row parquet.Row, values [][]byte) (parquet.Row, error) {
	for i, c := range s {
		var err error
		switch src := values[i]; {
		case src == nil:
			row = append(row, parquet.NullValue().Level(0, 0, i))
		case c.list:
			row, err = appendList(row, i, src, c.value)
		default:
			var v parquet.Value
			v, err = c.value(src)
			row = append(row, v.Level(0, 1, i))
		}
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return row, nil
}

// errCast says what to do about a value that Parquet cannot hold.
const errCast = "has no form in Parquet: write the column as text, with --query and ::text"

// appendList appends the elements of an array, as the protocol's binary form has it.
func appendList(row parquet.Row, column int, src []byte, value func([]byte) (parquet.Value, error)) (parquet.Row, error) {
	const head, dimension = 12, 8
	if len(src) < head {
		return nil, io.ErrUnexpectedEOF
	}
	dimensions := binary.BigEndian.Uint32(src)
	if dimensions == 0 || dimensions == 1 && len(src) == head+dimension {
		return append(row, parquet.NullValue().Level(0, 1, column)), nil
	}
	if dimensions > 1 {
		return nil, fmt.Errorf("an array of %d dimensions %s", dimensions, errCast)
	}
	if len(src) < head+dimension {
		return nil, io.ErrUnexpectedEOF
	}
	if lower := int32(binary.BigEndian.Uint32(src[head+4:])); lower != 1 {
		return nil, fmt.Errorf("an array that begins at %d %s", lower, errCast)
	}
	src = src[head+dimension:]
	for repeated := 0; len(src) > 0; repeated = 1 {
		if len(src) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		size := int32(binary.BigEndian.Uint32(src))
		src = src[4:]
		if size < 0 {
			row = append(row, parquet.NullValue().Level(repeated, 2, column))
			continue
		}
		if len(src) < int(size) {
			return nil, io.ErrUnexpectedEOF
		}
		v, err := value(src[:size])
		if err != nil {
			return nil, err
		}
		row, src = append(row, v.Level(repeated, 3, column)), src[size:]
	}
	return row, nil
}
