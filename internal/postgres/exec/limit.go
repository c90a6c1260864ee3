package exec

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

type limitSpec struct {
	input         spec
	count, offset evaluator
	// ties are the keys whose peers of the last row are let through as well; nil
	// without WITH TIES.
	ties     []evaluator
	tieTypes []types.OID
}

func (c *compiler) limit(n *plan.Limit) (spec, error) {
	s := &limitSpec{}
	var err error
	if s.input, err = c.node(n.Input); err != nil {
		return nil, err
	}
	if s.count, err = c.optional(n.Count); err != nil {
		return nil, err
	}
	if s.offset, err = c.optional(n.Offset); err != nil {
		return nil, err
	}
	if n.WithTies {
		for _, k := range n.TieKeys {
			e, err := c.expr(k.Expr)
			if err != nil {
				return nil, err
			}
			s.ties, s.tieTypes = append(s.ties, e), append(s.tieTypes, k.Expr.Type())
		}
	}
	return s, nil
}

func (s *limitSpec) make() operator { return &limitOp{spec: s, input: s.input.make()} }

// limitOp passes count rows after offset.
type limitOp struct {
	spec       *limitSpec
	input      operator
	skip, left int64
	last       []types.Datum // keys of the last row let through
	done       bool
	sel        []int32
	out        vec.Batch
}

// rowCount evaluates LIMIT or OFFSET; NULL is none.
func rowCount(r *run, e evaluator, none int64, code, word string) (int64, error) {
	if e == nil {
		return none, nil
	}
	d, err := e.row(r, rowRef{b: nothing})
	if err != nil || d.IsNull() {
		return none, err
	}
	if d.Int() < 0 {
		return 0, pgerr.New(code, "%s must not be negative", word)
	}
	return d.Int(), nil
}

func (o *limitOp) open(r *run) error {
	var err error
	if o.skip, err = rowCount(r, o.spec.offset, 0, pgerr.InvalidRowCountInOffset, "OFFSET"); err != nil {
		return err
	}
	if o.left, err = rowCount(r, o.spec.count, math.MaxInt64, pgerr.InvalidRowCountInLimit, "LIMIT"); err != nil {
		return err
	}
	o.done, o.last = o.left == 0, nil
	return o.input.open(r)
}

func (o *limitOp) next(r *run, limit int) (*vec.Batch, error) {
	if o.done {
		return nil, nil
	}
	want := int64(limit)
	if o.skip+o.left > 0 && o.skip < math.MaxInt64-o.left { // else the sum overflows
		want = min(want, o.skip+o.left)
	}
	b, err := o.input.next(r, int(max(want, 1)))
	if err != nil || b == nil {
		return nil, err
	}
	n := int64(b.Rows())
	if o.skip == 0 && n < o.left {
		o.left -= n
		return b, nil
	}
	if o.sel == nil {
		o.sel = make([]int32, 0, n)
	}
	o.sel = o.sel[:0]
	for i := range int(n) {
		at := b.Index(i)
		switch {
		case o.skip > 0:
			o.skip--
			continue
		case o.left > 0:
			o.left--
			if o.left == 0 && o.spec.ties == nil {
				o.done = true
			} else if o.left == 0 {
				if o.last, err = values(r, o.spec.ties, rowRef{b: b, at: at}); err != nil {
					return nil, err
				}
			}
		default:
			tie, err := o.tiesWithLast(r, rowRef{b: b, at: at})
			if err != nil {
				return nil, err
			}
			if !tie {
				return o.end(b), nil
			}
		}
		o.sel = append(o.sel, int32(at))
		if o.done {
			break
		}
	}
	o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
	return &o.out, nil
}

// end gives the rows chosen of b, the last ones.
func (o *limitOp) end(b *vec.Batch) *vec.Batch {
	o.done = true
	o.out = vec.Batch{Cols: b.Cols, N: b.N, Sel: o.sel}
	return &o.out
}

func (o *limitOp) tiesWithLast(r *run, in rowRef) (bool, error) {
	for i, e := range o.spec.ties {
		d, err := e.row(r, in)
		if err != nil {
			return false, err
		}
		if !notDistinct(o.spec.tieTypes[i], d, o.last[i]) {
			return false, nil
		}
	}
	return true, nil
}

// notDistinct is IS NOT DISTINCT FROM for two values of one type.
func notDistinct(t types.OID, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() == b.IsNull()
	}
	return types.Equal(t, a, b)
}

func (o *limitOp) close(r *run) error { return o.input.close(r) }
