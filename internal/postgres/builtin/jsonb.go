package builtin

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
)

type jsonb = types.JSONB

// jsonbText is a value as ->> gives it.
func jsonbText(v *jsonb) types.Datum {
	switch v.Kind {
	case types.JSONNull:
		return types.Null
	case types.JSONString:
		return types.Text(v.Str)
	}
	return types.Bytes(v.Append(nil))
}

func jsonbGot(asText bool, v *jsonb) (types.Datum, error) {
	switch {
	case v == nil:
		return types.Null, nil
	case asText:
		return jsonbText(v), nil
	}
	return types.JSONBDatum(v), nil
}

func jsonbPath(v *jsonb, path *types.Array) *jsonb {
	for _, step := range path.Items {
		if step.IsNull() {
			return nil
		}
		switch v.Kind {
		case types.JSONObject:
			v = v.Field(step.Str())
		case types.JSONArray:
			i, ok := pathIndex(step.Str())
			if !ok {
				return nil
			}
			v = v.Element(int(i))
		default:
			return nil
		}
		if v == nil {
			return nil
		}
	}
	return v
}

func isScalar(v *jsonb) bool { return v.Kind < types.JSONArray }

func jsonbArrayLength(_ *Context, a []types.Datum) (types.Datum, error) {
	v := a[0].JSONB()
	switch {
	case v.Kind == types.JSONArray:
		return types.Int(int64(len(v.Items))), nil
	case isScalar(v):
		return types.Null, jsonMisuse("cannot get array length of a scalar")
	}
	return types.Null, jsonMisuse("cannot get array length of a non-array")
}

func jsonbEach(asText bool) SetFunc {
	name := "jsonb_each"
	if asText {
		name += "_text"
	}
	return func(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
		v := a[0].JSONB()
		if v.Kind != types.JSONObject {
			return jsonMisuse("cannot call %s on a non-object", name)
		}
		for i, k := range v.Keys {
			d, err := jsonbGot(asText, &v.Items[i])
			if err != nil {
				return err
			}
			if err := emit([]types.Datum{types.Text(k), d}); err != nil {
				return err
			}
		}
		return nil
	}
}

func jsonbObjectKeys(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	v := a[0].JSONB()
	switch {
	case isScalar(v):
		return jsonMisuse("cannot call %s on a scalar", "jsonb_object_keys")
	case v.Kind == types.JSONArray:
		return jsonMisuse("cannot call %s on an array", "jsonb_object_keys")
	}
	for _, k := range v.Keys {
		if err := emit([]types.Datum{types.Text(k)}); err != nil {
			return err
		}
	}
	return nil
}

func jsonbArrayElements(asText bool) SetFunc {
	return func(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
		v := a[0].JSONB()
		switch {
		case isScalar(v):
			return jsonMisuse("cannot extract elements from a scalar")
		case v.Kind == types.JSONObject:
			return jsonMisuse("cannot extract elements from an object")
		}
		for i := range v.Items {
			d, err := jsonbGot(asText, &v.Items[i])
			if err != nil {
				return err
			}
			if err := emit([]types.Datum{d}); err != nil {
				return err
			}
		}
		return nil
	}
}

// jsonbContains is @>: every member and element of b is in a.
func jsonbContains(a, b *jsonb, top bool) bool {
	switch b.Kind {
	case types.JSONObject:
		if a.Kind != types.JSONObject {
			return false
		}
		for i, k := range b.Keys {
			v := a.Field(k)
			if v == nil || !jsonbContains(v, &b.Items[i], false) {
				return false
			}
		}
		return true
	case types.JSONArray:
		if a.Kind != types.JSONArray {
			return false
		}
		for i := range b.Items {
			if !hasElement(a, &b.Items[i]) {
				return false
			}
		}
		return true
	}
	if top && a.Kind == types.JSONArray { // an array contains a primitive value
		return hasElement(a, b)
	}
	return types.CompareJSONB(a, b) == 0
}

func hasElement(a, e *jsonb) bool {
	for i := range a.Items {
		v := &a.Items[i]
		if v.Kind == e.Kind && jsonbContains(v, e, false) {
			return true
		}
	}
	return false
}

// jsonbExists is ?: a member's key, or an element that is that string.
func jsonbExists(v *jsonb, key string) bool {
	switch v.Kind {
	case types.JSONObject:
		return v.Field(key) != nil
	case types.JSONArray:
		for i := range v.Items {
			if v.Items[i].Kind == types.JSONString && v.Items[i].Str == key {
				return true
			}
		}
		return false
	}
	return v.Kind == types.JSONString && v.Str == key
}

func jsonbExistsMany(all bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		for _, k := range a[1].Array().Items {
			if !k.IsNull() && jsonbExists(a[0].JSONB(), k.Str()) != all {
				return types.Bool(!all), nil
			}
		}
		return types.Bool(all), nil
	}
}

