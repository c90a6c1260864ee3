package exec

import (
	"errors"
	"unsafe"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// CopyIn takes the rows of COPY FROM. It runs an INSERT of one row of parameters
// over and over, so that defaults, generated columns and constraints are what
// they are for INSERT. Not safe for concurrent use.
type CopyIn struct {
	prog   *Program
	run    *run
	op     *insertOp
	exprs  []evaluator
	params []types.Datum
	rows   int64
	failed bool
	// badColumn is what BadColumn tells.
	badColumn int
}

// NewCopyIn starts an intake. p must be the Program of INSERT INTO … (columns)
// VALUES ($1, $2, …), whose parameters have the columns' types. The caller must
// Close it.
func NewCopyIn(ec *Context, p *Program) (*CopyIn, error) {
	spec, ok := p.root.(*insertSpec)
	if !ok {
		return nil, notAnInsert()
	}
	c := &CopyIn{badColumn: -1, prog: p, params: make([]types.Datum, len(p.Plan.Params))}
	switch in := spec.input.(type) {
	case *resultSpec:
		if in.filter == nil {
			c.exprs = in.exprs
		}
	case *valuesSpec:
		if len(in.rows) == 1 {
			c.exprs = in.rows[0]
		}
	}
	r := p.idle.take(p)
	if c.op, ok = r.root.(*insertOp); !ok {
		return nil, notAnInsert()
	}
	c.run = r
	c.run.begin(ec, c.params)
	c.op.forget(c.run)
	var err error
	if c.op.h, err = c.op.change.handle(ec); err == nil {
		c.op.hook, err = ec.hook(c.op.change.rel)
	}
	if err != nil {
		c.failed = true
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func notAnInsert() error {
	return pgerr.New(pgerr.InternalError, "COPY FROM needs the plan of an INSERT")
}

// checkEvery is how many rows pass between looks at the context.
const checkEvery = 256

// Row inserts one row, a value per parameter. The slice is not kept, nor, beyond
// the call, the memory its values point to.
func (c *CopyIn) Row(values []types.Datum) error {
	if len(values) != len(c.params) {
		c.failed = true
		return pgerr.New(pgerr.BadCopyFileFormat, "row of %d values for %d columns", len(values), len(c.params))
	}
	copy(c.params, values)
	return c.insert()
}

// Text inserts one row given as the values' text forms; nil is NULL. The bytes
// are not used after the call. Errors do not say which line they are of.
func (c *CopyIn) Text(fields [][]byte) error {
	if len(fields) != len(c.params) {
		c.failed = true
		return pgerr.New(pgerr.BadCopyFileFormat, "row of %d values for %d columns", len(fields), len(c.params))
	}
	var f *types.Format
	if c.run.fn != nil {
		f = &c.run.fn.Format
	}
	for i, b := range fields {
		if b == nil {
			c.params[i] = types.Null
			continue
		}
		// Datums may share the string's memory; they are stored before it changes.
		s := ""
		if len(b) > 0 {
			s = unsafe.String(&b[0], len(b))
		}
		var err error
		if c.params[i], err = types.Input(c.prog.Plan.Params[i], s, -1, f); err != nil {
			c.failed, c.badColumn = true, i
			return err
		}
	}
	return c.insert()
}

func (c *CopyIn) insert() error {
	if c.rows%checkEvery == 0 {
		if err := c.run.check(); err != nil {
			c.failed = true
			return err
		}
	}
	if err := c.insertRow(); err != nil {
		c.failed = true
		if ctx := c.run.ctx; ctx.Err() != nil && pgerr.Code(err) == "" {
			err = cancelError(ctx)
		}
		return err
	}
	return nil
}

func (c *CopyIn) insertRow() error {
	o := c.op
	clear(c.run.memos)
	if c.exprs == nil {
		if err := o.open(c.run); err != nil {
			return err
		}
		for {
			b, err := o.next(c.run, 1)
			if err != nil {
				return err
			}
			if b == nil {
				c.rows = c.run.affected
				return nil
			}
		}
	}
	o.src = o.src[:0]
	for _, e := range c.exprs {
		d, err := e.row(c.run, rowRef{b: nothing})
		if err != nil {
			return err
		}
		o.src = append(o.src, d)
	}
	row, err := o.insertSource(c.run, o.src)
	if err == nil && row != nil {
		c.rows++
	}
	return err
}

// BadColumn is the parameter whose text Text could not read, -1 if that is not what
// went wrong.
func (c *CopyIn) BadColumn() int { return c.badColumn }

// Rows is the number of rows inserted so far.
func (c *CopyIn) Rows() int64 { return c.rows }

// Close ends the intake. It may be called again.
func (c *CopyIn) Close() error {
	r := c.run
	if r == nil {
		return nil
	}
	c.run = nil
	err := r.end()
	if err == nil && !c.failed {
		c.prog.idle.put(r)
	}
	return err
}
