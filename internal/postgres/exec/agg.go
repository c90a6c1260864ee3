package exec

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// aggregator holds the states of one aggregate call for all groups.
type aggregator interface {
	// resize makes states for groups up to n; new ones are empty.
	resize(n int)
	// add puts the rows of sel (all of b when nil) into groups: groups[k] is that
	// of the k-th row. It returns the memory it took more, about.
	add(r *run, b *vec.Batch, sel []int32, groups []int32) (int64, error)
	// value is a group's result.
	value(r *run, group int) (types.Datum, error)
	// keepLast drops all groups but the last, which becomes group 0.
	keepLast()
}

// aggSpec is an aggregate call compiled.
type aggSpec struct {
	call   *plan.Agg
	fn     *builtin.Function
	args   []evaluator
	filter evaluator
	order  sortKeys
	types  []types.OID // of the arguments
	kernel aggKernel
}

func (c *compiler) agg(a *plan.Agg) (*aggSpec, error) {
	// An ordered-set aggregate is given its direct arguments with every row.
	all := append(append([]plan.Expr(nil), a.Direct...), a.Args...)
	s := &aggSpec{call: a, fn: a.Fn, types: typesOf(all)}
	if s.fn.Agg == nil {
		s.fn = s.fn.For(s.types, a.Type)
	}
	if s.fn.Agg == nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "aggregate function %s is not supported", a.Fn.Name)
	}
	var err error
	if s.args, err = c.exprs(all); err != nil {
		return nil, err
	}
	if s.filter, err = c.optional(a.Filter); err != nil {
		return nil, err
	}
	order := a.Order
	if a.Distinct && len(order) == 0 && !s.fn.Agg.IgnoresOrder {
		for _, arg := range a.Args { // PostgreSQL finds duplicates by sorting, and it shows
			order = append(order, plan.SortKey{Expr: arg})
		}
	}
	if len(order) > 0 {
		if s.order, err = c.sortKeys(order); err != nil {
			return nil, err
		}
	}
	s.kernel = aggKernelOf(a)
	return s, nil
}

func (s *aggSpec) make() aggregator {
	if s.kernel != aggNone {
		return newTypedAgg(s)
	}
	return &genericAgg{spec: s}
}

// selected narrows rows, and their groups, by the FILTER clause.
func (s *aggSpec) selected(r *run, b *vec.Batch, sel, groups []int32) (rows, of []int32, err error) {
	if s.filter == nil {
		return sel, groups, nil
	}
	rows, err = choose(r, s.filter, b, sel, []int32{})
	if err != nil {
		return nil, nil, err
	}
	of = make([]int32, 0, len(rows))
	k := 0
	for _, i := range rows {
		for sel != nil && sel[k] != i {
			k++
		}
		if sel == nil {
			k = int(i)
		}
		of = append(of, groups[k])
	}
	return rows, of, nil
}

// genericAgg runs an aggregate's states row by row; it knows DISTINCT and ORDER BY.
type genericAgg struct {
	spec   *aggSpec
	states []builtin.AggState
	// seen holds, with DISTINCT, the arguments that each group has had.
	seen []map[string]struct{}
	// waiting holds, with ORDER BY, each group's rows until its result is asked for.
	waiting [][]orderedRow
	key     []byte
	args    []types.Datum
}

// orderedRow is the arguments of one call, to be sorted by key.
type orderedRow struct {
	key  []byte
	args []types.Datum
}

func (g *genericAgg) resize(n int) {
	agg := g.spec.fn.Agg
	for len(g.states) < n {
		g.states = append(g.states, agg.New())
		if g.spec.call.Distinct {
			g.seen = append(g.seen, make(map[string]struct{}))
		}
		if g.ordered() {
			g.waiting = append(g.waiting, nil)
		}
	}
}

// ordered tells whether rows wait to be sorted.
func (g *genericAgg) ordered() bool {
	s := g.spec
	return len(s.order.keys) > 0 && (s.fn.Agg.OrderedSet || !s.fn.Agg.IgnoresOrder)
}

func (g *genericAgg) keepLast() {
	last := len(g.states) - 1
	g.states = append(g.states[:0], g.states[last])
	if g.seen != nil {
		g.seen = append(g.seen[:0], g.seen[last])
	}
	if g.waiting != nil {
		g.waiting = append(g.waiting[:0], g.waiting[last])
	}
}

func (g *genericAgg) add(r *run, b *vec.Batch, sel, groups []int32) (int64, error) {
	s := g.spec
	sel, groups, err := s.selected(r, b, sel, groups)
	if err != nil {
		return 0, err
	}
	base := len(r.vecs)
	defer func() { r.vecs = r.vecs[:base] }()
	for _, a := range s.args {
		v, err := a.vector(r, b, sel)
		if err != nil {
			return 0, err
		}
		r.vecs = append(r.vecs, v)
	}
	var keys []*vec.Vec
	if g.ordered() {
		if keys, err = s.order.vectors(r, b, nil); err != nil {
			return 0, err
		}
	}
	cols := r.vecs[base:]
	grown := int64(0)
	for k := range countOf(sel, b.N) {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		n, err := g.addRow(r, cols, keys, i, int(groups[k]))
		if err != nil {
			return grown, err
		}
		grown += n
	}
	return grown, nil
}

func (g *genericAgg) addRow(r *run, cols, keys []*vec.Vec, i, group int) (int64, error) {
	s := g.spec
	g.args = g.args[:0]
	for _, c := range cols {
		d := c.Get(i)
		if d.IsNull() && s.fn.Strict {
			return 0, nil
		}
		g.args = append(g.args, d)
	}
	grown := int64(0)
	if s.call.Distinct {
		g.key = g.key[:0]
		for k, d := range g.args {
			g.key = types.AppendKey(g.key, s.types[k], d, false, false)
		}
		if _, dup := g.seen[group][string(g.key)]; dup {
			return 0, nil
		}
		g.seen[group][string(g.key)] = struct{}{}
		grown += int64(len(g.key)) + 32
	}
	if keys != nil {
		row := orderedRow{s.order.appendKey(nil, keys, i), slices.Clone(g.args)}
		g.waiting[group] = append(g.waiting[group], row)
		for _, d := range row.args {
			grown += datumSize(d)
		}
		return grown + int64(len(row.key)) + 48, nil
	}
	st := g.states[group]
	before := st.Size()
	err := st.Add(r.fn, g.args)
	return grown + int64(st.Size()-before), err
}

func (g *genericAgg) value(r *run, group int) (types.Datum, error) {
	st := g.states[group]
	if g.waiting != nil {
		rows := g.waiting[group]
		slices.SortStableFunc(rows, func(a, b orderedRow) int { return slices.Compare(a.key, b.key) })
		for _, row := range rows {
			if err := st.Add(r.fn, row.args); err != nil {
				return types.Null, err
			}
		}
		g.waiting[group] = nil
	}
	return st.Result(r.fn)
}
