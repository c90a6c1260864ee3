package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// returning computes RETURNING for one changed row at a time.
type returning struct {
	exprs []evaluator
	kinds []types.Kind
}

func (c *compiler) returning(es []plan.Expr) (returning, error) {
	out, err := c.exprs(es)
	q := returning{exprs: out}
	for _, e := range es {
		q.kinds = append(q.kinds, kindOf(e.Type()))
	}
	return q, err
}

func (q *returning) add(r *run, out *vec.Batch, row []types.Datum) error {
	for i, e := range q.exprs {
		d, err := e.row(r, rowRef{vals: row})
		if err != nil {
			return err
		}
		out.Cols[i].Append(d)
	}
	out.N++
	return nil
}

// change is what INSERT, UPDATE and DELETE have in common: an input whose rows
// are handled one by one, and what they return.
type change struct {
	relation
	input spec
	returning
	// tag says that the rows count for the command tag.
	tag bool
}

// changeOp runs a change. handle changes one row of the input, given as values,
// and gives the row that RETURNING is computed over, nil if nothing was changed.
type changeOp struct {
	change *change
	input  operator
	h      *table.Handle
	hook   RowHook // nil if nobody asks
	out    *vec.Batch
	src    []types.Datum
}

func (o *changeOp) open(r *run) error {
	if o.out != nil {
		o.out.Reset()
	}
	var err error
	if o.h, err = o.change.handle(r.ec); err != nil {
		return err
	}
	if o.hook, err = r.ec.hook(o.change.rel); err != nil {
		return err
	}
	if o.input == nil {
		return nil
	}
	return o.input.open(r)
}

// each reads the input, to its end if nothing is returned, else until a batch
// changed something.
func (o *changeOp) each(r *run, handle func(src []types.Datum) ([]types.Datum, error)) (*vec.Batch, error) {
	if o.out == nil {
		o.out = vec.NewBatch(o.change.kinds, 0)
	}
	o.out.Reset()
	for {
		if err := r.check(); err != nil {
			return nil, err
		}
		b, err := o.input.next(r, vec.MaxRows)
		if err != nil || b == nil {
			return nil, err
		}
		for k := range b.Rows() {
			o.src = b.Row(k, o.src)
			row, err := handle(o.src)
			if err != nil {
				return nil, err
			}
			if err := o.give(r, row); err != nil {
				return nil, err
			}
		}
		if o.out.N > 0 {
			return o.out, nil
		}
	}
}

// give counts a changed row, and puts what it returns into the output.
func (o *changeOp) give(r *run, row []types.Datum) error {
	if row == nil {
		return nil
	}
	if o.change.tag {
		r.affected++
	}
	if len(o.change.exprs) == 0 {
		return nil
	}
	return o.change.add(r, o.out, row)
}

// updated tells of a row that was replaced.
func (o *changeOp) updated(old, row []types.Datum) error {
	if o.hook == nil {
		return nil
	}
	return o.hook.Updated(old, row)
}

func (o *changeOp) close(r *run) error {
	if o.out != nil {
		o.out.Reset()
	}
	clear(o.src)
	o.hook = nil
	if o.input == nil {
		return nil
	}
	return o.input.close(r)
}

// pointInput tells an UPDATE's or DELETE's input that is one row by its clustered
// key and nothing else: then the newest row is locked at once, which needs no
// snapshot.
func (c *compiler) pointInput(n plan.Node) (*pointTarget, error) {
	s, ok := n.(*plan.Scan)
	if !ok || !s.Point || s.Index == nil || !s.Index.Clustered || s.Filter != nil || !s.WithTID || len(s.Spans) != 1 ||
		len(s.Columns) != len(s.Rel.Columns) {
		return nil, nil
	}
	for i, col := range s.Columns {
		if i != col {
			return nil, nil
		}
	}
	spans, err := c.spans(s.Spans)
	if err != nil {
		return nil, err
	}
	return &pointTarget{spans[0]}, nil
}

