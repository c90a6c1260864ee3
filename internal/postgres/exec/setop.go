package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

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
