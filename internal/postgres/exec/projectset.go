package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type projectSetSpec struct {
	input spec
	// exprs are the columns; where sets is given, the column is a set instead.
	exprs []evaluator
	sets  []*setCall
	kinds []types.Kind
}

func (c *compiler) projectSet(n *plan.ProjectSet) (spec, error) {
	s := &projectSetSpec{kinds: kindsOf(n)}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	for i, e := range n.Exprs {
		call, ok := e.(*plan.Call)
		if !ok || call.Fn.Set == nil && call.Fn.BindSet == nil {
			ev, err := c.expr(e)
			if err != nil {
				return nil, err
			}
			s.exprs, s.sets = append(s.exprs, ev), append(s.sets, nil)
			continue
		}
		kinds := []types.Kind{s.kinds[i]}
		if len(call.Fn.OutTypes) > 1 {
			kinds = nil
			for _, t := range call.Fn.OutTypes {
				kinds = append(kinds, kindOf(t))
			}
		}
		set, err := c.setCall(call, kinds)
		if err != nil {
			return nil, err
		}
		s.exprs, s.sets = append(s.exprs, nil), append(s.sets, &set)
	}
	return s, nil
}

func (s *projectSetSpec) make() operator { return &projectSetOp{spec: s, input: s.input.make()} }

// projectSetOp repeats each input row until the longest of its sets ends.
type projectSetOp struct {
	spec    *projectSetSpec
	input   operator
	batch   *vec.Batch
	at      int
	running bool
	streams []*setStream
	values  []types.Datum
	out     *vec.Batch
}

func (o *projectSetOp) open(r *run) error {
	o.stopSets()
	o.batch, o.at = nil, 0
	return o.input.open(r)
}

func (o *projectSetOp) stopSets() {
	for _, s := range o.streams {
		if s != nil {
			s.stop()
		}
	}
	o.streams, o.running = o.streams[:0], false
}

// start evaluates the plain columns of the current row, and starts its sets.
func (o *projectSetOp) start(r *run) error {
	in := rowRef{b: o.batch, at: o.batch.Index(o.at)}
	o.running, o.values = true, o.values[:0]
	for i, e := range o.spec.exprs {
		if e == nil {
			s, err := o.spec.sets[i].start(r, in)
			if err != nil {
				return err
			}
			o.streams, o.values = append(o.streams, s), append(o.values, types.Null)
			continue
		}
		d, err := e.row(r, in)
		if err != nil {
			return err
		}
		o.streams, o.values = append(o.streams, nil), append(o.values, d)
	}
	return nil
}

// step puts the next row of the sets into values; false when all have ended.
func (o *projectSetOp) step() (bool, error) {
	some := false
	for i, s := range o.streams {
		if s == nil {
			continue
		}
		more, err := s.row()
		if err != nil {
			return false, err
		}
		o.values[i] = types.Null
		if more {
			some = true
			o.values[i] = o.spec.sets[i].value(s)
		}
	}
	return some, nil
}

// value is a set's current row as one value.
func (s *setCall) value(from *setStream) types.Datum {
	if len(s.kinds) == 1 {
		return from.batch.Cols[0].Get(from.at)
	}
	rec := &types.Record{Type: types.RecordOID, Types: s.fn.OutTypes, Names: s.fn.OutNames}
	for _, c := range from.batch.Cols {
		rec.Fields = append(rec.Fields, c.Get(from.at))
	}
	return types.RecordDatum(rec)
}

func (o *projectSetOp) next(r *run, limit int) (*vec.Batch, error) {
	if o.out == nil {
		o.out = vec.NewBatch(o.spec.kinds, 0)
	}
	o.out.Reset()
	for o.out.N < min(limit, vec.MaxRows) {
		switch {
		case o.running:
			more, err := o.step()
			if err != nil {
				return nil, err
			}
			if !more {
				o.stopSets()
				o.at++
				continue
			}
			o.out.AppendRow(o.values)
		case o.batch != nil && o.at < o.batch.Rows():
			if err := o.start(r); err != nil {
				return nil, err
			}
		default:
			if err := r.check(); err != nil {
				return nil, err
			}
			b, err := o.input.next(r, limit)
			if err != nil {
				return nil, err
			}
			o.batch, o.at = b, 0
			if b == nil {
				if o.out.N == 0 {
					return nil, nil
				}
				return o.out, nil
			}
		}
	}
	return o.out, r.check()
}

func (o *projectSetOp) close(r *run) error {
	o.stopSets()
	o.batch = nil
	return o.input.close(r)
}
