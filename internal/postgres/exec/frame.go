package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// frames computes one window call over a partition: it is the frame of the
// current row, and moves from the first row to the last.
type frames struct {
	p    *partition
	call *windowCall
	i    int // of the calls
	run  *run

	startOffset, endOffset types.Datum

	row        int
	start, end int // of the frame: first row, and one past the last
}

func newFrames(r *run, p *partition, i int) (*frames, error) {
	f := &frames{p: p, call: p.spec.calls[i], i: i, run: r}
	var err error
	if f.startOffset, err = frameOffset(r, f.call.start, "starting", f.call.call.Frame); err != nil {
		return nil, err
	}
	f.endOffset, err = frameOffset(r, f.call.end, "ending", f.call.call.Frame)
	return f, err
}

// frameOffset evaluates a bound's offset, once per partition.
func frameOffset(r *run, e evaluator, which string, frame plan.Frame) (types.Datum, error) {
	if e == nil {
		return types.Null, nil
	}
	d, err := e.row(r, rowRef{b: nothing})
	switch {
	case err != nil:
		return types.Null, err
	case d.IsNull():
		return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "frame %s offset must not be null", which)
	case frame.Mode != plan.FrameRange && d.Int() < 0:
		return types.Null, pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", which)
	}
	return d, nil
}

