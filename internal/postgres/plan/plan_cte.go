package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// withPath defines CTEs.
type withPath struct {
	pathInfo
	input path
	ctes  []*ctePlan
}

type ctePlan struct {
	def  *cteDef
	plan path
}

func (w *withPath) build(b *builder) (Node, []colID) {
	n := &With{}
	for _, c := range w.ctes {
		node, _ := c.plan.build(b)
		n.CTEs = append(n.CTEs, &CTE{ID: c.def.id, Name: c.def.name, Plan: node, Modifies: c.def.modifies})
	}
	in, layout := w.input.build(b)
	n.Input = in
	n.Cols, n.Cost = in.Out(), w.Estimate
	return n, layout
}

// withList plans a query's CTEs that are not merged into their readers.
func (p *planner) withList(q *query) ([]*ctePlan, error) {
	var out []*ctePlan
	for _, c := range q.with {
		if c.inlined || (c.refs == 0 && !c.modifies && c.recursive) {
			continue
		}
		var plan path
		var err error
		if c.recursive {
			plan, err = p.recursive(c)
		} else {
			plan, err = p.query(c.q)
		}
		if err != nil {
			return nil, err
		}
		c.rows = plan.est().Rows
		out = append(out, &ctePlan{def: c, plan: plan})
	}
	return out, nil
}

// recursivePath is WITH RECURSIVE's loop.
type recursivePath struct {
	pathInfo
	c           *cteDef
	start, step path
}

func (p *planner) recursive(c *cteDef) (path, error) {
	start, err := p.query(c.start)
	if err != nil {
		return nil, err
	}
	c.rows = start.est().Rows
	step, err := p.query(c.step)
	if err != nil {
		return nil, err
	}
	if c.step.dml != nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "data-modifying statements are not supported in a recursive query")
	}
	r := &recursivePath{c: c, start: start, step: step}
	s, t := start.est(), step.est()
	r.Startup = s.Startup
	r.Total = s.Total + 10*t.Total
	r.Rows = clampRows(s.Rows + 10*t.Rows)
	r.Width = s.Width
	r.req = addReq(s.req, t.req)
	return r, nil
}

func (r *recursivePath) build(b *builder) (Node, []colID) {
	s, layout := r.start.build(b)
	t, _ := r.step.build(b)
	n := &RecursiveUnion{ID: r.c.id + 1, Start: s, Step: t, All: r.c.unionAll}
	n.Cols, n.Cost = s.Out(), r.Estimate
	return n, layout
}
