package exec

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// countedSpec measures an operator for EXPLAIN ANALYZE.
type countedSpec struct {
	spec
	node plan.Node
}

func (s *countedSpec) make() operator { return &countedOp{operator: s.spec.make(), node: s.node} }

type countedOp struct {
	operator
	node  plan.Node
	stats *NodeStats
	first bool
}

func (o *countedOp) open(r *run) error {
	o.stats = r.nodeStats(o.node)
	o.stats.Loops++
	o.first = o.stats.Loops == 1
	return o.time(func() error { return o.operator.open(r) })
}

func (o *countedOp) time(f func() error) error {
	from := time.Now()
	err := f()
	o.stats.Total += time.Since(from)
	return err
}

func (o *countedOp) next(r *run, limit int) (b *vec.Batch, err error) {
	before := r.removed // of the operator above; those below do the same
	r.removed = 0
	err = o.time(func() error {
		var err error
		b, err = o.operator.next(r, limit)
		return err
	})
	o.stats.Removed += r.removed
	r.removed = before
	if b != nil && b.Rows() > 0 {
		o.stats.Rows += int64(b.Rows())
		if o.first {
			o.first, o.stats.Startup = false, o.stats.Total
		}
	}
	return b, err
}

func (r *run) nodeStats(n plan.Node) *NodeStats {
	s := r.stats[n]
	if s == nil {
		s = &NodeStats{}
		r.stats[n] = s
	}
	return s
}

// noteSpill and noteMemory tell what a sort or hash took, when it is counted.
func (r *run) noteSpill(n plan.Node, bytes int64) {
	if r.stats != nil {
		r.nodeStats(n).Spilled += bytes
	}
}

func (r *run) noteMemory(n plan.Node, bytes int64) {
	if r.stats != nil {
		s := r.nodeStats(n)
		s.Memory = max(s.Memory, bytes)
	}
}
