package exec

import (
	"context"
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// operator makes rows. open starts it, and starts it again after it ran (a
// rescan, with slots as they are now). next gives at most limit rows, nil at the
// end; a batch may be empty before the end. close frees what open and next took;
// an operator that was closed may be opened again.
type operator interface {
	open(r *run) error
	next(r *run, limit int) (*vec.Batch, error)
	close(r *run) error
}

// spec is a plan node compiled: immutable, shared by all executions, each of
// which makes operators of its own.
type spec interface {
	make() operator
}

// run is the state of one execution. Operators and registers stay with it when
// it is kept for the next execution of the same program.
type run struct {
	prog   *Program
	ec     *Context
	ctx    context.Context
	fn     *builtin.Context
	root   operator
	params []types.Datum
	slots  []types.Datum
	regs   []*vec.Vec
	subs   []subState
	ctes   []*cteState
	works  []*rowStore // working tables of recursive CTEs
	memos  []memo
	stats  map[plan.Node]*NodeStats
	// args, vecs and sels are stacks of scratch memory for expressions.
	args []types.Datum
	vecs []*vec.Vec
	sels [][]int32

	affected, returned int64
	// removed counts the rows that the filter of the operator at work dropped.
	removed int64
	// mem is the memory accounted to the statement, in bytes.
	mem int64
}

// NodeStats are the counters of one plan node for EXPLAIN ANALYZE.
type NodeStats struct {
	Rows    int64
	Loops   int64
	Startup time.Duration // until the first row, in the first loop
	Total   time.Duration // all loops
	// Removed counts the rows that a filter dropped.
	Removed int64
	// Spilled is what a sort or hash wrote to disk, in bytes; Memory the most it held.
	Spilled, Memory int64
}

// idleRuns keeps finished executions of a program for the next ones.
type idleRuns struct{ pool sync.Pool }

func (i *idleRuns) take(p *Program) *run {
	if r, ok := i.pool.Get().(*run); ok {
		return r
	}
	r := &run{prog: p, root: p.root.make()}
	if p.slots > 0 {
		r.slots = make([]types.Datum, p.slots)
	}
	if p.regs > 0 {
		r.regs = make([]*vec.Vec, p.regs)
	}
	if p.memos > 0 {
		r.memos = make([]memo, p.memos)
	}
	if p.subs > 0 {
		r.subs = make([]subState, p.subs)
	}
	if p.ctes > 0 {
		r.ctes = make([]*cteState, p.ctes)
		r.works = make([]*rowStore, p.ctes)
	}
	return r
}

func (i *idleRuns) put(r *run) { i.pool.Put(r) }

func (r *run) begin(ec *Context, params []types.Datum) {
	r.ec, r.ctx, r.fn, r.params = ec, ec.Ctx, ec.Fn, params
	if r.ctx == nil {
		r.ctx = context.Background()
	}
	r.affected, r.returned, r.mem = 0, 0, 0
	if r.prog.counted {
		r.stats = make(map[plan.Node]*NodeStats)
	}
}

// end closes all operators and lets go of what belonged to the caller.
func (r *run) end() error {
	err := r.root.close(r)
	for i := range r.subs {
		if e := r.subs[i].close(r); err == nil {
			err = e
		}
	}
	for _, c := range r.ctes {
		if c != nil {
			if e := c.close(r); err == nil {
				err = e
			}
		}
	}
	clear(r.slots)
	clear(r.memos)
	clear(r.args[:cap(r.args)])
	r.args, r.vecs = r.args[:0], r.vecs[:0]
	r.ec, r.ctx, r.fn, r.params = nil, nil, nil, nil
	return err
}

// check stops a statement that was cancelled; operators call it once per batch.
func (r *run) check() error { return canceled(r.ctx) }

// grow accounts memory that cannot be spilled.
func (r *run) grow(n int64) error {
	r.mem += n
	if r.mem > r.ec.memLimit() {
		return pgerr.New(pgerr.OutOfMemory, "out of memory").
			WithDetail("Failed on request of size %d: the statement may hold %d bytes.", n, r.ec.memLimit())
	}
	return nil
}

func (r *run) shrink(n int64) { r.mem -= n }

// register is an expression's vector, made at first use.
func (r *run) register(i int, k types.Kind) *vec.Vec {
	v := r.regs[i]
	if v == nil {
		v = vec.New(k, 0)
		r.regs[i] = v
	}
	return v
}

// changingNode is the node whose changed rows the command tag counts, nil if the
// statement is a query.
func changingNode(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Insert, *plan.Update, *plan.Delete:
		return n
	case *plan.With:
		return changingNode(n.Input)
	}
	return nil
}
