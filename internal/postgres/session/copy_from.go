package session

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// copyFrom is COPY table FROM.
func (s *Session) copyFrom(rel *catalog.Relation, columns []*catalog.Column, o *copyOptions) (outcome, error) {
	if rel.Kind != catalog.KindTable {
		return outcome{}, pgerr.New(pgerr.WrongObjectType, "cannot copy to %q: it is not a table", rel.Name)
	}
	var sql strings.Builder
	sql.WriteString("INSERT INTO " + s.qualified(rel) + " (" + columnList(columns) + ") OVERRIDING SYSTEM VALUE VALUES (")
	for i := range columns {
		if i > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString("$" + itoa(int64(i+1)))
	}
	sql.WriteString(")")
	text := sql.String()
	if len(columns) == 0 {
		text = "INSERT INTO " + s.qualified(rel) + " DEFAULT VALUES"
	}
	pl, err := s.internal(text)
	if err != nil {
		return outcome{}, err
	}
	if err := s.tx.StartStatement(); err != nil {
		return outcome{}, err
	}
	in, err := exec.NewCopyIn(&s.ec, pl.prog)
	if err != nil {
		return outcome{}, err
	}
	src, done, err := s.copySource(o, len(columns))
	if err != nil {
		return outcome{}, closeIntake(in, err)
	}
	defer done()
	c := &copyIntake{s: s, rel: rel, columns: columns, o: o, in: in}
	if o.binary {
		err = c.binary(src)
	} else {
		err = c.text(src)
	}
	if err != nil {
		return outcome{}, closeIntake(in, err)
	}
	n := in.Rows()
	if err := in.Close(); err != nil {
		return outcome{}, err
	}
	if err := s.foreign.EndStatement(); err != nil {
		return outcome{}, err
	}
	return outcome{tag: "COPY", count: n}, nil
}

// closeIntake closes an intake after an error, which is the one that counts.
func closeIntake(in *exec.CopyIn, err error) error {
	_ = in.Close()
	return err
}

// copyIntake puts COPY data into a table.
type copyIntake struct {
	s       *Session
	rel     *catalog.Relation
	columns []*catalog.Column
	o       *copyOptions
	in      *exec.CopyIn
}

// where tells on an error which line it is of.
func (c *copyIntake) where(err error, line int) error {
	if err == nil || pgerr.Code(err) == "" {
		return err
	}
	e := *pgerr.From(err)
	if e.Where == "" {
		e.Where = "COPY " + c.rel.Name + ", line " + itoa(int64(line))
	}
	return &e
}

// whereIn tells besides which value it is of, or shows the line.
func (c *copyIntake) whereIn(err error, r *copyReader) error {
	e, ok := errors.AsType[*pgerr.Error](c.where(err, max(r.line, 1)))
	if !ok || !strings.HasPrefix(e.Where, "COPY ") {
		return err
	}
	if i := c.in.BadColumn(); i >= 0 {
		e.Where += ", column " + c.columns[i].Name + ": \"" + shortened(r.fields[i]) + "\""
	} else if r.raw != nil {
		e.Where += ": \"" + shortened(r.raw) + "\""
	}
	return e
}

// shortened is data as an error shows it.
func shortened(b []byte) string {
	const most = 100
	if len(b) <= most {
		return strings.ToValidUTF8(string(b), "?")
	}
	end := most
	for end > 0 && !utf8.RuneStart(b[end]) {
		end--
	}
	return strings.ToValidUTF8(string(b[:end]), "?") + "..."
}

func (c *copyIntake) text(src io.Reader) error {
	r := newCopyReader(src, c.o)
	notNull := c.named(c.o.forceNotNull)
	null := c.named(c.o.forceNull)
	if c.o.header {
		fields, err := r.next()
		if err != nil {
			return c.whereIn(err, r)
		}
		if err := c.header(fields); err != nil {
			return c.whereIn(err, r)
		}
	}
	for {
		fields, err := r.next()
		if err != nil {
			return c.whereIn(err, r)
		}
		if fields == nil {
			return nil
		}
		if len(c.columns) == 0 && len(fields) == 1 && len(fields[0]) == 0 {
			fields = fields[:0]
		}
		if err := c.row(r, fields, notNull, null); err != nil {
			return c.whereIn(err, r)
		}
	}
}