type pointTarget struct{ span spanEval }

// lock finds and locks the row; its values then its TID are appended to src. ok
// is false if there is none.
func (p *pointTarget) lock(r *run, h *table.Handle, mode table.RowLock, src []types.Datum) (res table.LockResult, out []types.Datum, ok bool, err error) {
	key, ok, err := p.span.key(r, src)
	if err != nil || !ok {
		return res, key, false, err
	}
	res, ok, err = r.ec.Tx.GetForUpdate(r.ctx, h, key, mode, table.WaitBlock)
	if err != nil || !ok {
		return res, key, false, err
	}
	return res, append(append(key[:0], res.Row...), res.TID.Datum()), true, nil
}

// lockTarget locks the row that src was read as, its TID at position at. If
// another transaction changed it, the newest values are put into src and recheck
// is asked. ok is false if the row is to be passed over.
func lockTarget(r *run, h *table.Handle, src []types.Datum, at int, mode table.RowLock, recheck evaluator) (res table.LockResult, ok bool, err error) {
	res, err = r.ec.Tx.LockRow(r.ctx, h, table.TIDOf(src[at]), mode, table.WaitBlock)
	if err != nil {
		return res, false, err
	}
	switch res.Status {
	case table.LockSame:
		return res, true, nil
	case table.LockChanged:
		copy(src, res.Row)
		src[at] = res.TID.Datum()
		if recheck == nil {
			return res, true, nil
		}
		ok, err := isTrue(r, recheck, rowRef{vals: src})
		return res, ok, err
	}
	return res, false, nil
}

type updateSpec struct {
	change
	rules   rowRules
	set     []assignEval
	recheck evaluator
	point   *pointTarget
	mode    table.RowLock
	width   int // columns of the table
}

func (c *compiler) update(n *plan.Update) (spec, error) {
	s := &updateSpec{change: change{relation: newRelation(n.Rel), tag: c.tagged == n}, width: len(n.Rel.Columns)}
	var err error
	if s.point, err = c.pointInput(n.Input); err != nil {
		return nil, err
	}
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.set, err = c.assigns(n.Set); err != nil {
		return nil, err
	}
	if s.recheck, err = c.optional(n.Recheck); err != nil {
		return nil, err
	}
	if s.rules, err = c.rowRules(n.Rel, n.Generated, n.Checks); err != nil {
		return nil, err
	}
	var cols []int
	for _, a := range append(append([]plan.Assign(nil), n.Set...), n.Generated...) {
		cols = append(cols, a.Column)
	}
	s.mode = s.plain.UpdateLock(cols)
	s.returning, err = c.returning(n.Returning)
	return s, err
}

func (s *updateSpec) make() operator {
	o := &updateOp{spec: s, changeOp: changeOp{change: &s.change}}
	if s.point == nil {
		o.changeOp.input = s.input.make()
	}
	return o
}

// updateOp locks each row its input found, computes the new one and stores it.
type updateOp struct {
	changeOp
	spec *updateSpec
	row  []types.Datum
	done bool
}

func (o *updateOp) open(r *run) error {
	o.done = false
	return o.changeOp.open(r)
}

func (o *updateOp) next(r *run, _ int) (*vec.Batch, error) {
	if o.changeOp.input != nil {
		return o.each(r, func(src []types.Datum) ([]types.Datum, error) {
			res, ok, err := lockTarget(r, o.h, src, o.spec.width, o.spec.mode, o.spec.recheck)
			if err != nil || !ok {
				return nil, err
			}
			return o.store(r, src, res)
		})
	}
	return o.once(r, &o.done, func() ([]types.Datum, error) {
		res, src, ok, err := o.spec.point.lock(r, o.h, o.spec.mode, o.src[:0])
		o.src = src
		if err != nil || !ok {
			return nil, err
		}
		return o.store(r, src, res)
	})
}