// prettyJSONB writes one member or element a line, four blanks deep.
func prettyJSONB(dst []byte, v *jsonb, depth int) []byte {
	indent := func(n int) {
		dst = append(dst, '\n')
		for range 4 * n {
			dst = append(dst, ' ')
		}
	}
	if isScalar(v) {
		return v.Append(dst)
	}
	brackets := "[]"
	if v.Kind == types.JSONObject {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	for i := range v.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		indent(depth + 1)
		if v.Kind == types.JSONObject {
			dst = append(types.AppendJSONString(dst, v.Keys[i]), ": "...)
		}
		dst = prettyJSONB(dst, &v.Items[i], depth+1)
	}
	indent(depth)
	return append(dst, brackets[1])
}

func stripNullsJSONB(v *jsonb) jsonb {
	if isScalar(v) {
		return *v
	}
	out := jsonb{Kind: v.Kind}
	for i := range v.Items {
		if v.Kind == types.JSONObject {
			if v.Items[i].Kind == types.JSONNull {
				continue
			}
			out.Keys = append(out.Keys, v.Keys[i])
		}
		out.Items = append(out.Items, stripNullsJSONB(&v.Items[i]))
	}
	return out
}

// castJSONB makes jsonb's casts to numbers and boolean.
func castJSONB(oid types.OID, kind types.JSONKind, convert func(*jsonb) (types.Datum, error)) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v := a[0].JSONB()
		if v.Kind == kind {
			return convert(v)
		}
		name := jsonKindNames[v.Kind]
		switch v.Kind {
		case types.JSONNumber:
			name = "numeric"
		case types.JSONArray, types.JSONObject, types.JSONNull, types.JSONBool, types.JSONString:
		}
		return types.Null, jsonMisuse("cannot cast jsonb %s to type %s", name, types.TypeName(oid))
	}
}

func init() {
	get := func(asText bool, find func(v *jsonb, d types.Datum) *jsonb) Func {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return jsonbGot(asText, find(a[0].JSONB(), a[1]))
		}
	}
	field := func(v *jsonb, d types.Datum) *jsonb { return v.Field(d.Str()) }
	element := func(v *jsonb, d types.Datum) *jsonb { return v.Element(int(d.Int())) }
	path := func(v *jsonb, d types.Datum) *jsonb { return jsonbPath(v, d.Array()) }
	Provide(map[string]Func{
		"jsonb_object_field": get(false, field), "jsonb_object_field_text": get(true, field),
		"jsonb_array_element": get(false, element), "jsonb_array_element_text": get(true, element),
		"jsonb_extract_path": get(false, path), "jsonb_extract_path_text": get(true, path),
		"jsonb_array_length": jsonbArrayLength,
		"jsonb_typeof": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Text(jsonKindNames[a[0].JSONB().Kind]), nil
		},
		"jsonb_contains": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(jsonbContains(a[0].JSONB(), a[1].JSONB(), true)), nil
		},
		"jsonb_contained": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(jsonbContains(a[1].JSONB(), a[0].JSONB(), true)), nil
		},
		"jsonb_exists": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(jsonbExists(a[0].JSONB(), a[1].Str())), nil
		},
		"jsonb_exists_any": jsonbExistsMany(false), "jsonb_exists_all": jsonbExistsMany(true),
		"jsonb_pretty": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bytes(prettyJSONB(nil, a[0].JSONB(), 0)), nil
		},
		"jsonb_strip_nulls": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return jsonbResult(stripNullsJSONB(a[0].JSONB()), nil)
		},
		"jsonb_bool": castJSONB(types.BoolOID, types.JSONBool, func(v *jsonb) (types.Datum, error) {
			return types.Bool(v.Bool), nil
		}),
		"jsonb_numeric": castJSONB(types.NumericOID, types.JSONNumber, func(v *jsonb) (types.Datum, error) {
			return types.NumericDatum(v.Num), nil
		}),
	})
	for name, oid := range map[string]types.OID{"int2": types.Int2OID, "int4": types.Int4OID, "int8": types.Int8OID} {
		provide("jsonb_"+name, implementation{fn: castJSONB(oid, types.JSONNumber, func(v *jsonb) (types.Datum, error) {
			return intResult(types.NumericToInt(v.Num, oid))
		})})
	}
	for name, oid := range map[string]types.OID{"float4": types.Float4OID, "float8": types.Float8OID} {
		provide("jsonb_"+name, implementation{fn: castJSONB(oid, types.JSONNumber, func(v *jsonb) (types.Datum, error) {
			f, err := types.NumericToFloat(v.Num, oid)
			return types.Float(f), err
		})})
	}
	ProvideSet(map[string]SetFunc{
		"jsonb_each": jsonbEach(false), "jsonb_each_text": jsonbEach(true), "jsonb_object_keys": jsonbObjectKeys,
		"jsonb_array_elements": jsonbArrayElements(false), "jsonb_array_elements_text": jsonbArrayElements(true),
	})
}
