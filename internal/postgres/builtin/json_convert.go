package builtin

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// isNumber tells the SQL types that make a JSON number.
func isNumber(oid types.OID) bool {
	switch oid {
	case types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID, types.NumericOID:
		return true
	}
	return false
}

// isoStyle is how JSON writes dates: ISO, whatever DateStyle says.
func isoStyle(c *Context) *types.Format {
	return &types.Format{ExtraFloatDigits: 1, Location: c.location()}
}

// jsonTime writes a date or timestamp as XML Schema does: 2024-01-02T03:04:05+00:00.
func jsonTime(c *Context, oid types.OID, d types.Datum) string {
	b := types.AppendText(nil, oid, d, isoStyle(c))
	if oid == types.DateOID || types.IsInfiniteTimestamp(d.Int()) {
		return string(b)
	}
	zoneAt := -1
	for i, ch := range b {
		if ch == ' ' && b[i+1] != 'B' {
			b[i] = 'T'
		}
		if (ch == '+' || ch == '-') && i > 10 {
			zoneAt = i
		}
	}
	// The zone has minutes always.
	if oid == types.TimestampTZOID && zoneAt > 0 {
		end := zoneAt + 3
		if end == len(b) || b[end] == ' ' {
			b = append(b[:end], append([]byte(":00"), b[end:]...)...)
		}
	}
	return string(b)
}

// appendJSON writes a SQL value as JSON text.
func appendJSON(dst []byte, c *Context, oid types.OID, d types.Datum) []byte {
	if d.IsNull() {
		return append(dst, "null"...)
	}
	switch d.Kind() {
	case types.KindBool:
		return strconv.AppendBool(dst, d.Bool())
	case types.KindArray:
		if oid != types.Int2VectorOID && oid != types.OIDVectorOID {
			dst, _ = appendJSONArray(dst, c, d.Array(), 0, d.Array().Items, ",")
			return dst
		}
	case types.KindRecord:
		return appendJSONRecord(dst, c, d.Record(), ",")
	case types.KindJSONB:
		return d.JSONB().Append(dst)
	}
	switch {
	case oid == types.JSONOID:
		return append(dst, d.Str()...)
	case isNumber(oid):
		from := len(dst)
		dst = types.AppendText(dst, oid, d, isoStyle(c))
		if last := dst[len(dst)-1]; last < '0' || last > '9' { // NaN, Infinity
			return types.AppendJSONString(dst[:from], string(dst[from:]))
		}
		return dst
	case oid == types.DateOID || oid == types.TimestampOID || oid == types.TimestampTZOID:
		return types.AppendJSONString(dst, jsonTime(c, oid, d))
	}
	return types.AppendJSONString(dst, types.Output(oid, d, c.format()))
}

func appendJSONArray(dst []byte, c *Context, a *types.Array, dim int, items []types.Datum, sep string) ([]byte, []types.Datum) {
	dst = append(dst, '[')
	if len(a.Items) == 0 {
		return append(dst, ']'), items
	}
	for i := range a.Dims[dim].Length {
		if i > 0 {
			dst = append(dst, sep...)
		}
		if dim+1 < len(a.Dims) {
			dst, items = appendJSONArray(dst, c, a, dim+1, items, ",")
			continue
		}
		dst = appendJSON(dst, c, a.Elem, items[0])
		items = items[1:]
	}
	return append(dst, ']'), items
}

func fieldName(r *types.Record, i int) string {
	if i < len(r.Names) {
		return r.Names[i]
	}
	return "f" + strconv.Itoa(i+1)
}

func appendJSONRecord(dst []byte, c *Context, r *types.Record, sep string) []byte {
	dst = append(dst, '{')
	for i, d := range r.Fields {
		if i > 0 {
			dst = append(dst, sep...)
		}
		dst = types.AppendJSONString(dst, fieldName(r, i))
		dst = append(dst, ':')
		dst = appendJSON(dst, c, r.Types[i], d)
	}
	return append(dst, '}')
}

// toJSONB makes a SQL value a JSON tree.
func toJSONB(c *Context, oid types.OID, d types.Datum) (types.JSONB, error) {
	if d.IsNull() {
		return types.JSONB{}, nil
	}
	switch d.Kind() {
	case types.KindBool:
		return types.JSONB{Kind: types.JSONBool, Bool: d.Bool()}, nil
	case types.KindJSONB:
		return *d.JSONB(), nil
	case types.KindArray:
		if oid != types.Int2VectorOID && oid != types.OIDVectorOID {
			v, _, err := arrayToJSONB(c, d.Array(), 0, d.Array().Items)
			return v, err
		}
	case types.KindRecord:
		r := d.Record()
		keys, items := make([]string, len(r.Fields)), make([]types.JSONB, len(r.Fields))
		for i, f := range r.Fields {
			v, err := toJSONB(c, r.Types[i], f)
			if err != nil {
				return v, err
			}
			keys[i], items[i] = fieldName(r, i), v
		}
		return types.NewJSONObject(keys, items), nil
	}
	switch {
	case oid == types.JSONOID:
		v, err := types.ParseJSONB(d.Str())
		if err != nil {
			return types.JSONB{}, err
		}
		return *v, nil
	case isNumber(oid):
		n, err := types.ParseNumeric(types.Output(oid, d, isoStyle(c)))
		if err != nil {
			return types.JSONB{}, err
		}
		if types.NumericIsNaN(n) || types.NumericIsInf(n) {
			return jsonString(types.NumericString(n)), nil
		}
		return types.JSONB{Kind: types.JSONNumber, Num: n}, nil
	case oid == types.DateOID || oid == types.TimestampOID || oid == types.TimestampTZOID:
		return jsonString(jsonTime(c, oid, d)), nil
	}
	return jsonString(types.Output(oid, d, c.format())), nil
}

func jsonString(s string) types.JSONB { return types.JSONB{Kind: types.JSONString, Str: s} }

func arrayToJSONB(c *Context, a *types.Array, dim int, items []types.Datum) (types.JSONB, []types.Datum, error) {
	v := types.JSONB{Kind: types.JSONArray}
	if len(a.Items) == 0 {
		return v, items, nil
	}
	for range a.Dims[dim].Length {
		var e types.JSONB
		var err error
		if dim+1 < len(a.Dims) {
			e, items, err = arrayToJSONB(c, a, dim+1, items)
		} else {
			e, err = toJSONB(c, a.Elem, items[0])
			items = items[1:]
		}
		if err != nil {
			return v, nil, err
		}
		v.Items = append(v.Items, e)
	}
	return v, items, nil
}

func jsonbResult(v types.JSONB, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.JSONBDatum(&v), nil
}

// objectKey is the text of an object's key made from a SQL value.
func objectKey(c *Context, oid types.OID, d types.Datum) (string, error) {
	switch d.Kind() {
	case types.KindArray, types.KindRecord, types.KindJSONB:
		return "", keyNotScalar()
	case types.KindBool:
		return strconv.FormatBool(d.Bool()), nil
	}
	switch oid {
	case types.JSONOID:
		return "", keyNotScalar()
	case types.DateOID, types.TimestampOID, types.TimestampTZOID:
		return jsonTime(c, oid, d), nil
	}
	return types.Output(oid, d, c.format()), nil
}

func keyNotScalar() error {
	return pgerr.New(pgerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
}