func (c *copyIntake) row(r *copyReader, fields [][]byte, notNull, null []bool) error {
	switch {
	case len(fields) < len(c.columns):
		return pgerr.New(pgerr.BadCopyFileFormat, "missing data for column %q", c.columns[len(fields)].Name)
	case len(fields) > len(c.columns):
		return pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column")
	}
	for i, f := range fields {
		switch {
		case f == nil && notNull != nil && notNull[i]:
			fields[i] = []byte(c.o.null)
		case f != nil && null != nil && null[i] && r.spans[i].quoted && string(f) == c.o.null:
			fields[i] = nil
		}
		if !utf8.Valid(f) || strings.IndexByte(string(f), 0) >= 0 {
			return parser.CheckUTF8(string(f))
		}
	}
	return c.in.Text(fields)
}

// named tells which columns a FORCE option names, nil if none.
func (c *copyIntake) named(names []string) []bool {
	if len(names) == 0 {
		return nil
	}
	out := make([]bool, len(c.columns))
	for i, col := range c.columns {
		for _, n := range names {
			out[i] = out[i] || n == col.Name
		}
	}
	return out
}

// header checks the first line against the columns, with HEADER MATCH.
func (c *copyIntake) header(fields [][]byte) error {
	if !c.o.headerMatch {
		return nil
	}
	if len(fields) != len(c.columns) {
		return pgerr.New(pgerr.BadCopyFileFormat, "wrong number of fields in header line: got %d, expected %d", len(fields), len(c.columns))
	}
	for i, col := range c.columns {
		if string(fields[i]) != col.Name {
			return pgerr.New(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got %q, expected %q",
				i+1, fields[i], col.Name)
		}
	}
	return nil
}

var errBinaryCopy = pgerr.New(pgerr.BadCopyFileFormat, "unexpected EOF in COPY data")

// binary reads data of the binary format.
func (c *copyIntake) binary(src io.Reader) error {
	var head [len(copySignature) + 8]byte
	if _, err := io.ReadFull(src, head[:]); err != nil || string(head[:len(copySignature)]) != copySignature {
		return readError(err, pgerr.New(pgerr.BadCopyFileFormat, "COPY file signature not recognized"))
	}
	skip := binary.BigEndian.Uint32(head[len(copySignature)+4:])
	if _, err := io.CopyN(io.Discard, src, int64(skip)); err != nil {
		return readError(err, errBinaryCopy)
	}
	row := make([]types.Datum, len(c.columns))
	var field []byte
	for line := 1; ; line++ {
		var n [4]byte
		if _, err := io.ReadFull(src, n[:2]); errors.Is(err, io.EOF) {
			return nil // the end mark may be left out
		} else if err != nil {
			return c.where(readError(err, errBinaryCopy), line)
		}
		count := int16(binary.BigEndian.Uint16(n[:2]))
		if count == -1 {
			_, err := io.Copy(io.Discard, src)
			return err
		}
		if int(count) != len(c.columns) {
			return c.where(pgerr.New(pgerr.BadCopyFileFormat, "row field count is %d, expected %d", count, len(c.columns)), line)
		}
		for i, col := range c.columns {
			if _, err := io.ReadFull(src, n[:]); err != nil {
				return c.where(readError(err, errBinaryCopy), line)
			}
			size := int32(binary.BigEndian.Uint32(n[:]))
			switch {
			case size == -1:
				row[i] = types.Null
				continue
			case size < 0 || size > maxCopyLine:
				return c.where(pgerr.New(pgerr.BadCopyFileFormat, "invalid field size"), line)
			}
			var err error
			if field, err = readField(src, field, int(size)); err != nil {
				return c.where(readError(err, errBinaryCopy), line)
			}
			if row[i], err = types.DecodeBinary(col.Type, field); err != nil {
				return c.where(err, line)
			}
		}
		if err := c.in.Row(row); err != nil {
			return c.where(err, line)
		}
	}
}

// readField reads size bytes, growing the buffer as they come.
func readField(src io.Reader, buf []byte, size int) ([]byte, error) {
	buf = buf[:0]
	for len(buf) < size {
		n := min(size-len(buf), 64<<10)
		from := len(buf)
		buf = append(buf, make([]byte, n)...)
		if _, err := io.ReadFull(src, buf[from:]); err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// readError is a read's error, or otherwise if the data just ended too early.
func readError(err error, otherwise error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return otherwise
	}
	return err
}
