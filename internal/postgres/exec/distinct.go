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

type hashDistinctSpec struct {
	input spec
	types []types.OID
}

func (c *compiler) hashDistinct(n *plan.HashDistinct) (spec, error) {
	in, err := c.node(n.Input)
	return &hashDistinctSpec{in, columnTypes(n.Input)}, err
}

func (s *hashDistinctSpec) make() operator {
	return &hashDistinctOp{input: s.input.make(), set: newRowSet(s.types)}
}

// hashDistinctOp lets each row through once.
type hashDistinctOp struct {
	input operator
	set   *rowSet
	sel   []int32
	out   vec.Batch
}

func (o *hashDistinctOp) open(r *run) error {
	o.set.drop(r)
	return o.input.open(r)
}

func (o *hashDistinctOp) next(r *run, limit int) (*vec.Batch, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	b, err := o.input.next(r, limit)
	if err != nil || b == nil {
		return nil, err
	}
	if o.sel == nil {
		o.sel = make([]int32, 0, b.Rows())
	}
	if o.sel, err = o.set.novel(r, b, o.sel[:0]); err != nil {
		return nil, err
	}
	o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
	return &o.out, nil
}

func (o *hashDistinctOp) close(r *run) error {
	o.set.drop(r)
	return o.input.close(r)
}

type setOpSpec struct {
	left, right spec
	kind        plan.SetOpKind
	all         bool
	types       []types.OID
}

func (c *compiler) setOp(n *plan.SetOp) (spec, error) {
	l, err := c.node(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.node(n.Right)
	return &setOpSpec{l, right, n.Kind, n.All, columnTypes(n)}, err
}

func (s *setOpSpec) make() operator {
	return &setOpOp{spec: s, left: s.left.make(), right: s.right.make(), set: newRowSet(s.types)}
}

// setOpOp is INTERSECT or EXCEPT: it counts the right side's rows, then passes
// or stops each of the left side.
type setOpOp struct {
	spec        *setOpSpec
	left, right operator
	set         *rowSet
	counts      []int64 // per row of the right side
	done        []bool  // per row of the set: the left side's was given, or stopped
	counted     bool
	sel         []int32
	out         vec.Batch
}

func (o *setOpOp) open(r *run) error {
	o.set.drop(r)
	o.counts, o.done, o.counted = o.counts[:0], o.done[:0], false
	if err := o.right.open(r); err != nil {
		return err
	}
	return o.left.open(r)
}

func (o *setOpOp) count(r *run) error {
	o.counted = true
	for {
		if err := r.check(); err != nil {
			return err
		}
		b, err := o.right.next(r, vec.MaxRows)
		if err != nil || b == nil {
			return err
		}
		for k, h := range o.set.hash(b) {
			at := b.Index(k)
			e := o.set.find(h, b, at)
			if e < 0 {
				if e, err = o.set.add(r, h, b, at); err != nil {
					return err
				}
				o.counts, o.done = append(o.counts, 0), append(o.done, false)
			}
			o.counts[e]++
		}
	}
}

// pass tells whether a row of the left side is in the result; e is its entry, -1
// if the right side has none.
func (o *setOpOp) pass(r *run, e int32, h uint64, b *vec.Batch, at int) (bool, error) {
	if o.spec.all {
		if e >= 0 && o.counts[e] > 0 {
			o.counts[e]--
			return o.spec.kind == plan.Intersect, nil
		}
		return o.spec.kind == plan.Except, nil
	}
	if e < 0 {
		if o.spec.kind == plan.Intersect {
			return false, nil
		}
		_, err := o.set.add(r, h, b, at)
		o.counts, o.done = append(o.counts, 0), append(o.done, true)
		return true, err
	}
	if o.spec.kind == plan.Except || o.done[e] {
		return false, nil
	}
	o.done[e] = true
	return true, nil
}

func (o *setOpOp) next(r *run, limit int) (*vec.Batch, error) {
	if !o.counted {
		if err := o.count(r); err != nil {
			return nil, err
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	b, err := o.left.next(r, limit)
	if err != nil || b == nil {
		return nil, err
	}
	if o.sel == nil {
		o.sel = make([]int32, 0, b.Rows())
	}
	o.sel = o.sel[:0]
	for k, h := range o.set.hash(b) {
		at := b.Index(k)
		ok, err := o.pass(r, o.set.find(h, b, at), h, b, at)
		if err != nil {
			return nil, err
		}
		if ok {
			o.sel = append(o.sel, int32(at))
		}
	}
	o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
	return &o.out, nil
}

func (o *setOpOp) close(r *run) error {
	o.set.drop(r)
	err := o.left.close(r)
	if e := o.right.close(r); err == nil {
		err = e
	}
	return err
}
