package exec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// sortKeys encodes rows' sort keys as bytes whose order is the wanted order.
type sortKeys struct {
	exprs []evaluator
	keys  []plan.SortKey
	types []types.OID
}

func (c *compiler) sortKeys(keys []plan.SortKey) (sortKeys, error) {
	s := sortKeys{keys: keys}
	for _, k := range keys {
		e, err := c.expr(k.Expr)
		if err != nil {
			return s, err
		}
		s.exprs, s.types = append(s.exprs, e), append(s.types, k.Expr.Type())
	}
	return s, nil
}

func (s *sortKeys) vectors(r *run, b *vec.Batch, dst []*vec.Vec) ([]*vec.Vec, error) {
	for _, e := range s.exprs {
		v, err := e.vector(r, b, b.Sel)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// appendKey appends the key of row i.
func (s *sortKeys) appendKey(dst []byte, cols []*vec.Vec, i int) []byte {
	for k, c := range cols {
		dst = types.AppendKey(dst, s.types[k], c.Get(i), s.keys[k].Desc, s.keys[k].NullsFirst)
	}
	return dst
}

type sortSpec struct {
	sortKeys
	input spec
	node  *plan.Sort
	kinds []types.Kind
	types []types.OID
	topN  evaluator
}

func (c *compiler) sort(n *plan.Sort) (spec, error) {
	s := &sortSpec{node: n, kinds: kindsOf(n), types: columnTypes(n)}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.sortKeys, err = c.sortKeys(n.Keys); err != nil {
		return nil, err
	}
	s.topN, err = c.optional(n.TopN)
	return s, err
}

func (s *sortSpec) make() operator { return &sortOp{spec: s, input: s.input.make()} }

// sortOp sorts its input: in memory, or past work_mem by runs on disk that are
// merged. Rows with equal keys stay in the order of the input.
type sortOp struct {
	spec  *sortSpec
	input operator

	sorted bool
	rows   *rowStore
	keys   []byte     // the rows' keys, one after the other
	order  []sortItem // the rows, in their order once sorted
	held   int64
	topN   int // -1: all rows are wanted
	cutoff []byte
	at     int

	runs []*spillFile
	merge
	cols []*vec.Vec
	out  *vec.Batch
}

// sortItem is one row: the first bytes of its key as a number, the place of the
// key, the row's number.
type sortItem struct {
	head     uint64
	from, to int
	row      int32
}

func keyHead(key []byte) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

func (o *sortOp) open(r *run) error {
	if err := o.discard(r); err != nil {
		return err
	}
	o.topN = -1
	if o.spec.topN != nil {
		d, err := o.spec.topN.row(r, rowRef{b: nothing})
		if err != nil {
			return err
		}
		const most = 1 << 20
		if !d.IsNull() && d.Int() >= 0 && d.Int() <= most {
			o.topN = int(d.Int())
		}
	}
	return o.input.open(r)
}

func (o *sortOp) discard(r *run) error {
	o.sorted, o.at, o.cutoff = false, 0, nil
	o.forgetRows(r)
	if cap(o.keys) > 1<<20 {
		o.keys, o.order = nil, nil
	}
	var err error
	for _, f := range o.runs {
		err = errors.Join(err, f.close())
	}
	o.runs = nil
	o.merge.sources = nil
	if o.out != nil {
		o.out.Reset()
	}
	return err
}

func (o *sortOp) forgetRows(r *run) {
	r.shrink(o.held)
	o.held = 0
	if o.rows != nil {
		o.rows.reset()
	}
	o.keys, o.order = o.keys[:0], o.order[:0]
}

// load reads the whole input and sorts it.
func (o *sortOp) load(r *run) error {
	if o.rows == nil {
		o.rows = newRowStore(o.spec.kinds)
	}
	o.sorted = true
	if o.topN == 0 {
		return nil
	}
	for {
		if err := r.check(); err != nil {
			return err
		}
		b, err := o.input.next(r, vec.MaxRows)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if b.Rows() == 0 {
			continue
		}
		if err := o.add(r, b); err != nil {
			return err
		}
		if o.topN >= 0 && len(o.order) >= max(2*o.topN, vec.MaxRows) {
			o.keepTop(r)
		}
		if o.held > r.ec.workMem() {
			if err := o.spillRun(r); err != nil {
				return err
			}
		}
	}
	r.noteMemory(o.spec.node, o.held)
	if len(o.runs) == 0 {
		o.sort()
		return nil
	}
	if len(o.order) > 0 {
		if err := o.spillRun(r); err != nil {
			return err
		}
	}
	return o.startMerge(r)
}

func (o *sortOp) add(r *run, b *vec.Batch) error {
	cols, err := o.spec.vectors(r, b, o.cols[:0])
	o.cols = cols
	if err != nil {
		return err
	}
	keyBytes := len(o.keys)
	part := vec.Batch{Cols: b.Cols, N: b.N, Sel: b.Sel}
	var passed []int32
	row := o.rows.n
	for k := range b.Rows() {
		at := b.Index(k)
		from := len(o.keys)
		o.keys = o.spec.appendKey(o.keys, cols, at)
		if o.cutoff != nil {
			if bytes.Compare(o.keys[from:], o.cutoff) >= 0 {
				o.keys = o.keys[:from] // not among the first
				continue
			}
			passed = append(passed, int32(at))
		}
		o.order = append(o.order, sortItem{keyHead(o.keys[from:]), from, len(o.keys), int32(row)})
		row++
	}
	if o.cutoff != nil {
		if len(passed) == 0 {
			return nil
		}
		part.Sel = passed
	}
	n := o.rows.add(&part) + int64(len(o.keys)-keyBytes) + int64(part.Rows())*32
	o.held += n
	return r.grow(n)
}

func (o *sortOp) sort() {
	keys := o.keys
	slices.SortFunc(o.order, func(a, b sortItem) int {
		if a.head != b.head {
			if a.head < b.head {
				return -1
			}
			return 1
		}
		if c := bytes.Compare(keys[a.from:a.to], keys[b.from:b.to]); c != 0 {
			return c
		}
		return int(a.row) - int(b.row)
	})
}

// keepTop drops all but the first topN rows, and notes the key beyond which
// rows need not be kept at all.
func (o *sortOp) keepTop(r *run) {
	o.sort()
	top := o.order[:o.topN]
	old, oldKeys := o.rows, o.keys
	o.rows, o.keys = newRowStore(o.spec.kinds), nil
	r.shrink(o.held)
	o.held = 0
	order := make([]sortItem, 0, max(2*o.topN, vec.MaxRows))
	// In the order of the input, so that equal keys stay in that order.
	slices.SortFunc(top, func(a, b sortItem) int { return int(a.row) - int(b.row) })
	row := make([]types.Datum, 0, len(o.spec.kinds))
	last := -1
	for _, it := range top {
		c, at := old.at(int(it.row))
		row = row[:0]
		for _, col := range c.Cols {
			row = append(row, col.Get(at))
		}
		from := len(o.keys)
		o.keys = append(o.keys, oldKeys[it.from:it.to]...)
		o.held += o.rows.addRow(row) + int64(len(o.keys)-from) + 32
		order = append(order, sortItem{it.head, from, len(o.keys), int32(len(order))})
		if last < 0 || bytes.Compare(o.keys[order[last].from:order[last].to], o.keys[from:]) <= 0 {
			last = len(order) - 1
		}
	}
	o.order = order
	o.cutoff = append([]byte(nil), o.keys[order[last].from:order[last].to]...)
	r.mem += o.held
}

func (o *sortOp) next(r *run, limit int) (*vec.Batch, error) {
	if !o.sorted {
		if err := o.load(r); err != nil {
			return nil, err
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if o.out == nil {
		o.out = vec.NewBatch(o.spec.kinds, 0)
	}
	o.out.Reset()
	if o.sources != nil {
		return o.mergeNext(limit)
	}
	end := len(o.order)
	if o.topN >= 0 {
		end = min(end, o.topN)
	}
	if o.at >= end {
		return nil, nil
	}
	n := min(end-o.at, min(limit, vec.MaxRows))
	items := o.order[o.at : o.at+n]
	for i, col := range o.out.Cols {
		for _, it := range items {
			c, at := o.rows.at(int(it.row))
			col.AppendFrom(c.Cols[i], at)
		}
	}
	o.out.N = n
	o.at += n
	return o.out, nil
}

func (o *sortOp) close(r *run) error {
	err := o.discard(r)
	if e := o.input.close(r); err == nil {
		err = e
	}
	return err
}
