package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// callEval lifts a function written for one row over batches.
type callEval struct {
	result
	fn     builtin.Func
	strict bool
	args   []evaluator
}

func (e *callEval) row(r *run, in rowRef) (types.Datum, error) {
	base := len(r.args)
	for _, a := range e.args {
		d, err := a.row(r, in)
		if err != nil || (e.strict && d.IsNull()) {
			r.args = r.args[:base]
			return types.Null, err
		}
		r.args = append(r.args, d)
	}
	d, err := e.fn(r.fn, r.args[base:len(r.args):len(r.args)])
	r.args = r.args[:base]
	return d, err
}

func (e *callEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	base := len(r.vecs)
	defer func() { r.vecs = r.vecs[:base] }()
	for _, a := range e.args {
		v, err := a.vector(r, b, sel)
		if err != nil {
			return nil, err
		}
		r.vecs = append(r.vecs, v)
	}
	cols := r.vecs[base:]
	out := e.begin(r, b.N)
	from := len(r.args)
	for range cols {
		r.args = append(r.args, types.Null)
	}
	args := r.args[from:len(r.args):len(r.args)]
	err := each(sel, b.N, func(i int) error {
		for k, c := range cols {
			args[k] = c.Get(i)
			if e.strict && args[k].IsNull() {
				out.SetNull(i)
				return nil
			}
		}
		d, err := e.fn(r.fn, args)
		if err != nil {
			return err
		}
		out.Set(i, d)
		return nil
	})
	r.args = r.args[:from]
	return out, err
}
