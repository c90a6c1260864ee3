package exec

import (
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// Program is a plan made ready to run: expressions compiled, operators chosen.
// It is immutable; any number of executions may run it at once. A session that
// keeps a plan keeps its Program instead.
type Program struct {
	Plan *plan.Plan
	root spec
	// regs, subs, ctes, slots and memos are how many vector registers, sub-selects,
	// CTEs, slots and memoized expressions an execution has.
	regs, subs, ctes, slots, memos int
	counted                        bool
	// direct says that all the plan reads is one row by key.
	direct bool
	// modifies says that the command tag counts rows changed, not given.
	modifies bool
	idle     idleRuns
}

// Compile makes a plan ready to run.
func Compile(p *plan.Plan) (*Program, error) { return compile(p, false) }

// CompileCounted is Compile for EXPLAIN ANALYZE: executions count what each
// node does (Cursor.Stats), at a cost.
func CompileCounted(p *plan.Plan) (*Program, error) { return compile(p, true) }

func compile(p *plan.Plan, counted bool) (*Program, error) {
	c := &compiler{counted: counted, slots: p.Slots, tagged: changingNode(p.Root)}
	root, err := c.node(p.Root)
	if err != nil {
		return nil, err
	}
	return &Program{
		Plan: p, root: root, regs: c.regs, subs: c.subs, ctes: c.ctes, slots: c.slots, memos: c.memos, counted: counted,
		modifies: c.tagged != nil,
		direct:   c.subs == 0 && soleRead(p.Root),
	}, nil
}

// Open compiles and starts a plan that runs once.
func Open(ec *Context, p *plan.Plan, params []types.Datum) (*Cursor, error) {
	prog, err := Compile(p)
	if err != nil {
		return nil, err
	}
	return prog.Open(ec, params)
}

// Cursor is one execution of a Program. Not safe for concurrent use.
type Cursor struct {
	prog  *Program
	run   *run
	parts pieces
	done  bool
	err   error
}

// Open starts an execution. The caller must Close the cursor. params are the
// values of $1…, of the plan's types; they are kept until Close.
func (p *Program) Open(ec *Context, params []types.Datum) (*Cursor, error) {
	if len(params) < len(p.Plan.Params) {
		return nil, pgerr.New(pgerr.ProtocolViolation,
			"bind message supplies %d parameters, but prepared statement requires %d", len(params), len(p.Plan.Params))
	}
	r := p.idle.take(p)
	r.begin(ec, params)
	c := &Cursor{prog: p, run: r}
	if err := r.root.open(r); err != nil {
		return nil, errors.Join(c.fail(err), c.Close())
	}
	return c, nil
}

// Next gives the next rows, columns as the plan's Columns say; nil at the end.
// The batch is valid until the next call of Next or Close. A statement that
// modifies rows does its work in Next: call it until it gives nil.
func (c *Cursor) Next() (*vec.Batch, error) { return c.NextMax(vec.MaxRows) }

// NextMax is Next for at most limit rows, for portals that are read in parts.
func (c *Cursor) NextMax(limit int) (*vec.Batch, error) {
	if c.err != nil {
		return nil, c.err
	}
	if c.done {
		return nil, nil
	}
	for {
		b, err := c.parts.next(limit, func() (*vec.Batch, error) { return c.run.root.next(c.run, min(limit, vec.MaxRows)) })
		if err != nil {
			return nil, c.fail(err)
		}
		if b == nil {
			c.done = true
			if err := c.run.finishCTEs(); err != nil {
				return nil, c.fail(err)
			}
			return nil, nil
		}
		if b.Rows() == 0 {
			continue
		}
		if !c.prog.modifies {
			c.run.returned += int64(b.Rows())
		}
		return b, nil
	}
}

func (c *Cursor) fail(err error) error {
	if ctx := c.run.ctx; ctx.Err() != nil && pgerr.Code(err) == "" {
		err = cancelError(ctx)
	}
	c.err = err
	return err
}

// RowsAffected is the number for the command tag: rows inserted, updated or
// deleted, or else rows given so far.
func (c *Cursor) RowsAffected() int64 {
	if c.run == nil {
		return 0
	}
	if c.prog.modifies {
		return c.run.affected
	}
	return c.run.returned
}

// Stats are the counters per node of a Program made by CompileCounted.
func (c *Cursor) Stats() map[plan.Node]*NodeStats {
	if c.run == nil {
		return nil
	}
	return c.run.stats
}

// Close ends the execution. RowsAffected and Stats give nothing afterwards, and
// batches are no longer valid. It may be called again.
func (c *Cursor) Close() error {
	r := c.run
	if r == nil {
		return nil
	}
	c.run = nil
	err := r.end()
	if c.err == nil && err == nil {
		c.prog.idle.put(r)
	}
	return err
}
