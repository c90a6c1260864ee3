package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type hashJoinSpec struct {
	joinShape
	node                 plan.Node
	outerKeys, innerKeys []evaluator
	keyTypes             []types.OID
	outerTypes           []types.OID
	innerTypes           []types.OID
	storeKinds           []types.Kind // inner columns, then key columns
}

func (c *compiler) hashJoin(n *plan.HashJoin) (spec, error) {
	s := &hashJoinSpec{node: n, keyTypes: n.KeyTypes, outerTypes: columnTypes(n.Outer), innerTypes: columnTypes(n.Inner)}
	var err error
	if s.joinShape, err = c.joinShape(n.Kind, n.Outer, n.Inner, n.Cond); err != nil {
		return nil, err
	}
	if s.outerKeys, err = c.exprs(n.OuterKeys); err != nil {
		return nil, err
	}
	if s.innerKeys, err = c.exprs(n.InnerKeys); err != nil {
		return nil, err
	}
	s.storeKinds = append(s.storeKinds, s.innerKinds...)
	for _, t := range n.KeyTypes {
		s.storeKinds = append(s.storeKinds, kindOf(t))
	}
	return s, nil
}

func (s *hashJoinSpec) make() operator {
	return &hashJoinOp{spec: s, outer: s.outer.make(), inner: s.inner.make()}
}

// hashJoinOp builds a table of the inner side, and probes it with the outer one.
// When the table outgrows work_mem, both sides are divided by hash into files,
// which are then joined pair by pair.
type hashJoinOp struct {
	spec         *hashJoinSpec
	outer, inner operator
	joinRows

	built bool
	rows  *rowStore
	index hashIndex
	held  int64
	found []bool // per inner row: it had a match

	parts *joinParts

	batch      *vec.Batch // outer rows being probed
	keys       []*vec.Vec
	hashes     []uint64
	hits       []bool // per row of batch: it had a match
	at         int    // of batch
	chain      int32  // next entry to try for that row
	started    bool   // chain is set for the row
	tail       int    // next inner row to look at for a match
	tailing    bool
	outerSel   []int32
	innerRows  []int32
	candidates vec.Batch
}

func (o *hashJoinOp) open(r *run) error {
	if err := o.discard(r); err != nil {
		return err
	}
	if err := o.inner.open(r); err != nil {
		return err
	}
	return o.outer.open(r)
}

// discard forgets all state of an earlier execution.
func (o *hashJoinOp) discard(r *run) error {
	o.forgetTable(r)
	o.built, o.batch, o.at, o.started, o.tail, o.tailing = false, nil, 0, false, 0, false
	o.reset()
	p := o.parts
	o.parts = nil
	return p.close()
}

func (o *hashJoinOp) forgetTable(r *run) {
	r.shrink(o.held)
	o.held = 0
	if o.rows != nil {
		o.rows.reset()
	}
	o.index.reset()
	o.found = o.found[:0]
}

func (o *hashJoinOp) startTable() {
	s := o.spec
	if o.rows == nil {
		o.rows = newRowStore(s.storeKinds)
		o.index = hashIndex{types: s.keyTypes, col: len(s.innerKinds)}
	}
	o.index.keys = o.rows
}

// insert adds the rows of an inner batch to the table. Rows with a NULL key
// match nothing; they are kept only where unmatched inner rows are wanted.
func (o *hashJoinOp) insert(r *run, b *vec.Batch) error {
	s := o.spec
	keys, err := o.evalKeys(r, s.innerKeys, b)
	if err != nil {
		return err
	}
	o.hashes = hashRows(s.keyTypes, keys, b.N, b.Sel, o.hashes[:0])
	wide := vec.Batch{Cols: append(append([]*vec.Vec(nil), b.Cols...), keys...), N: b.N, Sel: b.Sel}
	if anyNulls(keys) && !s.keepsInner() {
		sel := make([]int32, 0, b.Rows())
		hashes := o.hashes[:0]
		for k := range b.Rows() {
			if at := b.Index(k); !nullKey(keys, at) {
				sel = append(sel, int32(at))
				hashes = append(hashes, o.hashes[k])
			}
		}
		wide.Sel, o.hashes = sel, hashes
	}
	n := o.rows.add(&wide) + entryBytes*int64(len(o.hashes))
	for k, h := range o.hashes {
		o.index.link(h, !nullKey(keys, wide.Index(k)))
	}
	if s.keepsInner() {
		for range o.hashes {
			o.found = append(o.found, false)
		}
	}
	o.held += n
	return r.grow(n)
}