// once is each for an input of one row that handle finds by itself.
func (o *changeOp) once(r *run, done *bool, handle func() ([]types.Datum, error)) (*vec.Batch, error) {
	if *done {
		return nil, nil
	}
	*done = true
	if err := r.check(); err != nil {
		return nil, err
	}
	if o.out == nil {
		o.out = vec.NewBatch(o.change.kinds, 0)
	}
	o.out.Reset()
	row, err := handle()
	if err == nil {
		err = o.give(r, row)
	}
	if err != nil || o.out.N == 0 {
		return nil, err
	}
	return o.out, nil
}

// store computes and stores the new version of a locked row.
func (o *updateOp) store(r *run, src []types.Datum, res table.LockResult) ([]types.Datum, error) {
	o.row = append(o.row[:0], src[:o.spec.width]...)
	in := rowRef{vals: src}
	for _, a := range o.spec.set {
		d, err := a.expr.row(r, in)
		if err != nil {
			return nil, err
		}
		o.row[a.column] = d
	}
	if err := o.spec.rules.apply(r, o.row); err != nil {
		return nil, err
	}
	if _, err := r.ec.Tx.Update(r.ctx, o.h, res.TID, res.Row, o.row); err != nil {
		return nil, err
	}
	if err := o.updated(res.Row, o.row); err != nil {
		return nil, err
	}
	if len(o.spec.exprs) > 0 {
		o.row = append(o.row, src[o.spec.width+1:]...)
	}
	return o.row, nil
}

type deleteSpec struct {
	change
	recheck evaluator
	point   *pointTarget
	width   int
}

func (c *compiler) delete(n *plan.Delete) (spec, error) {
	s := &deleteSpec{change: change{relation: newRelation(n.Rel), tag: c.tagged == n}, width: len(n.Rel.Columns)}
	var err error
	if s.point, err = c.pointInput(n.Input); err != nil {
		return nil, err
	}
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.recheck, err = c.optional(n.Recheck); err != nil {
		return nil, err
	}
	s.returning, err = c.returning(n.Returning)
	return s, err
}

func (s *deleteSpec) make() operator {
	o := &deleteOp{spec: s, changeOp: changeOp{change: &s.change}}
	if s.point == nil {
		o.changeOp.input = s.input.make()
	}
	return o
}

// deleteOp locks and removes each row its input found.
type deleteOp struct {
	changeOp
	spec *deleteSpec
	row  []types.Datum
	done bool
}

func (o *deleteOp) open(r *run) error {
	o.done = false
	return o.changeOp.open(r)
}

func (o *deleteOp) next(r *run, _ int) (*vec.Batch, error) {
	if o.changeOp.input != nil {
		return o.each(r, func(src []types.Datum) ([]types.Datum, error) {
			res, ok, err := lockTarget(r, o.h, src, o.spec.width, table.ForUpdate, o.spec.recheck)
			if err != nil || !ok {
				return nil, err
			}
			return o.remove(r, src, res)
		})
	}
	return o.once(r, &o.done, func() ([]types.Datum, error) {
		res, src, ok, err := o.spec.point.lock(r, o.h, table.ForUpdate, o.src[:0])
		o.src = src
		if err != nil || !ok {
			return nil, err
		}
		return o.remove(r, src, res)
	})
}

func (o *deleteOp) remove(r *run, src []types.Datum, res table.LockResult) ([]types.Datum, error) {
	if err := r.ec.Tx.Delete(r.ctx, o.h, res.TID, res.Row); err != nil {
		return nil, err
	}
	if o.hook != nil {
		if err := o.hook.Deleted(res.Row); err != nil {
			return nil, err
		}
	}
	o.row = append(append(o.row[:0], src[:o.spec.width]...), src[o.spec.width+1:]...)
	return o.row, nil
}

func errTwice() error {
	return pgerr.New(pgerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
		WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
}
