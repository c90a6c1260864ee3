package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type aggregateSpec struct {
	node      *plan.Aggregate
	input     spec
	inTypes   []types.OID
	inKinds   []types.Kind
	group     []evaluator
	groupType []types.OID
	aggs      []*aggSpec
	// sets are the grouping sets, each positions in group; one set of all without
	// GROUPING SETS.
	sets   [][]int
	masks  [][]int64 // per set, the values of the GROUPING() calls
	having evaluator
	kinds  []types.Kind
}

func (c *compiler) aggregate(n *plan.Aggregate) (spec, error) {
	s := &aggregateSpec{
		node: n, inTypes: columnTypes(n.Input), inKinds: kindsOf(n.Input), groupType: typesOf(n.Group), kinds: kindsOf(n),
	}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.group, err = c.exprs(n.Group); err != nil {
		return nil, err
	}
	for i := range n.Aggs {
		a, err := c.agg(&n.Aggs[i])
		if err != nil {
			return nil, err
		}
		s.aggs = append(s.aggs, a)
	}
	s.sets = n.Sets
	if len(n.Sets) == 0 {
		all := make([]int, len(n.Group))
		for i := range all {
			all[i] = i
		}
		s.sets = [][]int{all}
	}
	for _, set := range s.sets {
		s.masks = append(s.masks, groupingMasks(set, n.Grouping))
	}
	s.having, err = c.optional(n.Having)
	return s, err
}

// groupingMasks are the values of GROUPING() calls for one grouping set: a bit
// per argument, the last one lowest, set where the set leaves the column out.
func groupingMasks(set []int, calls [][]int) []int64 {
	in := make(map[int]bool, len(set))
	for _, i := range set {
		in[i] = true
	}
	out := make([]int64, len(calls))
	for k, args := range calls {
		for _, i := range args {
			out[k] <<= 1
			if !in[i] {
				out[k] |= 1
			}
		}
	}
	return out
}

func (s *aggregateSpec) make() operator {
	o := &aggregateOp{spec: s, input: s.input.make()}
	for _, set := range s.sets {
		o.tables = append(o.tables, s.newTable(set))
	}
	return o
}

// aggregateOp groups its input. Hashed groups that outgrow work_mem send rows of
// further groups to disk, to be grouped when the first ones have been given.
type aggregateOp struct {
	spec   *aggregateSpec
	input  operator
	tables []*groupTable
	held   int64

	loaded bool // the input, or the spilled rows in turn, have been read
	set    int  // table being given
	at     int  // group being given
	spill  *aggSpill
	seen   bool // sorted input: a batch ended, its groups can be given
	out    *vec.Batch
	sieve
}

func (o *aggregateOp) open(r *run) error {
	if err := o.discard(r); err != nil {
		return err
	}
	return o.input.open(r)
}

func (o *aggregateOp) discard(r *run) error {
	o.forget(r)
	o.loaded, o.set, o.at, o.seen = false, 0, 0, false
	if o.out != nil {
		o.out.Reset()
	}
	s := o.spill
	o.spill = nil
	return s.close()
}

// forget drops all groups.
func (o *aggregateOp) forget(r *run) {
	r.shrink(o.held)
	o.held = 0
	for _, t := range o.tables {
		t.reset(o.spec)
	}
}

// sorted tells whether groups come one after the other.
func (o *aggregateOp) sorted() bool {
	return o.spec.node.Strategy == plan.AggSorted && len(o.tables) == 1 && len(o.spec.group) > 0
}

// canSpill tells whether rows may be put aside: not with grouping sets, where
// each row belongs to several groups, nor if groups must stay in order.
func (o *aggregateOp) canSpill() bool {
	return len(o.tables) == 1 && !o.sorted() && len(o.spec.group) > 0
}

func (o *aggregateOp) addBatch(r *run, b *vec.Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	for _, t := range o.tables {
		n, err := t.add(r, o, b)
		o.held += n
		r.mem += n
		if err != nil {
			return err
		}
	}
	return r.grow(0)
}

// load reads rows: all of them, or of sorted input until groups are complete.
func (o *aggregateOp) load(r *run) error {
	for {
		if err := r.check(); err != nil {
			return err
		}
		b, err := o.read(r)
		if err != nil {
			return err
		}
		if b == nil {
			o.loaded = true
			break
		}
		if err := o.addBatch(r, b); err != nil {
			return err
		}
		if o.sorted() && o.tables[0].n > 1 {
			return nil
		}
		if o.spill == nil || !o.spill.writing() {
			if o.canSpill() && o.held > r.ec.workMem() {
				if o.spill, err = o.spill.start(r, o); err != nil {
					return err
				}
			}
		}
	}
	r.noteMemory(o.spec.node, o.held)
	for i, t := range o.tables {
		if len(o.spec.sets[i]) == 0 && t.n == 0 {
			t.addEmpty()
		}
	}
	return nil
}

func (o *aggregateOp) read(r *run) (*vec.Batch, error) {
	if o.spill != nil && o.spill.in != nil {
		return o.spill.read(o)
	}
	return o.input.next(r, vec.MaxRows)
}

func (o *aggregateOp) next(r *run, limit int) (*vec.Batch, error) {
	if o.out == nil {
		o.out = vec.NewBatch(o.spec.kinds, 0)
	}
	o.out.Reset()
	for {
		ready := o.ready()
		if o.set < len(o.tables) && o.at < ready {
			if err := o.give(r, limit, ready); err != nil {
				return nil, err
			}
			return o.apply(r, o.spec.having, o.out)
		}
		switch {
		case o.loaded && o.set < len(o.tables)-1:
			o.set, o.at = o.set+1, 0
		case o.loaded:
			more, err := o.nextSpilled(r)
			if err != nil || !more {
				return nil, err
			}
		default:
			if o.sorted() && o.at > 0 {
				o.tables[0].keepLast()
			}
			o.set, o.at = 0, 0
			if err := o.load(r); err != nil {
				return nil, err
			}
		}
	}
}

// ready is how many groups of the current table are complete.
func (o *aggregateOp) ready() int {
	switch {
	case o.set >= len(o.tables):
		return 0
	case o.loaded:
		return o.tables[o.set].n
	case o.sorted():
		return o.tables[0].n - 1
	}
	return 0
}

// give puts groups of the current table into the output.
func (o *aggregateOp) give(r *run, limit, ready int) error {
	t := o.tables[o.set]
	width := len(o.spec.group)
	for ; o.at < ready && o.out.N < min(limit, vec.MaxRows); o.at++ {
		for _, pos := range t.absent {
			o.out.Cols[pos].Append(types.Null)
		}
		for k, pos := range t.set {
			o.out.Cols[pos].Append(t.keys.get(o.at, k))
		}
		for i, a := range t.aggs {
			d, err := a.value(r, o.at)
			if err != nil {
				return err
			}
			o.out.Cols[width+i].Append(d)
		}
		for i, m := range o.spec.masks[o.set] {
			o.out.Cols[width+len(t.aggs)+i].Append(types.Int(m))
		}
		o.out.N++
	}
	return nil
}

func (o *aggregateOp) close(r *run) error {
	err := o.discard(r)
	if e := o.input.close(r); err == nil {
		err = e
	}
	return err
}
