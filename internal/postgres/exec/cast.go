package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// castEval applies a conversion to values that are not NULL.
type castEval struct {
	result
	arg     evaluator
	convert conversion
}

// conversion turns one value, not NULL, into another type.
type conversion func(c *builtin.Context, d types.Datum) (types.Datum, error)

func (e *castEval) row(r *run, in rowRef) (types.Datum, error) {
	d, err := e.arg.row(r, in)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	return e.convert(r.fn, d)
}

func (e *castEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	v, err := e.arg.vector(r, b, sel)
	if err != nil {
		return nil, err
	}
	out := e.begin(r, b.N)
	return out, each(sel, b.N, func(i int) error {
		if v.IsNull(i) {
			out.SetNull(i)
			return nil
		}
		d, err := e.convert(r.fn, v.Get(i))
		if err != nil {
			return err
		}
		out.Set(i, d)
		return nil
	})
}

// conversionOf gives what a cast does to a value of type from; nil when the
// value stays as it is.
func conversionOf(c *plan.Cast, from types.OID) conversion {
	to, mod, explicit := c.T, c.Mod, c.Explicit
	switch {
	case c.Elem != nil:
		elem := conversionOf(c.Elem, types.ElemOf(from))
		return func(ctx *builtin.Context, d types.Datum) (types.Datum, error) {
			return castArray(ctx, d.Array(), c.Elem.T, elem)
		}
	case c.IO:
		return func(ctx *builtin.Context, d types.Datum) (types.Datum, error) {
			return throughText(ctx, from, d, to, mod, explicit)
		}
	case c.Cast != nil && c.Cast.Fn != nil:
		fn := c.Cast.Fn
		return func(ctx *builtin.Context, d types.Datum) (types.Datum, error) {
			return fn(ctx, d, mod, explicit)
		}
	case mod >= 0:
		return func(_ *builtin.Context, d types.Datum) (types.Datum, error) {
			return types.ApplyTypmod(to, d, mod, explicit)
		}
	}
	return nil
}

// throughText converts by writing the value in its text form and reading that.
func throughText(ctx *builtin.Context, from types.OID, d types.Datum, to types.OID, mod types.Typmod, explicit bool) (types.Datum, error) {
	var f *types.Format
	if ctx != nil {
		f = &ctx.Format
	}
	s := ""
	if isText(from) {
		s = d.Str()
	} else {
		s = string(types.AppendText(nil, from, d, f))
	}
	if !isText(to) {
		return types.Input(to, s, mod, f)
	}
	out := types.Text(s)
	if mod < 0 {
		return out, nil
	}
	return types.ApplyTypmod(to, out, mod, explicit)
}

// isText tells the types whose datum is their text form.
func isText(t types.OID) bool {
	switch t {
	case types.TextOID, types.VarCharOID, types.UnknownOID, types.CStringOID:
		return true
	}
	return false
}

func castArray(ctx *builtin.Context, a *types.Array, elem types.OID, convert conversion) (types.Datum, error) {
	out := &types.Array{Elem: elem, Dims: a.Dims, Items: a.Items}
	if convert != nil {
		out.Items = make([]types.Datum, len(a.Items))
		for i, d := range a.Items {
			if d.IsNull() {
				continue
			}
			var err error
			if out.Items[i], err = convert(ctx, d); err != nil {
				return types.Null, err
			}
		}
	}
	return types.ArrayDatum(out), nil
}