func (o *hashJoinOp) evalKeys(r *run, es []evaluator, b *vec.Batch) ([]*vec.Vec, error) {
	o.keys = o.keys[:0]
	for _, e := range es {
		v, err := e.vector(r, b, b.Sel)
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, v)
	}
	return o.keys, nil
}

func anyNulls(cols []*vec.Vec) bool {
	for _, c := range cols {
		if c.Nulls != nil {
			return true
		}
	}
	return false
}

func nullKey(cols []*vec.Vec, i int) bool {
	for _, c := range cols {
		if c.IsNull(i) {
			return true
		}
	}
	return false
}

// build reads the inner side, into memory or, past work_mem, into files.
func (o *hashJoinOp) build(r *run) error {
	o.built = true
	o.startTable()
	for {
		if err := r.check(); err != nil {
			return err
		}
		b, err := o.inner.next(r, vec.MaxRows)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if b.Rows() == 0 {
			continue
		}
		if o.parts != nil {
			if err := o.parts.divide(r, o, o.spec.innerKeys, b, o.parts.inner); err != nil {
				return err
			}
			continue
		}
		if err := o.insert(r, b); err != nil {
			return err
		}
		if o.held > r.ec.workMem() {
			if o.parts, err = o.spillTable(r); err != nil {
				return err
			}
		}
	}
	r.noteMemory(o.spec.node, o.held)
	if o.parts == nil {
		return nil
	}
	return o.divideOuter(r)
}

// input gives the next batch of the outer side: of the input, or of the
// partition being joined.
func (o *hashJoinOp) input(r *run, limit int) (*vec.Batch, error) {
	if o.parts != nil {
		return o.parts.outerBatch(o)
	}
	return o.outer.next(r, limit)
}

func (o *hashJoinOp) next(r *run, limit int) (*vec.Batch, error) {
	if !o.built {
		if err := o.build(r); err != nil {
			return nil, err
		}
	}
	o.begin(&o.spec.joinShape)
	for {
		if o.tailing {
			if b := o.unmatchedInner(); b != nil {
				return b, nil
			}
			o.tailing = false
			if more, err := o.nextPartition(r); err != nil || !more {
				return nil, err
			}
		}
		if o.batch == nil {
			if err := r.check(); err != nil {
				return nil, err
			}
			b, err := o.input(r, limit)
			if err != nil {
				return nil, err
			}
			if b == nil {
				o.tailing = true
				continue
			}
			if err := o.startProbe(r, b); err != nil {
				return nil, err
			}
		}
		b, err := o.probe(r)
		if err != nil || b != nil && b.Rows() > 0 {
			return b, err
		}
	}
}

func (o *hashJoinOp) startProbe(r *run, b *vec.Batch) error {
	keys, err := o.evalKeys(r, o.spec.outerKeys, b)
	if err != nil {
		return err
	}
	o.hashes = hashRows(o.spec.keyTypes, keys, b.N, b.Sel, o.hashes[:0])
	o.hits = append(o.hits[:0], make([]bool, b.Rows())...)
	o.batch, o.at, o.started = b, 0, false
	return nil
}

// probe matches rows of the outer batch until there are enough pairs, and gives
// those that the condition lets through.
func (o *hashJoinOp) probe(r *run) (*vec.Batch, error) {
	s := o.spec
	once := !s.pairs() && s.cond == nil
	o.outerSel, o.innerRows = o.outerSel[:0], o.innerRows[:0]
	for o.at < o.batch.Rows() && len(o.outerSel) < vec.MaxRows {
		at := o.batch.Index(o.at)
		if !o.started {
			o.started, o.chain = true, -1
			if !nullKey(o.keys, at) {
				o.chain = o.index.first(o.hashes[o.at])
			}
		}
		for o.chain >= 0 && len(o.outerSel) < vec.MaxRows {
			e := o.chain
			o.chain = o.index.next[e]
			if !o.index.match(e, o.hashes[o.at], o.keys, at) {
				continue
			}
			if once {
				o.hits[o.at], o.chain = true, -1
				break
			}
			o.outerSel = append(o.outerSel, int32(o.at))
			o.innerRows = append(o.innerRows, e)
		}
		if o.chain < 0 {
			o.at, o.started = o.at+1, false
		}
	}
	if err := o.accept(r); err != nil {
		return nil, err
	}
	if o.at >= o.batch.Rows() {
		o.finishBatch()
	}
	return o.out, nil
}

