package builtin

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// noEnv is a session that knows nothing.
type noEnv struct{}

var errNoEnv = errors.New("no session")

func (noEnv) CurrentUser() string                   { return "me" }
func (noEnv) SessionUser() string                   { return "me" }
func (noEnv) CurrentDatabase() string               { return "db" }
func (noEnv) CurrentSchemas(bool) []string          { return []string{"public"} }
func (noEnv) Setting(string) (string, bool)         { return "", false }
func (noEnv) SetSetting(string, string, bool) error { return errNoEnv }
func (noEnv) BackendPID() int32                     { return 1 }
func (noEnv) NextVal(types.OID) (int64, error)      { return 0, errNoEnv }
func (noEnv) CurrVal(types.OID) (int64, error)      { return 0, errNoEnv }
func (noEnv) SetVal(types.OID, int64, bool) error   { return errNoEnv }
func (noEnv) LastVal() (int64, error)               { return 0, errNoEnv }

var _ Env = noEnv{}

// hostileTexts are texts that parsers of templates, patterns and literals trip on.
var hostileTexts = []string{
	"", " ", "%", "%s", "%1$s", "%-5s", "%*s", "%I%L", "\\", "a\\", "_", "a%b", "é", "\xc3", "(", ")", "[", "[^", "]", "*", "a{2", "a{1,3}?",
	"(?i)a", "***=x", "[[:alpha:]]", "[[:<:]]", "\\m", "\\y", "\\1", "\\u00e9", "\\x", "a|b", "$", "^", "{", "}", "g", "gi", "x",
	"YYYY-MM-DD", "HH24:MI:SS.US", "FM", "FMMonth", "\"", "\"x", "DDth", "J", "IYYY-IW-ID", "TZH:TZM", "RM", "Y,YYY", "AM", "BC",
	"999", "9.99EEEE", "S9", "9S", "PR9", "9PR", "RN", "0.00", "FM0.00", "V9", "9V9", "L9", "9,999", "MI9", "SG9", "th",
	"12", "-1.5", "1,234", "2000-12-05", "05 Dec 2000", "12:34:56", "infinity", "NaN", "1e10", "day", "epoch", "century", "foo",
	"UTC", "America/New_York", "UTC+3", "+99", "hex", "base64", "escape", "a,b,c", ",", "#", "{a,b}", "a", "b", "null",
}

func drawText(t *rapid.T) string {
	if rapid.Bool().Draw(t, "known") {
		return rapid.SampledFrom(hostileTexts).Draw(t, "text")
	}
	return rapid.StringN(0, 8, 12).Draw(t, "any")
}

