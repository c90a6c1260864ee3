package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// comparison is a function of two arguments that other expressions apply to values
// they already have: the comparison of IN, IS DISTINCT FROM, NULLIF and the like.
type comparison struct {
	fn     builtin.Func
	strict bool
	// same is the type when fn is the equality of one type, which types.Equal
	// knows too; 0 otherwise.
	same types.OID
}

func (b comparison) apply(r *run, x, y types.Datum) (types.Datum, error) {
	if b.strict && (x.IsNull() || y.IsNull()) {
		return types.Null, nil
	}
	if b.same != 0 {
		return types.Bool(types.Equal(b.same, x, y)), nil
	}
	base := len(r.args)
	r.args = append(r.args, x, y)
	d, err := b.fn(r.fn, r.args[base:len(r.args):len(r.args)])
	r.args = r.args[:base]
	return d, err
}

// holds reports whether the function gives true; NULL counts as false.
func (b comparison) holds(r *run, x, y types.Datum) (bool, error) {
	d, err := b.apply(r, x, y)
	return err == nil && !d.IsNull() && d.Bool(), err
}
