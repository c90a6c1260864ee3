package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type insertSpec struct {
	change
	columns  []int
	width    int
	rules    rowRules
	conflict *conflictSpec
}

// conflictSpec is ON CONFLICT compiled.
type conflictSpec struct {
	arbiters []*catalog.Index
	nothing  bool
	set      []assignEval
	where    evaluator
	mode     table.RowLock
}

func (c *compiler) insert(n *plan.Insert) (spec, error) {
	s := &insertSpec{
		change: change{relation: newRelation(n.Rel), tag: c.tagged == n}, columns: n.Columns, width: len(n.Rel.Columns),
	}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.rules, err = c.rowRules(n.Rel, n.Generated, n.Checks); err != nil {
		return nil, err
	}
	if k := n.Conflict; k != nil {
		s.conflict = &conflictSpec{arbiters: k.Arbiters, nothing: k.Nothing}
		if s.conflict.set, err = c.assigns(k.Set); err != nil {
			return nil, err
		}
		if s.conflict.where, err = c.optional(k.Where); err != nil {
			return nil, err
		}
		var cols []int
		for _, a := range append(append([]plan.Assign(nil), k.Set...), n.Generated...) {
			cols = append(cols, a.Column)
		}
		s.conflict.mode = s.plain.UpdateLock(cols)
	}
	s.returning, err = c.returning(n.Returning)
	return s, err
}

func (s *insertSpec) make() operator {
	return &insertOp{spec: s, changeOp: changeOp{change: &s.change, input: s.input.make()}}
}

// insertOp inserts its input's rows.
type insertOp struct {
	changeOp
	spec *insertSpec
	row  []types.Datum
	both []types.Datum // an existing row, then the proposed one
	// mine are the versions that this command wrote, with ON CONFLICT DO UPDATE.
	mine map[table.TID]struct{}
	held int64
}

func (o *insertOp) open(r *run) error {
	o.forget(r)
	return o.changeOp.open(r)
}

func (o *insertOp) forget(r *run) {
	r.shrink(o.held)
	o.mine, o.held = nil, 0
}

func (o *insertOp) close(r *run) error {
	o.forget(r)
	clear(o.row)
	clear(o.both)
	return o.changeOp.close(r)
}

func (o *insertOp) next(r *run, _ int) (*vec.Batch, error) {
	return o.each(r, func(src []types.Datum) ([]types.Datum, error) { return o.insertSource(r, src) })
}

// insertSource inserts the row made of one input row.
func (o *insertOp) insertSource(r *run, src []types.Datum) ([]types.Datum, error) {
	if cap(o.row) < o.spec.width {
		o.row = make([]types.Datum, o.spec.width)
	}
	o.row = o.row[:o.spec.width]
	clear(o.row)
	for i, col := range o.spec.columns {
		o.row[col] = src[i]
	}
	if err := o.spec.rules.apply(r, o.row); err != nil {
		return nil, err
	}
	if o.spec.conflict == nil {
		if _, err := r.ec.Tx.Insert(r.ctx, o.h, o.row); err != nil {
			return nil, err
		}
		return o.row, o.inserted()
	}
	return o.insertOrElse(r)
}

// inserted tells of the row that was inserted.
func (o *insertOp) inserted() error {
	if o.hook == nil {
		return nil
	}
	return o.hook.Inserted(o.row)
}

// insertOrElse is ON CONFLICT: it tries again when the row in the way was gone
// by the time it could be locked.
func (o *insertOp) insertOrElse(r *run) ([]types.Datum, error) {
	k := o.spec.conflict
	for {
		if err := r.check(); err != nil {
			return nil, err
		}
		tid, conflict, err := r.ec.Tx.InsertOrConflict(r.ctx, o.h, o.row, k.arbiters)
		switch {
		case err != nil:
			return nil, err
		case conflict == nil:
			if err := o.inserted(); err != nil {
				return nil, err
			}
			return o.row, o.remember(r, tid)
		case k.nothing:
			return nil, nil
		}
		if _, mine := o.mine[conflict.TID]; mine {
			return nil, errTwice()
		}
		res, err := r.ec.Tx.LockRow(r.ctx, o.h, conflict.TID, k.mode, table.WaitBlock)
		if err != nil {
			return nil, err
		}
		switch res.Status {
		case table.LockSame, table.LockChanged:
			return o.updateInstead(r, res)
		case table.LockSelf:
			return nil, errTwice()
		}
	}
}

// updateInstead is DO UPDATE of the row in the way.
func (o *insertOp) updateInstead(r *run, res table.LockResult) ([]types.Datum, error) {
	k := o.spec.conflict
	o.both = append(append(o.both[:0], res.Row...), o.row...)
	in := rowRef{vals: o.both}
	if k.where != nil {
		ok, err := isTrue(r, k.where, in)
		if err != nil || !ok {
			return nil, err
		}
	}
	copy(o.row, res.Row)
	for _, a := range k.set {
		d, err := a.expr.row(r, in)
		if err != nil {
			return nil, err
		}
		o.row[a.column] = d
	}
	if err := o.spec.rules.apply(r, o.row); err != nil {
		return nil, err
	}
	tid, err := r.ec.Tx.Update(r.ctx, o.h, res.TID, res.Row, o.row)
	if err != nil {
		return nil, err
	}
	if err := o.updated(res.Row, o.row); err != nil {
		return nil, err
	}
	return o.row, o.remember(r, tid)
}

// remember notes a version that this command wrote, which it may not change again.
func (o *insertOp) remember(r *run, tid table.TID) error {
	if o.spec.conflict.nothing {
		return nil
	}
	if o.mine == nil {
		o.mine = make(map[table.TID]struct{})
	}
	o.mine[tid] = struct{}{}
	n := int64(len(tid)) + 40
	o.held += n
	return r.grow(n)
}
