package plan

import (
	"hash/fnv"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// System columns are computed from a row's TID: eight bytes of xmin, then the
// row's key.
var (
	ctidFunction = &builtin.Function{
		Name: "ctid", Args: []types.OID{types.ByteaOID}, Ret: types.TIDOID, Strict: true, Volatility: builtin.Immutable,
		Fn: func(_ *builtin.Context, args []types.Datum) (types.Datum, error) {
			// Rows have no physical place; the number tells row versions apart, which is
			// what ctid is asked for.
			h := fnv.New64a()
			if _, err := h.Write(args[0].Raw()); err != nil {
				return types.Null, err
			}
			return types.Int(int64(h.Sum64() >> 16)), nil
		},
	}
	xminFunction = &builtin.Function{
		Name: "xmin", Args: []types.OID{types.ByteaOID}, Ret: types.XIDOID, Strict: true, Volatility: builtin.Immutable,
		Fn: func(_ *builtin.Context, args []types.Datum) (types.Datum, error) {
			var x uint32
			for i, b := range args[0].Raw() {
				if i >= 8 {
					break
				}
				x = x<<8 | uint32(b)
			}
			return types.Int(int64(x)), nil
		},
	}
)

// systemColumn gives a table's system column; nil if name is none.
func (qc *qctx) systemColumn(it *nsItem, name string, loc int32) (Expr, error) {
	t := it.base
	if t == nil {
		return nil, nil
	}
	switch name {
	case "tableoid":
		return &Const{Typed: Typed{types.OIDOID, -1, loc}, Value: types.Int(int64(t.rel.OID))}, nil
	case "ctid", "xmin":
		if t.rel.Kind != catalog.KindTable {
			return nil, nil
		}
		if qc.clause == inReturning && qc.q.dml != nil && qc.q.dml.table == t {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "system column \"%s\" is not supported in RETURNING", name).At(loc)
		}
		fn := ctidFunction
		if name == "xmin" {
			fn = xminFunction
		}
		return &Call{Typed: Typed{fn.Ret, -1, loc}, Fn: fn, Args: []Expr{qc.a.ref(t.tid, loc)}}, nil
	case "xmax", "cmin", "cmax":
		if t.rel.Kind != catalog.KindTable {
			return nil, nil
		}
		return nil, pgerr.New(pgerr.FeatureNotSupported, "system column \"%s\" is not supported", name).At(loc)
	}
	return nil, nil
}
