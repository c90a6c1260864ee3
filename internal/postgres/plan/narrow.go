package plan

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// An index on a narrow integer column compared with a wider value is searched
// with the value narrowed: a value out of range becomes NULL where nothing can
// match (an empty span) and the end of the range where everything does.

func isInt(oid types.OID) bool { return intWidth(oid) > 0 }

func intWidth(oid types.OID) int {
	switch oid {
	case types.Int2OID:
		return 2
	case types.Int4OID:
		return 4
	case types.Int8OID:
		return 8
	}
	return 0
}

// narrowFunctions holds the functions that narrow, by type and operator.
var narrowFunctions = func() map[types.OID]map[string]*builtin.Function {
	m := map[types.OID]map[string]*builtin.Function{}
	for _, to := range []types.OID{types.Int2OID, types.Int4OID} {
		lo, hi := int64(math.MinInt16), int64(math.MaxInt16)
		if to == types.Int4OID {
			lo, hi = math.MinInt32, math.MaxInt32
		}
		m[to] = map[string]*builtin.Function{}
		for _, op := range []string{"=", "<", "<=", ">", ">="} {
			m[to][op] = &builtin.Function{
				Name: "index_bound", Args: []types.OID{types.Int8OID}, Ret: to, Strict: true, Volatility: builtin.Immutable,
				Fn: func(_ *builtin.Context, args []types.Datum) (types.Datum, error) {
					return narrowBound(args[0].Int(), op, lo, hi), nil
				},
			}
		}
	}
	return m
}()

// narrowBound gives the inclusive bound within [lo, hi] for key op v.
func narrowBound(v int64, op string, lo, hi int64) types.Datum {
	switch op {
	case "=":
		if v < lo || v > hi {
			return types.Null
		}
	case ">", ">=":
		if v > hi || (op == ">" && v == hi) {
			return types.Null
		}
		if v < lo {
			return types.Int(lo)
		}
		if op == ">" {
			v++
		}
	default:
		if v < lo || (op == "<" && v == lo) {
			return types.Null
		}
		if v > hi {
			return types.Int(hi)
		}
		if op == "<" {
			v--
		}
	}
	return types.Int(v)
}

func narrow(e Expr, to types.OID, op string) Expr {
	fn := narrowFunctions[to][op]
	return &Call{Typed: Typed{to, -1, -1}, Fn: fn, Args: []Expr{e}}
}
