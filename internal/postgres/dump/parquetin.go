package dump

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/parquet-go/parquet-go"
)

// LoadParquet reads the rows of a Parquet file into a table: all of them, or none.
func LoadParquet(ctx context.Context, conn *pgconn.PgConn, in io.ReaderAt, size int64, o RowsOptions) (done Loaded, err error) {
	t, err := findTarget(ctx, conn, o.Table)
	if err != nil {
		return done, err
	}
	data, err := newParquetRows(in, size, t)
	if err != nil {
		return done, err
	}
	done, err = t.loadWhole(ctx, conn, data, o)
	return done, errors.Join(err, data.close())
}

// parquetRows turns the rows of a Parquet file into what COPY takes.
type parquetRows struct {
	copyText
	groups  []parquet.RowGroup // not begun
	rows    parquet.Rows       // of the group that is read; nil between groups
	batch   []parquet.Row
	sources []parquetSource
	read    int64 // rows
	text    []byte
}

// parquetSource is a column of a file that is read.
type parquetSource struct {
	targetColumn
	first    int // the number of its leaf
	defined  int // the level at which a value is there
	list     bool
	repeated int // the level at which an element is there
	append   func(b []byte, v parquet.Value) ([]byte, error)
	number   bool // what it appends is a number or a boolean
}

// readRows is how many rows are taken from a file at once.
const readRows = 64

// damaged is what stands behind a file that cannot be decoded.
func damaged(err error) error { return fmt.Errorf("no Parquet file, or a damaged one: %w", err) }

// recovered turns what the decoder panics with, as it does over some damaged files, into
// an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = damaged(fmt.Errorf("%v", p))
	}
}

func newParquetRows(in io.ReaderAt, size int64, t *target) (p *parquetRows, err error) {
	defer recovered(&err)
	file, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, damaged(err)
	}
	p = &parquetRows{groups: file.RowGroups(), batch: make([]parquet.Row, readRows)}
	p.fill = p.fillRows
	for _, field := range file.Schema().Fields() {
		s := parquetSource{first: len(p.sources)} // each column has one leaf
		if s.targetColumn, err = t.column(field.Name()); err != nil {
			return nil, err
		}
		if err := s.levels(field); err != nil {
			return nil, fmt.Errorf("column %s: %w", field.Name(), err)
		}
		p.sources = append(p.sources, s)
	}
	if len(p.sources) == 0 {
		return nil, errors.New("the file has no columns")
	}
	return p, nil
}

var errNested = errors.New("records, maps and lists of lists are not imported: have them written as JSON or as columns of their own")

// levels finds out what the levels of a column's values say.
func (s *parquetSource) levels(field parquet.Node) error {
	node := field
	for {
		if node.Repeated() {
			if s.list {
				return errNested
			}
			s.list = true
			s.defined++
			s.repeated = s.defined
		} else if node.Optional() {
			s.defined++
		}
		if node.Leaf() {
			break
		}
		inner := node.Fields()
		if len(inner) != 1 || s.list != node.Repeated() || !s.list && !inner[0].Repeated() {
			return errNested
		}
		node = inner[0]
	}
	s.append, s.number = parquetText(node.Type(), s.targetColumn)
	return nil
}

// fillRows turns some rows into rows of COPY.
func (p *parquetRows) fillRows() (err error) {
	defer recovered(&err)
	if p.rows == nil {
		if len(p.groups) == 0 {
			return io.EOF
		}
		p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
	}
	n, err := p.rows.ReadRows(p.batch)
	for _, row := range p.batch[:n] {
		p.read++
		if err := p.appendRow(row); err != nil {
			return &RowError{p.read, err}
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return p.close()
	case err != nil:
		return damaged(err)
	}
	return nil
}

func (p *parquetRows) close() error {
	if p.rows == nil {
		return nil
	}
	rows := p.rows
	p.rows = nil
	return rows.Close()
}

// appendRow appends a row. The values of each column follow one another.
func (p *parquetRows) appendRow(row parquet.Row) (err error) {
	for i := range p.sources {
		s := &p.sources[i]
		n := 0
		for n < len(row) && row[n].Column() == s.first {
			n++
		}
		if n == 0 {
			return damaged(fmt.Errorf("column %s has no value", s.name))
		}
		if i > 0 {
			p.out = append(p.out, '\t')
		}
		p.text = p.text[:0]
		switch {
		case !s.list && row[0].DefinitionLevel() == s.defined:
			p.text, err = s.append(p.text, row[0])
		case s.list && row[0].DefinitionLevel() >= s.repeated-1:
			p.text, err = s.appendList(p.text, row[:n])
		default:
			p.out = append(p.out, null...)
			row = row[n:]
			continue
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", s.name, err)
		}
		p.out = appendText(p.out, p.text)
		row = row[n:]
	}
	p.out = append(p.out, '\n')
	return nil
}

// appendList appends the values of a list as SQL has arrays, or JSON.
func (s *parquetSource) appendList(b []byte, values []parquet.Value) ([]byte, error) {
	open, end := byte('{'), byte('}')
	if s.json {
		open, end = '[', ']'
	}
	b = append(b, open)
	for i, v := range values {
		if v.DefinitionLevel() < s.repeated { // the list is empty
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		if v.DefinitionLevel() < s.defined {
			b = append(b, "null"...)
			continue
		}
		from := len(b)
		var err error
		if b, err = s.append(b, v); err != nil {
			return nil, err
		}
		if s.number && (!s.json || json.Valid(b[from:])) { // not NaN
			continue
		}
		text := string(b[from:])
		if b = b[:from]; s.json {
			quoted, err := json.Marshal(text)
			if err != nil {
				return nil, err
			}
			b = append(b, quoted...)
			continue
		}
		b = append(append(append(b, '"'), arrayQuotes.Replace(text)...), '"')
	}
	return append(b, end), nil
}

var arrayQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func (p *parquetRows) columns() []targetColumn {
	columns := make([]targetColumn, len(p.sources))
	for i, s := range p.sources {
		columns[i] = s.targetColumn
	}
	return columns
}

func (p *parquetRows) failedAt(ofServer int, err error) error {
	return &RowError{int64(ofServer), err}
}
