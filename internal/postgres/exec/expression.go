package exec

import (
	"context"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// Expression is a single expression made ready to run over rows outside of any
// plan: a default, the keys of an expression index. Immutable, for concurrent use.
type Expression struct {
	prog *Program
	eval evaluator
}

// CompileExpression makes an expression ready. It may hold no sub-selects.
func CompileExpression(e plan.Expr) (*Expression, error) {
	c := &compiler{once: true} // there is nothing to keep from row to row
	eval, err := c.expr(e)
	if err != nil {
		return nil, err
	}
	return &Expression{eval: eval, prog: &Program{Plan: &plan.Plan{}, regs: c.regs, subs: c.subs, ctes: c.ctes, root: noRows{}}}, nil
}

// Value computes the expression over a row, whose positions its columns name.
func (x *Expression) Value(ec *Context, row []types.Datum) (types.Datum, error) {
	r := x.prog.idle.take(x.prog)
	r.begin(ec, nil)
	d, err := x.eval.row(r, rowRef{vals: row})
	if endErr := r.end(); err == nil {
		err = endErr
	}
	if err != nil {
		return types.Null, err
	}
	x.prog.idle.put(r)
	return d, nil
}

// noRows is the operator of a program that only computes expressions.
type noRows struct{}

func (n noRows) make() operator                   { return n }
func (noRows) open(*run) error                    { return nil }
func (noRows) next(*run, int) (*vec.Batch, error) { return nil, nil }
func (noRows) close(*run) error                   { return nil }

// indexRules computes the keys and predicates of a relation's indexes.
type indexRules struct {
	ec         *Context
	keys       map[*catalog.Index][]*Expression // nil entries are plain columns
	predicates map[*catalog.Index][]*Expression // conjuncts
}

// NewIndexEval makes the evaluator of a relation's expression and partial
// indexes, nil when it has none. keys and predicates are as plan.IndexRules
// gives them. Index expressions are immutable: fn serves their messages only.
func NewIndexEval(fn *builtin.Context, rel *catalog.Relation, keys [][]plan.Expr, predicates [][]plan.Expr) (table.IndexEval, error) {
	x := &indexRules{
		ec:   &Context{Ctx: context.Background(), Fn: fn},
		keys: map[*catalog.Index][]*Expression{}, predicates: map[*catalog.Index][]*Expression{},
	}
	needed := false
	for i, index := range rel.Indexes {
		list := make([]*Expression, len(index.Keys))
		for k := range index.Keys {
			if i >= len(keys) || k >= len(keys[i]) || keys[i][k] == nil {
				continue
			}
			e, err := CompileExpression(keys[i][k])
			if err != nil {
				return nil, err
			}
			list[k], needed = e, true
		}
		x.keys[index] = list
		if i >= len(predicates) {
			continue
		}
		for _, p := range predicates[i] {
			e, err := CompileExpression(p)
			if err != nil {
				return nil, err
			}
			x.predicates[index], needed = append(x.predicates[index], e), true
		}
	}
	if !needed {
		return nil, nil
	}
	return x, nil
}

// IndexKey implements table.IndexEval.
func (x *indexRules) IndexKey(index *catalog.Index, pos int, row []types.Datum) (types.Datum, error) {
	return x.keys[index][pos].Value(x.ec, row)
}

// IndexPredicate implements table.IndexEval. A NULL keeps the row out.
func (x *indexRules) IndexPredicate(index *catalog.Index, row []types.Datum) (bool, error) {
	for _, e := range x.predicates[index] {
		d, err := e.Value(x.ec, row)
		if err != nil || d.IsNull() || !d.Bool() {
			return false, err
		}
	}
	return true, nil
}
