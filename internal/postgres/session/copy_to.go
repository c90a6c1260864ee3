package session

import (
	"encoding/binary"

	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// copySignature begins data of the binary format.
const copySignature = "PGCOPY\n\xff\r\n\x00"

// copyWriter writes rows as COPY data.
type copyWriter struct {
	o     *copyOptions
	cols  []plan.ResultColumn
	quote []bool // FORCE_QUOTE
	f     *types.Format
	buf   []byte
	field []byte
}

// copyTo writes a locked plan's rows as COPY data.
func (s *Session) copyTo(pl *planned, o *copyOptions) (outcome, error) {
	if err := s.tx.StartStatement(); err != nil {
		return outcome{}, err
	}
	sink, err := s.copySink(o)
	if err != nil {
		return outcome{}, err
	}
	cur, err := pl.prog.Open(&s.ec, nil)
	if err != nil {
		sink.abort()
		return outcome{}, err
	}
	cols := pl.prog.Plan.Columns
	w := &copyWriter{o: o, cols: cols, quote: forced(cols, o.forceQuote, o.forceAll), f: &s.format}
	sink.begin(len(cols), o.binary)
	count, err := w.copyRows(cur, sink)
	if err != nil {
		sink.abort()
		return outcome{}, closing(cur, err)
	}
	if err := s.complete(cur); err != nil {
		sink.abort()
		return outcome{}, err
	}
	return outcome{tag: "COPY", count: count}, sink.end()
}

// copyRows writes all data and counts the rows.
func (w *copyWriter) copyRows(cur *exec.Cursor, sink copySink) (count int64, err error) {
	if err := w.start(sink); err != nil {
		return 0, err
	}
	for {
		b, err := cur.Next()
		if err != nil {
			return 0, err
		}
		if b == nil {
			break
		}
		for i := range b.Rows() {
			w.buf = w.buf[:0]
			if err := w.row(b, b.Index(i)); err != nil {
				return 0, err
			}
			if err := sink.write(w.buf); err != nil {
				return 0, err
			}
		}
		count += int64(b.Rows())
	}
	if w.o.binary {
		return count, sink.write([]byte{0xff, 0xff})
	}
	return count, nil
}

// start writes what comes before the rows.
func (w *copyWriter) start(sink copySink) error {
	switch {
	case w.o.binary:
		return sink.write(append([]byte(copySignature), 0, 0, 0, 0, 0, 0, 0, 0))
	case w.o.header:
		for i, c := range w.cols {
			w.separate(i)
			w.field = append(w.field[:0], c.Name...)
			w.value(false)
		}
		w.buf = append(w.buf, '\n')
		return sink.write(w.buf)
	}
	return nil
}

func (w *copyWriter) separate(i int) {
	if i > 0 {
		w.buf = append(w.buf, w.o.delimiter)
	}
}

// row appends a row.
func (w *copyWriter) row(b *vec.Batch, at int) error {
	if w.o.binary {
		return w.binaryRow(b, at)
	}
	for i, c := range b.Cols[:len(w.cols)] {
		w.separate(i)
		d := c.Get(at)
		if d.IsNull() {
			w.buf = append(w.buf, w.o.null...)
			continue
		}
		w.field = types.AppendText(w.field[:0], w.cols[i].Type, d, w.f)
		w.value(w.quote[i])
	}
	w.buf = append(w.buf, '\n')
	return nil
}

// value appends the field in w.field.
func (w *copyWriter) value(force bool) {
	if w.o.csv {
		w.csv(force)
		return
	}
	for _, c := range w.field {
		switch c {
		case '\\':
			w.buf = append(w.buf, '\\', '\\')
		case '\b':
			w.buf = append(w.buf, '\\', 'b')
		case '\f':
			w.buf = append(w.buf, '\\', 'f')
		case '\n':
			w.buf = append(w.buf, '\\', 'n')
		case '\r':
			w.buf = append(w.buf, '\\', 'r')
		case '\t':
			w.buf = append(w.buf, '\\', 't')
		case '\v':
			w.buf = append(w.buf, '\\', 'v')
		default:
			if c == w.o.delimiter {
				w.buf = append(w.buf, '\\')
			}
			w.buf = append(w.buf, c)
		}
	}
}

func (w *copyWriter) csv(force bool) {
	o := w.o
	quoted := force || string(w.field) == o.null || len(w.cols) == 1 && string(w.field) == `\.`
	if !quoted {
		for _, c := range w.field {
			if c == o.delimiter || c == o.quote || c == '\n' || c == '\r' {
				quoted = true
				break
			}
		}
	}
	if !quoted {
		w.buf = append(w.buf, w.field...)
		return
	}
	w.buf = append(w.buf, o.quote)
	for _, c := range w.field {
		if c == o.quote || c == o.escape {
			w.buf = append(w.buf, o.escape)
		}
		w.buf = append(w.buf, c)
	}
	w.buf = append(w.buf, o.quote)
}

func (w *copyWriter) binaryRow(b *vec.Batch, at int) error {
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(w.cols)))
	for i, c := range b.Cols[:len(w.cols)] {
		d := c.Get(at)
		if d.IsNull() {
			w.buf = append(w.buf, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		start := len(w.buf)
		w.buf = append(w.buf, 0, 0, 0, 0)
		var err error
		if w.buf, err = types.AppendBinary(w.buf, w.cols[i].Type, d); err != nil {
			return err
		}
		binary.BigEndian.PutUint32(w.buf[start:], uint32(len(w.buf)-start-4))
	}
	return nil
}
