package session

import (
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

const maxBatch = vec.MaxRows

// rowSource gives rows in parts: those of a running plan, or rows that are there
// already.
type rowSource interface {
	// next gives at most limit rows, nil at the end.
	next(limit int) (*vec.Batch, error)
	close() error
}

// running is a plan's execution as a rowSource.
type running struct{ cur *exec.Cursor }

func (r running) next(limit int) (*vec.Batch, error) { return r.cur.NextMax(limit) }
func (r running) close() error                       { return r.cur.Close() }

// stored are rows kept in memory; they can be read again and backwards.
type stored struct {
	cols  []plan.ResultColumn
	rows  [][]types.Datum
	at    int // rows passed
	batch *vec.Batch
	bytes int
}

func (r *stored) next(limit int) (*vec.Batch, error) {
	n := min(limit, maxBatch, len(r.rows)-r.at)
	if n <= 0 {
		return nil, nil
	}
	b := r.slice(r.rows[r.at : r.at+n])
	r.at += n
	return b, nil
}

func (r *stored) close() error { return nil }

// slice makes a batch of rows.
func (r *stored) slice(rows [][]types.Datum) *vec.Batch {
	if r.batch == nil {
		kinds := make([]types.Kind, len(r.cols))
		for i, c := range r.cols {
			kinds[i] = physical(c.Type)
		}
		r.batch = vec.NewBatch(kinds, len(rows))
	}
	r.batch.Reset()
	for _, row := range rows {
		r.batch.AppendRow(row)
	}
	return r.batch
}

// physical is the physical kind of a type's datums; types made by users are kept
// as datums whatever they are.
func physical(oid types.OID) types.Kind {
	if t := types.ByOID(oid); t != nil {
		return t.Phys
	}
	return types.KindText
}

// textColumns describes columns of type text.
func textColumns(names ...string) []plan.ResultColumn {
	cols := make([]plan.ResultColumn, len(names))
	for i, n := range names {
		cols[i] = plan.ResultColumn{Name: n, Type: types.TextOID, Typmod: -1}
	}
	return cols
}

// textRows are rows of text columns.
func textRows(cols []plan.ResultColumn, rows ...[]string) *stored {
	s := &stored{cols: cols}
	for _, r := range rows {
		row := make([]types.Datum, len(r))
		for i, v := range r {
			row[i] = types.Text(v)
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// maxStored bounds the rows that a session keeps for a client, in bytes.
const maxStored = 1 << 30

// add keeps a batch's rows.
func (r *stored) add(b *vec.Batch) error {
	n := len(b.Cols)
	values := make([]types.Datum, 0, n*b.Rows())
	for i := range b.Rows() {
		at := b.Index(i)
		for _, c := range b.Cols {
			d := c.Get(at)
			r.bytes += 24
			if d.Kind() == types.KindText {
				r.bytes += len(d.Raw())
			}
			values = append(values, d)
		}
		r.rows = append(r.rows, values[len(values)-n:len(values):len(values)])
	}
	if r.bytes > maxStored {
		return pgerr.New(pgerr.OutOfMemory, "out of memory").
			WithDetail("The result has more than %d bytes, which would have to be kept.", maxStored)
	}
	return nil
}