// accept puts the pairs found into the output, those for which the condition holds.
func (o *hashJoinOp) accept(r *run) error {
	s := o.spec
	o.out.Reset()
	if len(o.outerSel) == 0 {
		return nil
	}
	pairs := o.out
	if !s.pairs() {
		if o.candidates.Cols == nil {
			o.candidates = *vec.NewBatch(append(append([]types.Kind(nil), s.outerKinds...), s.innerKinds...), 0)
		}
		pairs = &o.candidates
		pairs.Reset()
	}
	o.gather(pairs)
	var good []int32
	if s.cond != nil {
		var err error
		if o.sel, err = choose(r, s.cond, pairs, nil, o.sel[:0]); err != nil {
			return err
		}
		good = o.sel
		if good == nil {
			good = []int32{}
		}
	}
	for k := range countOf(good, pairs.N) {
		i := k
		if good != nil {
			i = int(good[k])
		}
		o.hits[o.outerSel[i]] = true
		if s.keepsInner() {
			o.found[o.innerRows[i]] = true
		}
	}
	if s.pairs() && good != nil && len(good) < pairs.N {
		pairs.Sel = good
	}
	return nil
}

// gather copies the pairs' columns.
func (o *hashJoinOp) gather(dst *vec.Batch) {
	n := len(o.outerSel)
	sel := o.outerSel
	if o.batch.Sel != nil {
		sel = make([]int32, n)
		for i, k := range o.outerSel {
			sel[i] = o.batch.Sel[k]
		}
	}
	for i, c := range o.batch.Cols {
		dst.Cols[i].AppendSel(c, sel, 0)
	}
	width := len(o.batch.Cols)
	for i := range o.spec.innerKinds {
		col := dst.Cols[width+i]
		for _, e := range o.innerRows {
			c, at := o.rows.at(int(e))
			col.AppendFrom(c.Cols[i], at)
		}
	}
	dst.N = n
}

// finishBatch gives what depends on all pairs of the outer batch being known:
// rows with no match, or for semi joins with one.
func (o *hashJoinOp) finishBatch() {
	s := o.spec
	b := o.batch
	o.batch = nil
	var want bool
	switch {
	case s.kind == plan.Semi:
		want = true
	case s.kind == plan.Anti, s.keepsOuter():
	default:
		return
	}
	for k := range b.Rows() {
		if o.hits[k] == want {
			o.outerOnlySelected(b, b.Index(k))
		}
	}
}

// outerOnlySelected adds an outer row to an output that may have a selection.
func (o *hashJoinOp) outerOnlySelected(b *vec.Batch, at int) {
	if o.out.Sel != nil {
		o.out.Sel = append(o.out.Sel, int32(o.out.N))
	}
	o.outerOnly(b, at)
}

// unmatchedInner gives, at the end, inner rows that had no match; nil when there
// are no more.
func (o *hashJoinOp) unmatchedInner() *vec.Batch {
	if !o.spec.keepsInner() {
		return nil
	}
	o.out.Reset()
	width := len(o.spec.innerKinds)
	for ; o.tail < len(o.found) && o.out.N < vec.MaxRows; o.tail++ {
		if !o.found[o.tail] {
			c, at := o.rows.at(o.tail)
			o.innerOnly(&vec.Batch{Cols: c.Cols[:width], N: c.N}, at)
		}
	}
	if o.out.N == 0 {
		return nil
	}
	return o.out
}

func (o *hashJoinOp) close(r *run) error {
	err := o.discard(r)
	if e := o.outer.close(r); err == nil {
		err = e
	}
	if e := o.inner.close(r); err == nil {
		err = e
	}
	return err
}
