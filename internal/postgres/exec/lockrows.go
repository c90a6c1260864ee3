package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type lockRowsSpec struct {
	input   spec
	kinds   []types.Kind
	targets []lockTargetSpec
	recheck evaluator
}

type lockTargetSpec struct {
	relation
	target plan.LockTarget
	mode   table.RowLock
	wait   table.WaitPolicy
}

var lockModes = map[plan.LockStrength]table.RowLock{
	plan.ForKeyShare: table.ForKeyShare, plan.ForShare: table.ForShare,
	plan.ForNoKeyUpdate: table.ForNoKeyUpdate, plan.ForUpdate: table.ForUpdate,
}

var waitPolicies = map[plan.LockWait]table.WaitPolicy{
	plan.WaitBlock: table.WaitBlock, plan.WaitSkip: table.WaitSkip, plan.WaitError: table.WaitError,
}

func (c *compiler) lockRows(n *plan.LockRows) (spec, error) {
	s := &lockRowsSpec{kinds: kindsOf(n)}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	for _, t := range n.Targets {
		s.targets = append(s.targets, lockTargetSpec{newRelation(t.Rel), t, lockModes[t.Strength], waitPolicies[t.Wait]})
	}
	s.recheck, err = c.optional(n.Recheck)
	return s, err
}

func (s *lockRowsSpec) make() operator { return &lockRowsOp{spec: s, input: s.input.make()} }

// lockRowsOp is FOR UPDATE and its like. It locks no more rows than are asked for.
type lockRowsOp struct {
	spec  *lockRowsSpec
	input operator
	parts pieces
	row   []types.Datum
	out   *vec.Batch
}

func (o *lockRowsOp) open(r *run) error {
	o.parts.reset()
	return o.input.open(r)
}

func (o *lockRowsOp) next(r *run, limit int) (*vec.Batch, error) {
	b, err := o.parts.next(limit, func() (*vec.Batch, error) { return o.input.next(r, limit) })
	if err != nil || b == nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if o.out == nil {
		o.out = vec.NewBatch(o.spec.kinds, 0)
	}
	o.out.Reset()
	for k := range b.Rows() {
		o.row = b.Row(k, o.row)
		ok, err := o.lock(r)
		if err != nil {
			return nil, err
		}
		if ok {
			o.out.AppendRow(o.row)
		}
	}
	return o.out, nil
}

// lock locks the row's targets; newer values replace those read, and the
// query's conditions are then asked again.
func (o *lockRowsOp) lock(r *run) (bool, error) {
	changed := false
	for i := range o.spec.targets {
		s := &o.spec.targets[i]
		t := &s.target
		if o.row[t.TID].IsNull() {
			continue // the NULL side of an outer join
		}
		h, err := s.handle(r.ec)
		if err != nil {
			return false, err
		}
		res, err := r.ec.Tx.LockRow(r.ctx, h, table.TIDOf(o.row[t.TID]), s.mode, s.wait)
		if err != nil {
			return false, err
		}
		switch res.Status {
		case table.LockSame:
		case table.LockChanged:
			changed = true
			for k, at := range t.At {
				o.row[at] = res.Row[t.Columns[k]]
			}
			o.row[t.TID] = res.TID.Datum()
		default:
			return false, nil
		}
	}
	if !changed || o.spec.recheck == nil {
		return true, nil
	}
	return isTrue(r, o.spec.recheck, rowRef{vals: o.row})
}

func (o *lockRowsOp) close(r *run) error {
	if o.out != nil {
		o.out.Reset()
	}
	clear(o.row)
	return o.input.close(r)
}
