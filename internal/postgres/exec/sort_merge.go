package exec

import (
	"bytes"
	"container/heap"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// mergeFanIn is how many runs are merged at once; more are merged in passes.
const mergeFanIn = 128

// merge gives the rows of sorted runs in order. A row on disk is its key, as
// bytea, then its columns.
type merge struct {
	sources mergeHeap
}

type mergeSource struct {
	in  *spillReader
	row []types.Datum
	at  int // of the runs: earlier rows come first among equals
}

type mergeHeap []*mergeSource

func (h mergeHeap) Len() int      { return len(h) }
func (h mergeHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h mergeHeap) Less(i, j int) bool {
	c := bytes.Compare(h[i].row[0].Raw(), h[j].row[0].Raw())
	return c < 0 || c == 0 && h[i].at < h[j].at
}

// Push implements heap.Interface.
func (h *mergeHeap) Push(x any) {
	if s, ok := x.(*mergeSource); ok { // nothing else is pushed
		*h = append(*h, s)
	}
}

// Pop implements heap.Interface.
func (h *mergeHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// spillRun sorts the rows in memory and writes them to a file.
func (o *sortOp) spillRun(r *run) error {
	o.sort()
	f, err := newSpillFile(r.ec, append([]types.OID{types.ByteaOID}, o.spec.types...))
	if err != nil {
		return err
	}
	o.runs = append(o.runs, f)
	row := make([]types.Datum, len(o.spec.types)+1)
	items := o.order
	if o.topN >= 0 {
		items = items[:min(o.topN, len(items))]
	}
	for i, it := range items {
		if i%vec.MaxRows == 0 {
			if err := r.check(); err != nil {
				return err
			}
		}
		row[0] = types.Bytes(o.keys[it.from:it.to])
		c, at := o.rows.at(int(it.row))
		for k, col := range c.Cols {
			row[k+1] = col.Get(at)
		}
		if err := f.addRow(row); err != nil {
			return err
		}
	}
	r.noteMemory(o.spec.node, o.held)
	r.noteSpill(o.spec.node, f.bytes)
	o.forgetRows(r)
	return nil
}

// startMerge opens the runs, after merging some where there are too many.
func (o *sortOp) startMerge(r *run) error {
	for len(o.runs) > mergeFanIn {
		if err := o.mergePass(r); err != nil {
			return err
		}
	}
	return o.openSources(o.runs)
}

// openSources makes the heap; it is not nil afterwards, even without rows.
func (o *sortOp) openSources(runs []*spillFile) error {
	o.sources = make(mergeHeap, 0, len(runs))
	for i, f := range runs {
		in, err := f.reader()
		if err != nil {
			return err
		}
		s := &mergeSource{in: in, at: i}
		if s.row, err = in.next(); err != nil {
			return err
		}
		if s.row != nil {
			o.sources = append(o.sources, s)
		}
	}
	heap.Init(&o.sources)
	return nil
}

// mergePass merges the first runs into one, which takes their place.
func (o *sortOp) mergePass(r *run) error {
	first := o.runs[:mergeFanIn]
	if err := o.openSources(first); err != nil {
		return err
	}
	out, err := newSpillFile(r.ec, append([]types.OID{types.ByteaOID}, o.spec.types...))
	if err != nil {
		return err
	}
	for n := 0; len(o.sources) > 0; n++ {
		if n%vec.MaxRows == 0 {
			if err := r.check(); err != nil {
				return err
			}
		}
		if err := out.addRow(o.sources[0].row); err != nil {
			return err
		}
		if err := o.advance(); err != nil {
			return err
		}
	}
	for _, f := range first {
		if err := f.close(); err != nil {
			return err
		}
	}
	o.runs = append([]*spillFile{out}, o.runs[mergeFanIn:]...)
	return nil
}

// advance takes the least row off.
func (m *merge) advance() error {
	s := m.sources[0]
	row, err := s.in.next()
	if err != nil {
		return err
	}
	if s.row = row; row == nil {
		heap.Pop(&m.sources)
		return nil
	}
	heap.Fix(&m.sources, 0)
	return nil
}

func (o *sortOp) mergeNext(limit int) (*vec.Batch, error) {
	for len(o.sources) > 0 && o.out.N < min(limit, vec.MaxRows) {
		if o.topN >= 0 && o.at >= o.topN {
			break
		}
		o.out.AppendRow(o.sources[0].row[1:])
		o.at++
		if err := o.advance(); err != nil {
			return nil, err
		}
	}
	if o.out.N == 0 {
		return nil, nil
	}
	return o.out, nil
}
