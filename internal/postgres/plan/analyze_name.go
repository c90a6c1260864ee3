package plan

import (
	"fmt"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// nameByte is name[n]: a name is an array of 64 bytes of the type "char", from 0.
var nameByte = &builtin.Function{
	Name: "name_subscript", Args: []types.OID{types.NameOID, types.Int4OID}, Ret: types.CharOID, Strict: true,
	Volatility: builtin.Immutable,
	Fn: func(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
		s, n := a[0].Str(), a[1].Int()
		switch {
		case n < 0 || n > 63:
			return types.Null, nil
		case n >= int64(len(s)):
			return types.Text(""), nil
		case s[n] >= utf8.RuneSelf:
			return types.Text(fmt.Sprintf(`\%03o`, s[n])), nil
		}
		return types.Text(s[n : n+1]), nil
	},
}

// nameSubscript is one byte of a name, which pg_dump asks for.
func (qc *qctx) nameSubscript(e Expr, list []*pg_query.Node) (Expr, error) {
	loc := locOf(e)
	if len(list) != 1 || list[0].GetAIndices().IsSlice {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "only one byte of a name can be taken").At(loc)
	}
	at, err := qc.expr(list[0].GetAIndices().Uidx)
	if err != nil {
		return nil, err
	}
	if at, err = qc.a.coerce(at, types.Int4OID, builtin.CastAssignment, -1); err != nil {
		return nil, err
	}
	return &Call{Typed: Typed{types.CharOID, -1, loc}, Fn: nameByte, Args: []Expr{e, at}}, nil
}
