package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type uniqueSpec struct {
	input spec
	keys  []int
	types []types.OID
	kinds []types.Kind
}

func (c *compiler) unique(n *plan.Unique) (spec, error) {
	in, err := c.node(n.Input)
	s := &uniqueSpec{input: in, keys: n.Keys}
	for _, k := range n.Keys {
		t := n.Input.Out()[k].Type
		s.types, s.kinds = append(s.types, t), append(s.kinds, kindOf(t))
	}
	return s, err
}

func (s *uniqueSpec) make() operator { return &uniqueOp{spec: s, input: s.input.make()} }

// uniqueOp drops rows equal to the one before.
type uniqueOp struct {
	spec  *uniqueSpec
	input operator
	last  *vec.Batch // keys of the last row let through
	sel   []int32
	out   vec.Batch
}

func (o *uniqueOp) open(r *run) error {
	o.last = vec.NewBatch(o.spec.kinds, 1)
	return o.input.open(r)
}

func (o *uniqueOp) next(r *run, limit int) (*vec.Batch, error) {
	b, err := o.input.next(r, limit)
	if err != nil || b == nil {
		return nil, err
	}
	if o.sel == nil {
		o.sel = make([]int32, 0, b.Rows())
	}
	o.sel = o.sel[:0]
	for k := range b.Rows() {
		at := b.Index(k)
		if o.last.N > 0 && o.same(b, at) {
			continue
		}
		o.last.Reset()
		for i, c := range o.spec.keys {
			o.last.Cols[i].AppendFrom(b.Cols[c], at)
		}
		o.last.N = 1
		o.sel = append(o.sel, int32(at))
	}
	o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
	return &o.out, nil
}

func (o *uniqueOp) same(b *vec.Batch, at int) bool {
	for i, c := range o.spec.keys {
		if !equalAt(o.spec.types[i], o.last.Cols[i], 0, b.Cols[c], at) {
			return false
		}
	}
	return true
}

func (o *uniqueOp) close(r *run) error { return o.input.close(r) }

// rowSet is a set of whole rows, NULLs equal.
type rowSet struct {
	types  []types.OID
	rows   *rowStore
	index  hashIndex
	hashes []uint64
	held   int64
}

func newRowSet(ts []types.OID) *rowSet {
	kinds := make([]types.Kind, len(ts))
	for i, t := range ts {
		kinds[i] = kindOf(t)
	}
	s := &rowSet{types: ts, rows: newRowStore(kinds)}
	s.index = hashIndex{types: ts, keys: s.rows}
	return s
}

// drop empties the set.
func (s *rowSet) drop(r *run) {
	if s == nil {
		return
	}
	r.shrink(s.held)
	s.held = 0
	s.rows.reset()
	s.index.reset()
}

// hash computes the hashes of b's counting rows.
func (s *rowSet) hash(b *vec.Batch) []uint64 {
	s.hashes = hashRows(s.types, b.Cols, b.N, b.Sel, s.hashes[:0])
	return s.hashes
}

// find gives the entry of a row, -1 if it is not in the set.
func (s *rowSet) find(h uint64, b *vec.Batch, at int) int32 { return s.index.find(h, b.Cols, at) }

// add puts a row in that is not there, and gives its entry.
func (s *rowSet) add(r *run, h uint64, b *vec.Batch, at int) (int32, error) {
	size := int64(entryBytes)
	for _, c := range b.Cols {
		size += 8
		if c.Class == vec.ClassDatum {
			size += datumSize(c.Get(at))
		}
	}
	s.rows.tail().AppendRowOf(b, at)
	s.rows.n++
	s.index.link(h, true)
	s.held += size
	return int32(s.rows.n - 1), r.grow(size)
}

// novel gives the rows of b that were not in the set, and adds them.
func (s *rowSet) novel(r *run, b *vec.Batch, sel []int32) ([]int32, error) {
	for k, h := range s.hash(b) {
		at := b.Index(k)
		if s.find(h, b, at) >= 0 {
			continue
		}
		if _, err := s.add(r, h, b, at); err != nil {
			return sel, err
		}
		sel = append(sel, int32(at))
	}
	return sel, nil
}
