package exec

import (
	"errors"
	"iter"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// setCall is a function that gives rows, compiled: set-returning, or in FROM any
// other, which gives one row.
type setCall struct {
	fn     *builtin.Function
	args   []evaluator
	scalar evaluator // a function that returns no set
	kinds  []types.Kind
}

func (c *compiler) setCall(e *plan.Call, kinds []types.Kind) (setCall, error) {
	s := setCall{fn: e.Fn, kinds: kinds}
	if s.fn.Set == nil && s.fn.BindSet != nil {
		s.fn = s.fn.For(typesOf(e.Args), e.T)
	}
	var err error
	if s.fn.Set == nil {
		s.scalar, err = c.expr(e)
		return s, err
	}
	s.args, err = c.exprs(e.Args)
	return s, err
}

// start begins to produce the rows for the current values of the arguments. The
// stream must be stopped.
func (s *setCall) start(r *run, in rowRef) (*setStream, error) {
	if s.scalar != nil {
		d, err := s.scalar.row(r, in)
		if err != nil {
			return nil, err
		}
		row := []types.Datum{d}
		if len(s.kinds) != 1 {
			row = make([]types.Datum, len(s.kinds))
			for i := range row {
				row[i] = field(d, i)
			}
		}
		return newSetStream(s.kinds, func(emit func([]types.Datum) error) error { return emit(row) }), nil
	}
	args, err := values(r, s.args, in)
	if err != nil {
		return nil, err
	}
	for _, d := range args {
		if d.IsNull() && s.fn.Strict {
			return newSetStream(s.kinds, func(func([]types.Datum) error) error { return nil }), nil
		}
	}
	fn := r.fn
	return newSetStream(s.kinds, func(emit func([]types.Datum) error) error {
		return s.fn.Set(fn, args, emit)
	}), nil
}

// setStream turns a function that pushes rows into one that is asked for
// batches.
type setStream struct {
	pull  func() (*vec.Batch, bool)
	stop  func()
	err   error
	batch *vec.Batch
	at    int
}

var errStopped = errors.New("set-returning function stopped")

func newSetStream(kinds []types.Kind, run func(emit func(row []types.Datum) error) error) *setStream {
	s := &setStream{}
	s.pull, s.stop = iter.Pull(func(yield func(*vec.Batch) bool) {
		b := vec.NewBatch(kinds, 0)
		err := run(func(row []types.Datum) error {
			if len(row) < len(kinds) {
				return pgerr.New(pgerr.InternalError, "function gave a row of %d columns, not %d", len(row), len(kinds))
			}
			b.AppendRow(row)
			if b.N < vec.MaxRows {
				return nil
			}
			if !yield(b) {
				return errStopped
			}
			b.Reset()
			return nil
		})
		if err == nil && b.N > 0 {
			yield(b)
		}
		if err != nil && !errors.Is(err, errStopped) {
			s.err = err
		}
	})
	return s
}

// next gives the next batch, nil at the end.
func (s *setStream) next() (*vec.Batch, error) {
	b, ok := s.pull()
	if !ok {
		return nil, s.err
	}
	return b, nil
}

// row moves to the next row of the current batch; false at the end.
func (s *setStream) row() (bool, error) {
	if s.batch != nil {
		if s.at++; s.at < s.batch.N {
			return true, nil
		}
	}
	var err error
	s.at = 0
	s.batch, err = s.next()
	return s.batch != nil, err
}

type functionScanSpec struct {
	calls      []setCall
	ordinality bool
	kinds      []types.Kind
	filter     evaluator
}

func (c *compiler) functionScan(n *plan.FunctionScan) (spec, error) {
	s := &functionScanSpec{ordinality: n.Ordinality, kinds: kindsOf(n)}
	at := 0
	for i, call := range n.Calls {
		width := 1
		if i < len(n.Widths) {
			width = n.Widths[i]
		}
		sc, err := c.setCall(call, s.kinds[at:at+width])
		if err != nil {
			return nil, err
		}
		s.calls = append(s.calls, sc)
		at += width
	}
	var err error
	s.filter, err = c.optional(n.Filter)
	return s, err
}

func (s *functionScanSpec) make() operator { return &functionScanOp{spec: s} }

// functionScanOp gives the rows of functions, side by side.
type functionScanOp struct {
	spec    *functionScanSpec
	streams []*setStream
	ended   []bool
	started bool
	number  int64
	out     *vec.Batch
	sieve
}

func (o *functionScanOp) open(r *run) error {
	o.number, o.started = 0, false
	return o.close(r)
}

func (o *functionScanOp) next(r *run, limit int) (*vec.Batch, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if !o.started {
		o.started = true
		for i := range o.spec.calls {
			s, err := o.spec.calls[i].start(r, rowRef{b: nothing})
			if err != nil {
				return nil, err
			}
			o.streams, o.ended = append(o.streams, s), append(o.ended, false)
		}
	}
	var b *vec.Batch
	var err error
	if len(o.streams) == 1 && !o.spec.ordinality {
		b, err = o.streams[0].next()
	} else {
		b, err = o.zip(limit)
	}
	if err != nil || b == nil {
		return nil, err
	}
	return o.apply(r, o.spec.filter, b)
}

// zip puts the functions' rows side by side until the longest ends.
func (o *functionScanOp) zip(limit int) (*vec.Batch, error) {
	if o.out == nil {
		o.out = vec.NewBatch(o.spec.kinds, 0)
	}
	o.out.Reset()
	for o.out.N < min(limit, vec.MaxRows) {
		some := false
		for i, s := range o.streams {
			if o.ended[i] {
				continue
			}
			more, err := s.row()
			if err != nil {
				return nil, err
			}
			o.ended[i] = !more
			some = some || more
		}
		if !some {
			break
		}
		at := 0
		for i, s := range o.streams {
			for k := range o.spec.calls[i].kinds {
				if o.ended[i] {
					o.out.Cols[at].Append(types.Null)
				} else {
					o.out.Cols[at].AppendFrom(s.batch.Cols[k], s.at)
				}
				at++
			}
		}
		o.number++
		if o.spec.ordinality {
			o.out.Cols[at].Append(types.Int(o.number))
		}
		o.out.N++
	}
	if o.out.N == 0 {
		return nil, nil
	}
	return o.out, nil
}

func (o *functionScanOp) close(*run) error {
	for _, s := range o.streams {
		s.stop()
	}
	o.streams, o.ended = nil, nil
	return nil
}