func drawInt(t *rapid.T, oid types.OID) int64 {
	extremes := []int64{0, 1, -1, 2, 7, 31, 1000, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	v := rapid.SampledFrom(extremes).Draw(t, "int")
	switch oid {
	case types.Int2OID:
		return int64(int16(v))
	case types.Int8OID:
		return v
	case types.OIDOID:
		return int64(uint32(v))
	}
	return int64(int32(v))
}

var drawable = map[types.Kind]func(t *rapid.T, oid types.OID) types.Datum{
	types.KindBool:  func(t *rapid.T, _ types.OID) types.Datum { return types.Bool(rapid.Bool().Draw(t, "bool")) },
	types.KindText:  drawTextDatum,
	types.KindFloat: drawFloat,
	types.KindInt:   drawIntKind,
	types.KindNumeric: func(t *rapid.T, _ types.OID) types.Datum {
		s := rapid.SampledFrom([]string{"0", "1", "-1.50", "NaN", "Infinity", "-Infinity", "1e40", "1e-40", "123456.789", "0.9999"}).Draw(t, "num")
		d, err := types.Input(types.NumericOID, s, -1, nil)
		if err != nil {
			t.Fatal(err)
		}
		return d
	},
	types.KindInterval: func(t *rapid.T, _ types.OID) types.Datum {
		return types.IntervalDatum(&types.Interval{
			Months: int32(drawInt(t, types.Int4OID)), Days: int32(drawInt(t, types.Int4OID)), Micros: drawInt(t, types.Int8OID),
		})
	},
	types.KindTimeTZ: func(t *rapid.T, _ types.OID) types.Datum {
		return types.TimeTZDatum(&types.TimeTZ{Micros: rapid.Int64Range(0, types.MicrosPerDay).Draw(t, "t"), Zone: 3600})
	},
	types.KindJSONB: func(t *rapid.T, _ types.OID) types.Datum {
		s := rapid.SampledFrom([]string{"null", "1", `"a"`, "[]", "{}", `[1,"a",null,{"b":2}]`, `{"a":{"b":[1]},"n":null}`}).Draw(t, "json")
		v, err := types.ParseJSONB(s)
		if err != nil {
			t.Fatal(err)
		}
		return types.JSONBDatum(v)
	},
}

func drawTextDatum(t *rapid.T, oid types.OID) types.Datum {
	switch oid {
	case types.UUIDOID:
		return types.Bytes(make([]byte, 16))
	case types.BitOID, types.VarBitOID:
		return types.Text(rapid.StringMatching(`[01]{0,9}`).Draw(t, "bits"))
	case types.JSONOID:
		return types.Text(rapid.SampledFrom([]string{"null", "1", `"a"`, "[1, 2]", `{"a": {"b": 1}}`}).Draw(t, "json"))
	}
	return types.Text(drawText(t))
}

func drawFloat(t *rapid.T, _ types.OID) types.Datum {
	return types.Float(rapid.SampledFrom([]float64{0, 1, -1, 0.5, 1e300, -1e300, 1e-300, math.NaN(), math.Inf(1), math.Inf(-1)}).Draw(t, "f"))
}

func drawIntKind(t *rapid.T, oid types.OID) types.Datum {
	switch oid {
	case types.DateOID:
		return types.Int(rapid.SampledFrom([]int64{0, -2451545, 2145031948, types.DateInfinity, types.DateMinusInfinity, 8000}).Draw(t, "date"))
	case types.TimeOID:
		return types.Int(rapid.Int64Range(0, types.MicrosPerDay).Draw(t, "time"))
	case types.TimestampOID, types.TimestampTZOID:
		return types.Int(rapid.SampledFrom([]int64{
			0, -211813488000000000, 9223371331199999999, types.TimestampInfinity, types.TimestampNegInfinity, 7e14,
		}).Draw(t, "ts"))
	}
	return types.Int(drawInt(t, oid))
}

// concrete gives a polymorphic type one to be called with.
func concrete(oid types.OID) types.OID {
	switch oid {
	case types.AnyArrayOID, types.AnyCompatibleArrayOID:
		return types.Int4ArrayOID
	case types.AnyElementOID, types.AnyNonArrayOID, types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID, types.AnyOID:
		return types.Int4OID
	}
	return oid
}

func drawDatum(t *rapid.T, oid types.OID, strict bool) (types.Datum, bool) {
	if !strict && rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return types.Null, true
	}
	if elem := types.ElemOf(oid); elem != 0 {
		var items []types.Datum
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			d, ok := drawDatum(t, elem, false)
			if !ok {
				return types.Null, false
			}
			items = append(items, d)
		}
		return types.ArrayDatum(types.NewArray(elem, items)), true
	}
	typ := types.ByOID(oid)
	if typ.Phys == types.KindRecord {
		return types.RecordDatum(&types.Record{
			Type: types.RecordOID, Types: []types.OID{types.Int4OID, types.TextOID},
			Fields: []types.Datum{types.Int(1), types.Null},
		}), true
	}
	draw, ok := drawable[typ.Phys]
	if !ok {
		return types.Null, false
	}
	return draw(t, oid), true
}

// hungry are functions that make as much as they are asked for.
var hungry = map[string]bool{"repeat": true, "lpad": true, "rpad": true, "array_fill": true, "format": true, "bit": true, "factorial": true}

var errEnough = errors.New("enough")

// TestNoArgumentPanics calls every function with arguments at the edges.
func TestNoArgumentPanics(t *testing.T) {
	ctx := &Context{TxTime: time.Unix(1e9, 0), StmtTime: time.Unix(1e9, 0), Env: noEnv{}, Format: types.Format{ExtraFloatDigits: 1}}
	for _, f := range AllFunctions() {
		if hungry[f.Name] {
			continue
		}
		oids := make([]types.OID, len(f.Args))
		for i, oid := range f.Args {
			oids[i] = concrete(oid)
		}
		ret := concrete(f.Ret)
		t.Run(f.Name, func(t *testing.T) {
			bound := f.For(oids, ret)
			rapid.Check(t, func(t *rapid.T) {
				args := make([]types.Datum, len(oids))
				for i, oid := range oids {
					var ok bool
					if args[i], ok = drawDatum(t, oid, f.Strict); !ok {
						return
					}
				}
				callAny(ctx, t, bound, ret, args)
			})
		})
	}
}

func callAny(ctx *Context, t *rapid.T, f *Function, ret types.OID, args []types.Datum) {
	var d types.Datum
	var err error
	switch {
	case f.Fn != nil:
		d, err = f.Fn(ctx, args)
	case f.Set != nil:
		n := 0
		err = f.Set(ctx, args, func([]types.Datum) error {
			if n++; n > 20 {
				return errEnough
			}
			return nil
		})
	case f.Agg != nil:
		s := f.Agg.New()
		for range 3 {
			if err = s.Add(ctx, args); err != nil {
				return
			}
		}
		d, err = s.Result(ctx)
	}
	if err != nil || d.IsNull() {
		return
	}
	if want := types.ByOID(ret).Phys; want != d.Kind() && want != types.KindOther {
		t.Fatalf("%s gave kind %d, its type %s has kind %d", f.Name, d.Kind(), types.TypeName(ret), want)
	}
	_ = types.Output(ret, d, &ctx.Format)
}
