package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// relation is a table with its handle, kept with the program.
type relation struct {
	rel    *catalog.Relation
	plain  *table.Handle
	needed bool // an expression or partial index wants an evaluator
}

func newRelation(rel *catalog.Relation) relation {
	out := relation{rel: rel, plain: table.NewHandle(rel, nil)}
	for _, ix := range rel.Indexes {
		out.needed = out.needed || ix.Predicate != ""
		for _, k := range ix.Keys {
			out.needed = out.needed || k.Column == 0
		}
	}
	return out
}

func (t *relation) handle(ec *Context) (*table.Handle, error) {
	if t.needed && ec.Handle != nil {
		return ec.Handle(t.rel)
	}
	return t.plain, nil
}

type scanSpec struct {
	relation
	node   *plan.Scan
	kinds  []types.Kind
	spans  []spanEval
	filter evaluator
}

func (c *compiler) scan(n *plan.Scan) (spec, error) {
	s := &scanSpec{relation: newRelation(n.Rel), node: n}
	for _, col := range n.Columns {
		s.kinds = append(s.kinds, kindOf(n.Rel.Columns[col].Type))
	}
	if n.WithTID {
		s.kinds = append(s.kinds, types.KindText)
	}
	var err error
	if s.spans, err = c.spans(n.Spans); err != nil {
		return nil, err
	}
	s.filter, err = c.optional(n.Filter)
	return s, err
}

func (s *scanSpec) make() operator {
	if s.node.Point && len(s.spans) == 1 {
		return &pointOp{spec: s}
	}
	return &scanOp{spec: s}
}

// scanOp reads a range of a table, by its rows' order or an index.
type scanOp struct {
	spec  *scanSpec
	scan  *table.Scan
	batch *vec.Batch
	chunk int
	empty bool
	sieve
}

func (o *scanOp) open(r *run) error {
	if err := o.close(r); err != nil {
		return err
	}
	o.chunk, o.empty = 0, false
	return nil
}

// start opens the table's scan at the first next, so that what is never read
// costs nothing.
func (o *scanOp) start(r *run, limit int) error {
	s, n := o.spec, o.spec.node
	opts := table.ScanOptions{Index: n.Index, Columns: n.Columns, TID: n.WithTID, Reverse: n.Reverse}
	if limit < vec.MaxRows {
		opts.Limit = limit
	}
	if len(s.spans) > 0 {
		spans, err := evalSpans(r, s.spans, n.Index)
		if err != nil {
			return err
		}
		if len(spans) == 0 {
			o.empty = true
			return nil
		}
		opts.Spans = spans
	}
	h, err := s.handle(r.ec)
	if err != nil {
		return err
	}
	if o.batch == nil {
		o.batch = vec.NewBatch(s.kinds, 0)
	}
	o.scan, err = r.ec.Tx.Scan(h, opts)
	return err
}

func (o *scanOp) next(r *run, limit int) (*vec.Batch, error) {
	if o.empty {
		return nil, nil
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if o.scan == nil {
		if err := o.start(r, limit); err != nil || o.empty {
			return nil, err
		}
	}
	want := limit
	if o.spec.filter != nil {
		// What passes the filter is not known: read more each time.
		o.chunk = min(max(limit, 2*o.chunk), vec.MaxRows)
		want = o.chunk
	}
	o.batch.Reset()
	n, err := o.scan.Next(o.batch, want)
	if err != nil || n == 0 {
		return nil, err
	}
	return o.apply(r, o.spec.filter, o.batch)
}

func (o *scanOp) close(*run) error {
	if o.batch != nil {
		o.batch.Reset()
	}
	if o.scan == nil {
		return nil
	}
	s := o.scan
	o.scan = nil
	return s.Close()
}

// pointOp reads the one row that a full unique key names.
type pointOp struct {
	spec  *scanSpec
	key   []types.Datum
	row   []types.Datum
	batch *vec.Batch
	done  bool
	sieve
}

func (o *pointOp) open(*run) error {
	o.done = false
	return nil
}

func (o *pointOp) next(r *run, _ int) (*vec.Batch, error) {
	if o.done {
		return nil, nil
	}
	o.done = true
	s, n := o.spec, o.spec.node
	if err := r.check(); err != nil {
		return nil, err
	}
	key, ok, err := s.spans[0].key(r, o.key[:0])
	o.key = key
	if err != nil || !ok {
		return nil, err
	}
	h, err := s.handle(r.ec)
	if err != nil {
		return nil, err
	}
	opts := table.GetOptions{Columns: n.Columns, TID: n.WithTID, Direct: r.prog.direct}
	row, tid, found, err := r.ec.Tx.Get(h, n.Index, key, opts, o.row[:0])
	o.row = row
	if err != nil || !found {
		return nil, err
	}
	if o.batch == nil {
		o.batch = vec.NewBatch(s.kinds, 1)
	}
	o.batch.Reset()
	for i, d := range row {
		o.batch.Cols[i].Append(d)
	}
	if n.WithTID {
		o.batch.Cols[len(row)].Append(tid.Datum())
	}
	o.batch.N = 1
	return o.apply(r, s.filter, o.batch)
}

func (o *pointOp) close(*run) error {
	if o.batch != nil {
		o.batch.Reset()
	}
	return nil
}

// soleRead reports whether a plan reads nothing but one row by its key, which
// then needs no snapshot of its own.
func soleRead(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Project:
		return soleRead(n.Input)
	case *plan.Filter:
		return soleRead(n.Input)
	case *plan.Limit:
		return soleRead(n.Input)
	case *plan.Scan:
		return n.Point
	}
	return false
}
