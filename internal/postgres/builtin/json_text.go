package builtin

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Functions of json work on its text: what they give is the text as it was.

// jsonField is the value of an object's member: of equal keys the last counts.
func jsonField(s, key string) (raw string, found bool, err error) {
	err = types.JSONTextFields(s, func(k, v string) error {
		if k == key {
			raw, found = v, true
		}
		return nil
	})
	return raw, found, err
}

func jsonElements(s string) ([]string, error) {
	var all []string
	err := types.JSONTextElements(s, func(raw string) error {
		all = append(all, raw)
		return nil
	})
	return all, err
}

// jsonElement is an array's element, from the end if i is negative.
func jsonElement(s string, i int64) (raw string, found bool, err error) {
	if i < 0 {
		all, err := jsonElements(s)
		i += int64(len(all))
		if err != nil || i < 0 {
			return "", false, err
		}
		return all[i], true, nil
	}
	n := int64(0)
	err = types.JSONTextElements(s, func(v string) error {
		if n == i {
			raw, found = v, true
		}
		n++
		return nil
	})
	return raw, found, err
}

// jsonText is a value as ->> gives it: strings without quotes, null as NULL.
func jsonText(raw string) (types.Datum, error) {
	switch types.JSONTextKind(raw) {
	case types.JSONNull:
		return types.Null, nil
	case types.JSONString:
		s, err := types.JSONTextString(raw)
		return types.Text(s), err
	}
	return types.Text(raw), nil
}

// jsonGot makes -> or ->> of what was found.
func jsonGot(asText bool, raw string, found bool, err error) (types.Datum, error) {
	switch {
	case err != nil || !found:
		return types.Null, err
	case asText:
		return jsonText(raw)
	}
	return types.Text(raw), nil
}

func jsonFieldFunc(asText bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		raw, found, err := jsonField(a[0].Str(), a[1].Str())
		return jsonGot(asText, raw, found, err)
	}
}

func jsonElementFunc(asText bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		raw, found, err := jsonElement(a[0].Str(), a[1].Int())
		return jsonGot(asText, raw, found, err)
	}
}

// pathIndex reads a path's step as an array subscript.
func pathIndex(step string) (int64, bool) {
	i, err := strconv.ParseInt(step, 10, 32)
	return i, err == nil
}

func jsonPathFunc(asText bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		raw := a[0].Str()
		for _, step := range a[1].Array().Items {
			if step.IsNull() {
				return types.Null, nil
			}
			var found bool
			var err error
			switch types.JSONTextKind(raw) {
			case types.JSONObject:
				raw, found, err = jsonField(raw, step.Str())
			case types.JSONArray:
				i, ok := pathIndex(step.Str())
				if !ok {
					return types.Null, nil
				}
				raw, found, err = jsonElement(raw, i)
			}
			if err != nil || !found {
				return types.Null, err
			}
		}
		return jsonGot(asText, raw, true, nil)
	}
}

func jsonMisuse(format string, args ...any) error {
	return pgerr.New(pgerr.InvalidParameterValue, format, args...)
}

func jsonArrayLength(_ *Context, a []types.Datum) (types.Datum, error) {
	switch types.JSONTextKind(a[0].Str()) {
	case types.JSONArray:
		all, err := jsonElements(a[0].Str())
		return types.Int(int64(len(all))), err
	case types.JSONObject:
		return types.Null, jsonMisuse("cannot get array length of a non-array")
	}
	return types.Null, jsonMisuse("cannot get array length of a scalar")
}

func jsonEach(asText bool) SetFunc {
	return func(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
		switch types.JSONTextKind(a[0].Str()) {
		case types.JSONObject:
		case types.JSONArray:
			return jsonMisuse("cannot deconstruct an array as an object")
		default:
			return jsonMisuse("cannot deconstruct a scalar")
		}
		return types.JSONTextFields(a[0].Str(), func(key, raw string) error {
			v, err := jsonGot(asText, raw, true, nil)
			if err != nil {
				return err
			}
			return emit([]types.Datum{types.Text(key), v})
		})
	}
}

func jsonObjectKeys(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	switch types.JSONTextKind(a[0].Str()) {
	case types.JSONObject:
	case types.JSONArray:
		return jsonMisuse("cannot call %s on an array", "json_object_keys")
	default:
		return jsonMisuse("cannot call %s on a scalar", "json_object_keys")
	}
	return types.JSONTextFields(a[0].Str(), func(key, _ string) error { return emit([]types.Datum{types.Text(key)}) })
}

func jsonArrayElements(asText bool) SetFunc {
	name := "json_array_elements"
	if asText {
		name += "_text"
	}
	return func(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
		switch types.JSONTextKind(a[0].Str()) {
		case types.JSONArray:
		case types.JSONObject:
			return jsonMisuse("cannot call %s on a non-array", name)
		default:
			return jsonMisuse("cannot call %s on a scalar", name)
		}
		return types.JSONTextElements(a[0].Str(), func(raw string) error {
			v, err := jsonGot(asText, raw, true, nil)
			if err != nil {
				return err
			}
			return emit([]types.Datum{v})
		})
	}
}

var jsonKindNames = map[types.JSONKind]string{
	types.JSONNull: "null", types.JSONString: "string", types.JSONNumber: "number",
	types.JSONBool: "boolean", types.JSONArray: "array", types.JSONObject: "object",
}

// stripNulls drops members whose value is null, and all white space.
func stripNulls(dst []byte, s string) ([]byte, error) {
	first := true
	comma := func() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
	}
	switch types.JSONTextKind(s) {
	case types.JSONObject:
		dst = append(dst, '{')
		err := types.JSONTextFields(s, func(key, raw string) (err error) {
			if types.JSONTextKind(raw) == types.JSONNull {
				return nil
			}
			comma()
			dst = append(types.AppendJSONString(dst, key), ':')
			dst, err = stripNulls(dst, raw)
			return err
		})
		return append(dst, '}'), err
	case types.JSONArray:
		dst = append(dst, '[')
		err := types.JSONTextElements(s, func(raw string) (err error) {
			comma()
			dst, err = stripNulls(dst, raw)
			return err
		})
		return append(dst, ']'), err
	case types.JSONString:
		v, err := types.JSONTextString(s)
		return types.AppendJSONString(dst, v), err
	}
	v, err := types.ParseJSONB(s)
	if err != nil {
		return dst, err
	}
	if v.Kind != types.JSONNumber {
		return v.Append(dst), nil
	}
	for _, ch := range []byte(s) { // numbers stay as written
		if ch != ' ' && ch != '\t' && ch != '\n' && ch != '\r' {
			dst = append(dst, ch)
		}
	}
	return dst, nil
}

func init() {
	Provide(map[string]Func{
		"json_object_field": jsonFieldFunc(false), "json_object_field_text": jsonFieldFunc(true),
		"json_array_element": jsonElementFunc(false), "json_array_element_text": jsonElementFunc(true),
		"json_extract_path": jsonPathFunc(false), "json_extract_path_text": jsonPathFunc(true),
		"json_array_length": jsonArrayLength,
		"json_typeof": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Text(jsonKindNames[types.JSONTextKind(a[0].Str())]), nil
		},
		"json_strip_nulls": func(_ *Context, a []types.Datum) (types.Datum, error) {
			b, err := stripNulls(nil, a[0].Str())
			return types.Bytes(b), err
		},
	})
	ProvideSet(map[string]SetFunc{
		"json_each": jsonEach(false), "json_each_text": jsonEach(true), "json_object_keys": jsonObjectKeys,
		"json_array_elements": jsonArrayElements(false), "json_array_elements_text": jsonArrayElements(true),
	})
}
