package exec

import (
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// rowRules is what a new row of a table must go through: generated columns, NOT
// NULL, CHECK.
type rowRules struct {
	rel       *catalog.Relation
	generated []assignEval
	notNull   []int
	checks    []checkEval
}

type assignEval struct {
	column int
	expr   evaluator
}

type checkEval struct {
	name string
	expr evaluator
}

func (c *compiler) assigns(as []plan.Assign) ([]assignEval, error) {
	out := make([]assignEval, len(as))
	for i, a := range as {
		e, err := c.expr(a.Expr)
		if err != nil {
			return nil, err
		}
		out[i] = assignEval{a.Column, e}
	}
	return out, nil
}

func (c *compiler) rowRules(rel *catalog.Relation, generated []plan.Assign, checks []plan.CheckExpr) (rowRules, error) {
	out := rowRules{rel: rel}
	for i, col := range rel.Columns {
		if col.NotNull && !col.Dropped {
			out.notNull = append(out.notNull, i)
		}
	}
	var err error
	if out.generated, err = c.assigns(generated); err != nil {
		return out, err
	}
	for _, ch := range checks {
		e, err := c.expr(ch.Expr)
		if err != nil {
			return out, err
		}
		out.checks = append(out.checks, checkEval{ch.Name, e})
	}
	return out, nil
}

// apply computes the generated columns of row in place, and enforces the rules.
func (q *rowRules) apply(r *run, row []types.Datum) error {
	if len(q.generated) > 0 {
		in := rowRef{vals: row}
		for _, g := range q.generated {
			d, err := g.expr.row(r, in)
			if err != nil {
				return err
			}
			row[g.column] = d
		}
	}
	for _, i := range q.notNull {
		if row[i].IsNull() {
			e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
				q.rel.Columns[i].Name, q.rel.Name)
			e.Column = q.rel.Columns[i].Name
			return q.failing(r, e, row)
		}
	}
	for _, ch := range q.checks {
		d, err := ch.expr.row(r, rowRef{vals: row})
		if err != nil {
			return err
		}
		if !d.IsNull() && !d.Bool() {
			e := pgerr.New(pgerr.CheckViolation, "new row for relation \"%s\" violates check constraint \"%s\"", q.rel.Name, ch.name)
			e.Constraint = ch.name
			return q.failing(r, e, row)
		}
	}
	return nil
}

// failing adds to an error what it says of the row and its table.
func (q *rowRules) failing(r *run, e *pgerr.Error, row []types.Datum) error {
	if s := r.ec.Tx.Catalog().Schema(q.rel.Schema); s != nil {
		e.Schema = s.Name
	}
	e.Table = q.rel.Name
	return e.WithDetail("Failing row contains (%s).", q.describe(r, row))
}

// maxFieldShown is how much of a value such a message shows, bytes.
const maxFieldShown = 64

func (q *rowRules) describe(r *run, row []types.Datum) string {
	var f *types.Format
	if r.fn != nil {
		f = &r.fn.Format
	}
	var out []byte
	for i, col := range q.rel.Columns {
		if col.Dropped {
			continue
		}
		if len(out) > 0 {
			out = append(out, ", "...)
		}
		if row[i].IsNull() {
			out = append(out, "null"...)
			continue
		}
		s := string(types.AppendText(nil, col.Type, row[i], f))
		if len(s) > maxFieldShown {
			n := maxFieldShown
			for n > 0 && !utf8.RuneStart(s[n]) {
				n--
			}
			s = s[:n] + "..."
		}
		out = append(out, s...)
	}
	return string(out)
}
