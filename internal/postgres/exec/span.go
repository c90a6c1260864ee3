package exec

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// spanEval is a plan.Span compiled.
type spanEval struct {
	eq           []evaluator // nil for IS NULL
	lower, upper evaluator
	lowerInc     bool
	upperInc     bool
	notNull      bool
}

func (c *compiler) spans(spans []plan.Span) ([]spanEval, error) {
	out := make([]spanEval, len(spans))
	for i, s := range spans {
		e := &out[i]
		e.lowerInc, e.upperInc, e.notNull = s.LowerInc, s.UpperInc, s.NotNull
		e.eq = make([]evaluator, len(s.Eq))
		for k, x := range s.Eq {
			if s.EqNull != nil && s.EqNull[k] {
				continue
			}
			var err error
			if e.eq[k], err = c.expr(x); err != nil {
				return nil, err
			}
		}
		var err error
		if e.lower, err = c.optional(s.Lower); err != nil {
			return nil, err
		}
		if e.upper, err = c.optional(s.Upper); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// key evaluates the equality prefix; ok is false when a value is NULL.
func (s *spanEval) key(r *run, dst []types.Datum) (key []types.Datum, ok bool, err error) {
	for _, e := range s.eq {
		if e == nil {
			dst = append(dst, types.Null)
			continue
		}
		d, err := e.row(r, rowRef{b: nothing})
		if err != nil || d.IsNull() {
			return dst, false, err
		}
		dst = append(dst, d)
	}
	return dst, true, nil
}

// span evaluates to a range in the index's own order; ok is false when it is
// empty. Bounds in the plan are by value: for a DESC column they change places.
func (s *spanEval) span(r *run, ix *catalog.Index) (out table.Span, ok bool, err error) {
	prefix, ok, err := s.key(r, nil)
	if err != nil || !ok {
		return out, false, err
	}
	if s.lower == nil && s.upper == nil && !s.notNull {
		return table.PointSpan(prefix), true, nil
	}
	side := func(e evaluator, inc bool) (b *table.Bound, ok bool, err error) {
		if e == nil {
			return nil, true, nil
		}
		d, err := e.row(r, rowRef{b: nothing})
		if err != nil || d.IsNull() {
			return nil, false, err
		}
		return &table.Bound{Key: append(slices.Clip(prefix), d), Inclusive: inc}, true, nil
	}
	lo, ok, err := side(s.lower, s.lowerInc)
	if err != nil || !ok {
		return out, false, err
	}
	hi, ok, err := side(s.upper, s.upperInc)
	if err != nil || !ok {
		return out, false, err
	}
	col := ix.Keys[len(prefix)]
	if col.Desc {
		lo, hi = hi, lo
	}
	// A comparison is never true of NULL, so an open side stops short of NULLs.
	nulls := &table.Bound{Key: append(slices.Clip(prefix), types.Null)}
	whole := &table.Bound{Key: prefix, Inclusive: true}
	if lo == nil {
		if lo = whole; col.NullsFirst {
			lo = nulls
		}
	}
	if hi == nil {
		if hi = nulls; col.NullsFirst {
			hi = whole
		}
	}
	return table.Span{Lower: *lo, Upper: *hi}, true, nil
}

// evalSpans evaluates spans into ranges that ascend in the index's order and do
// not overlap.
func evalSpans(r *run, spans []spanEval, ix *catalog.Index) ([]table.Span, error) {
	out := make([]table.Span, 0, len(spans))
	for i := range spans {
		s, ok, err := spans[i].span(r, ix)
		if err != nil {
			return nil, err
		}
		if ok && compareEdges(ix, lowerEdge(s.Lower), upperEdge(s.Upper)) < 0 {
			out = append(out, s)
		}
	}
	if len(out) < 2 {
		return out, nil
	}
	slices.SortFunc(out, func(a, b table.Span) int {
		return compareEdges(ix, lowerEdge(a.Lower), lowerEdge(b.Lower))
	})
	merged := out[:1]
	for _, s := range out[1:] {
		last := &merged[len(merged)-1]
		if compareEdges(ix, lowerEdge(s.Lower), upperEdge(last.Upper)) >= 0 {
			merged = append(merged, s)
			continue
		}
		if compareEdges(ix, upperEdge(s.Upper), upperEdge(last.Upper)) > 0 {
			last.Upper = s.Upper
		}
	}
	return merged, nil
}

// edge is a place between entries of an index: before or after all that begin
// with key.
type edge struct {
	key   []types.Datum
	after int // -1 before, +1 after
}

func lowerEdge(b table.Bound) edge {
	if len(b.Key) > 0 && !b.Inclusive {
		return edge{b.Key, 1}
	}
	return edge{b.Key, -1}
}

func upperEdge(b table.Bound) edge {
	if len(b.Key) > 0 && !b.Inclusive {
		return edge{b.Key, -1}
	}
	return edge{b.Key, 1}
}

func compareEdges(ix *catalog.Index, a, b edge) int {
	for i := range min(len(a.key), len(b.key)) {
		if c := compareKeyColumn(ix.Keys[i], a.key[i], b.key[i]); c != 0 {
			return c
		}
	}
	switch {
	case len(a.key) < len(b.key):
		return a.after
	case len(a.key) > len(b.key):
		return -b.after
	}
	return a.after - b.after
}

func compareKeyColumn(k catalog.IndexKey, a, b types.Datum) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull() || b.IsNull():
		if a.IsNull() == k.NullsFirst {
			return -1
		}
		return 1
	}
	if k.Desc {
		return types.Compare(k.Type, b, a)
	}
	return types.Compare(k.Type, a, b)
}