// results computes the call for every row.
func (f *frames) results(r *run) ([]types.Datum, error) {
	n := f.p.rows.n
	out := make([]types.Datum, n)
	fn := f.call.fn
	agg := newFrameAgg(f)
	for f.row = range n {
		if f.row%1024 == 0 {
			if err := r.check(); err != nil {
				return nil, err
			}
		}
		if err := f.locate(); err != nil {
			return nil, err
		}
		var err error
		switch {
		case fn.Window != nil:
			out[f.row], err = fn.Window(r.fn, f)
		case fn.Agg != nil:
			out[f.row], err = agg.value(r)
		default:
			err = pgerr.New(pgerr.FeatureNotSupported, "window function %s is not supported", fn.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// locate finds the current row's frame.
func (f *frames) locate() error {
	n := f.p.rows.n
	frame := f.call.call.Frame
	var err error
	if f.start, err = f.bound(frame, frame.Start, f.startOffset, false); err != nil {
		return err
	}
	if f.end, err = f.bound(frame, frame.End, f.endOffset, true); err != nil {
		return err
	}
	f.start = min(max(f.start, 0), n)
	f.end = max(min(f.end, n), f.start)
	return nil
}

// bound is the first row of the frame, or with end one past its last.
func (f *frames) bound(frame plan.Frame, b plan.FrameBound, offset types.Datum, end bool) (int, error) {
	n := f.p.rows.n
	switch b.Kind {
	case plan.UnboundedPreceding:
		return 0, nil
	case plan.UnboundedFollowing:
		return n, nil
	case plan.CurrentRow:
		switch {
		case frame.Mode == plan.FrameRows && end:
			return f.row + 1, nil
		case frame.Mode == plan.FrameRows:
			return f.row, nil
		case end:
			return f.PeerEnd(), nil
		}
		return f.PeerStart(), nil
	}
	if frame.Mode == plan.FrameRange {
		return f.rangeBound(b, offset, end)
	}
	by := int(min(offset.Int(), int64(n))) // farther is the same
	if b.Kind == plan.OffsetPreceding {
		by = -by
	}
	if frame.Mode == plan.FrameRows {
		if end {
			return f.row + by + 1, nil
		}
		return f.row + by, nil
	}
	g := f.PeerGroup() + by
	if end {
		g++
	}
	return int(f.p.starts[min(max(g, 0), f.PeerGroups())]), nil
}

// rangeBound finds a bound of RANGE with an offset by the in_range function of
// the order column, as nodeWindowAgg.c does.
func (f *frames) rangeBound(b plan.FrameBound, offset types.Datum, end bool) (int, error) {
	key := f.p.spec.keys[0]
	less, sub := end, b.Kind == plan.OffsetPreceding
	if key.Desc {
		less, sub = !less, !sub
	}
	cur := f.orderValue(f.row)
	at := f.start
	if end {
		at = f.end
	}
	if f.row == 0 {
		at = 0
	}
	for ; at < f.p.rows.n; at++ {
		v := f.orderValue(at)
		var in bool // v is on the frame's side of the bound for a start; within it for an end
		switch {
		case v.IsNull() || cur.IsNull():
			switch {
			case v.IsNull() == cur.IsNull():
				in = true
			case v.IsNull() == key.NullsFirst: // v sorts before cur
				in = end
			default:
				in = !end
			}
		default:
			d, err := f.inRange(b, v, cur, offset, sub, less)
			if err != nil {
				return 0, err
			}
			in = d
		}
		if in != end {
			break
		}
	}
	return at, nil
}

func (f *frames) inRange(b plan.FrameBound, v, cur, offset types.Datum, sub, less bool) (bool, error) {
	r := f.run
	base := len(r.args)
	r.args = append(r.args, v, cur, offset, types.Bool(sub), types.Bool(less))
	d, err := b.InRange.Fn(r.fn, r.args[base:len(r.args):len(r.args)])
	r.args = r.args[:base]
	return err == nil && !d.IsNull() && d.Bool(), err
}

func (f *frames) orderValue(row int) types.Datum {
	return f.p.keys.get(row, len(f.p.spec.partition))
}

// Row implements builtin.WindowFrame, as do the methods below.
func (f *frames) Row() int { return f.row }

// Rows is the number of rows in the partition.
func (f *frames) Rows() int { return f.p.rows.n }

// PeerStart is the first peer of the current row.
func (f *frames) PeerStart() int { return int(f.p.starts[f.p.peers[f.row]]) }

// PeerEnd is one past the last peer.
func (f *frames) PeerEnd() int { return int(f.p.starts[f.p.peers[f.row]+1]) }

// FrameStart is the frame's first row.
func (f *frames) FrameStart() int { return f.start }

// FrameEnd is one past the frame's last row.
func (f *frames) FrameEnd() int { return f.end }

// Arg is argument i at a row.
func (f *frames) Arg(row, i int) (types.Datum, error) { return f.p.args[f.i][row][i], nil }

// PeerGroup is the current row's peer group.
func (f *frames) PeerGroup() int { return int(f.p.peers[f.row]) }

// PeerGroups is the number of peer groups.
func (f *frames) PeerGroups() int { return len(f.p.starts) - 1 }

var _ builtin.WindowFrame = (*frames)(nil)

// frameAgg computes an aggregate over frames. While the frame only grows, its
// state goes on; otherwise it begins anew.
type frameAgg struct {
	f          *frames
	state      builtin.AggState
	start, end int // rows that the state has
	result     types.Datum
	valid      bool
}

func newFrameAgg(f *frames) *frameAgg { return &frameAgg{f: f} }

func (a *frameAgg) value(r *run) (types.Datum, error) {
	f := a.f
	exclude := f.call.call.Frame.Exclude
	if exclude != plan.ExcludeNoOthers {
		return a.excluding(r, exclude)
	}
	if a.state == nil || a.start != f.start || a.end > f.end {
		a.state, a.start, a.end, a.valid = f.call.fn.Agg.New(), f.start, f.start, false
	}
	for ; a.end < f.end; a.end++ {
		if err := a.add(r, a.end); err != nil {
			return types.Null, err
		}
		a.valid = false
	}
	if !a.valid {
		var err error
		if a.result, err = a.state.Result(r.fn); err != nil {
			return types.Null, err
		}
		a.valid = true
	}
	return a.result, nil
}

// excluding computes a frame with an EXCLUDE clause from scratch.
func (a *frameAgg) excluding(r *run, exclude plan.FrameExclude) (types.Datum, error) {
	f := a.f
	a.state = f.call.fn.Agg.New()
	for i := f.start; i < f.end; i++ {
		peer := i >= f.PeerStart() && i < f.PeerEnd()
		switch exclude {
		case plan.ExcludeCurrentRow:
			if i == f.row {
				continue
			}
		case plan.ExcludeGroup:
			if peer {
				continue
			}
		case plan.ExcludeTies:
			if peer && i != f.row {
				continue
			}
		}
		if err := a.add(r, i); err != nil {
			return types.Null, err
		}
	}
	return a.state.Result(r.fn)
}

func (a *frameAgg) add(r *run, row int) error {
	f := a.f
	if ok := f.p.filtered[f.i]; ok != nil && !ok[row] {
		return nil
	}
	args := f.p.args[f.i][row]
	if f.call.fn.Strict {
		for _, d := range args {
			if d.IsNull() {
				return nil
			}
		}
	}
	return a.state.Add(r.fn, args)
}
