package sysview

import (
	_ "embed"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// procRows are pg_proc's rows of the functions that pg_type and pg_am name, input
// and output functions above all: OID, name, arguments, result, strictness and
// volatility, prosrc.
//
//go:embed data/pg_proc.tsv
var procRows string

func init() {
	eachRow(procRows, func(c []string) {
		f := &builtin.Function{
			OID: mustOID(c[0]), Name: c[1], Ret: mustOID(c[3]), Strict: c[4][0] == 't', Volatility: builtin.Volatility(c[4][1]),
			Source: c[5], Kind: 'f',
		}
		if c[2] != "" {
			for a := range strings.SplitSeq(c[2], ",") {
				f.Args = append(f.Args, mustOID(a))
			}
		}
		f.Fn = ioFunction(f)
		builtin.Register(f)
	})
}

// ioFunction is the code of a type's function. Those that take or give internal
// cannot be called from SQL, as nothing makes such a value.
func ioFunction(f *builtin.Function) builtin.Func {
	switch {
	case len(f.Args) == 0:
	case f.Ret == types.CStringOID && f.Args[0] == types.Int4OID && strings.HasSuffix(f.Name, "typmodout"):
		return modOut(strings.TrimSuffix(f.Name, "typmodout"))
	case f.Ret == types.CStringOID:
		return func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
			return text(types.Output(f.Args[0], a[0], sessionFormat(c))), nil
		}
	case f.Args[0] == types.CStringArrayOID && strings.HasSuffix(f.Name, "typmodin"):
		return modIn(strings.TrimSuffix(f.Name, "typmodin"))
	case f.Args[0] == types.CStringOID:
		return func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
			mod := types.Typmod(-1)
			if len(a) == 3 && !a[2].IsNull() {
				mod = types.Typmod(a[2].Int())
			}
			return types.Input(f.Ret, a[0].Str(), mod, sessionFormat(c))
		}
	case f.Ret == types.ByteaOID:
		return func(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
			b, err := types.AppendBinary(nil, f.Args[0], a[0])
			return types.Bytes(b), err
		}
	}
	return func(*builtin.Context, []types.Datum) (types.Datum, error) {
		return null, pgerr.New(pgerr.FeatureNotSupported, "function %s cannot be called from SQL", f.Name)
	}
}

func sessionFormat(c *builtin.Context) *types.Format {
	if c == nil {
		return nil
	}
	return &c.Format
}

// modType finds the type that a typmod function belongs to.
func modType(name string) types.OID {
	if t := types.ByName(name); t != nil {
		return t.OID
	}
	return 0
}

func modIn(name string) builtin.Func {
	typ := modType(name)
	return func(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
		var mods []int32
		for _, item := range a[0].Array().Items {
			d, err := types.Input(types.Int4OID, item.Str(), -1, nil)
			if err != nil {
				return null, err
			}
			mods = append(mods, int32(d.Int()))
		}
		mod, err := types.TypmodIn(typ, mods)
		return num(mod), err
	}
}

func modOut(name string) builtin.Func {
	typ := modType(name)
	return func(_ *builtin.Context, a []types.Datum) (types.Datum, error) {
		return text(modText(typ, types.Typmod(a[0].Int()))), nil
	}
}

// modText is a modifier as it stands behind the type's name.
func modText(typ types.OID, mod types.Typmod) string {
	if mod < 0 {
		return ""
	}
	full := types.FormatType(typ, mod)
	if typ == types.IntervalOID {
		return strings.TrimPrefix(full, "interval")
	}
	if from, to := strings.IndexByte(full, '('), strings.IndexByte(full, ')'); from >= 0 && to > from {
		return full[from : to+1]
	}
	return ""
}
