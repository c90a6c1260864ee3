package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// informationFunctions are the functions of information_schema, by OID.
var informationFunctions = map[types.OID]bool{}

// modFunction declares a function of information_schema over a type and modifier.
func modFunction(o types.OID, name string, ret types.OID, of func(types.OID, types.Typmod) types.Datum) *builtin.Function {
	return &builtin.Function{
		OID: o, Name: name, Args: []types.OID{types.OIDOID, types.Int4OID}, ArgNames: []string{"typid", "typmod"}, Ret: ret,
		Strict: true, Volatility: builtin.Immutable, Kind: 'f', Source: name,
		Fn: func(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
			return of(oidArg(a[0]), types.Typmod(a[1].Int())), nil
		},
	}
}

func init() {
	for _, f := range []*builtin.Function{
		{
			OID: 13208, Name: "_pg_expandarray", Args: []types.OID{types.AnyArrayOID}, ArgNames: []string{""}, Ret: types.RecordOID,
			Strict: true, Volatility: builtin.Immutable, Kind: 'f', Source: "_pg_expandarray",
			OutNames: []string{"x", "n"}, OutTypes: []types.OID{types.AnyElementOID, types.Int4OID}, Set: expandArray,
		},
		{
			OID: 13209, Name: "_pg_index_position", Args: []types.OID{types.OIDOID, types.Int2OID}, Ret: types.Int4OID,
			Strict: true, Volatility: builtin.Stable, Kind: 'f', Source: "_pg_index_position", Fn: indexPosition,
		},
		modFunction(13212, "_pg_char_max_length", types.Int4OID, charMaxLength),
		modFunction(13213, "_pg_char_octet_length", types.Int4OID, charOctetLength),
		modFunction(13215, "_pg_numeric_precision", types.Int4OID, numericPrecision),
		modFunction(13216, "_pg_numeric_precision_radix", types.Int4OID, func(o types.OID, _ types.Typmod) types.Datum { return numericRadix(o) }),
		modFunction(13217, "_pg_numeric_scale", types.Int4OID, numericScale),
		modFunction(13218, "_pg_datetime_precision", types.Int4OID, datetimePrecision),
		modFunction(13219, "_pg_interval_type", types.TextOID, intervalType),
	} {
		informationFunctions[f.OID] = true
		builtin.Register(f)
	}
}

// expandArray gives an array's elements with their positions from 1.
func expandArray(_ *builtin.Context, a []types.Datum, emit func([]types.Datum) error) error {
	for i, item := range a[0].Array().Items {
		if err := emit([]types.Datum{item, num(i + 1)}); err != nil {
			return err
		}
	}
	return nil
}

// indexPosition is the position of a column in an index's keys.
func indexPosition(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	n, err := namerOf(c)
	if err != nil {
		return null, err
	}
	index, _ := n.view.Index(oidArg(a[0]))
	if index == nil {
		return null, nil
	}
	for i, k := range index.Keys {
		if int64(k.Column) == a[1].Int() {
			return num(i + 1), nil
		}
	}
	return null, nil
}
