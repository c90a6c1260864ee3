package builtin

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

type binder = func(args []types.OID, ret types.OID) Func

func toJSON(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		return types.Bytes(appendJSON(nil, c, args[0], a[0])), nil
	}
}

func toJSONBFunc(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) { return jsonbResult(toJSONB(c, args[0], a[0])) }
}

// pretty asks for a line feed between elements.
func separator(a []types.Datum) string {
	if len(a) > 1 && a[1].Bool() {
		return ",\n "
	}
	return ","
}

func arrayToJSON(c *Context, a []types.Datum) (types.Datum, error) {
	b, _ := appendJSONArray(nil, c, a[0].Array(), 0, a[0].Array().Items, separator(a))
	return types.Bytes(b), nil
}

func rowToJSON(c *Context, a []types.Datum) (types.Datum, error) {
	return types.Bytes(appendJSONRecord(nil, c, a[0].Record(), separator(a))), nil
}

func jsonBuildArray(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		b := []byte{'['}
		for i, d := range a {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendJSON(b, c, args[i], d)
		}
		return types.Bytes(append(b, ']')), nil
	}
}

func jsonbBuildArray(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		v := types.JSONB{Kind: types.JSONArray}
		for i, d := range a {
			e, err := toJSONB(c, args[i], d)
			if err != nil {
				return types.Null, err
			}
			v.Items = append(v.Items, e)
		}
		return types.JSONBDatum(&v), nil
	}
}

func checkEven(n int, fn string) error {
	if n%2 == 0 {
		return nil
	}
	return pgerr.New(pgerr.InvalidParameterValue, "argument list must have even number of elements").
		WithHint("The arguments of %s must consist of alternating keys and values.", fn)
}

func jsonBuildObject(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if err := checkEven(len(a), "json_build_object()"); err != nil {
			return types.Null, err
		}
		b := []byte{'{'}
		for i := 0; i < len(a); i += 2 {
			if a[i].IsNull() {
				return types.Null, pgerr.New(pgerr.InvalidParameterValue, "argument %d cannot be null", i+1).
					WithHint("Object keys should be text.")
			}
			key, err := objectKey(c, args[i], a[i])
			if err != nil {
				return types.Null, err
			}
			if i > 0 {
				b = append(b, ", "...)
			}
			b = types.AppendJSONString(b, key)
			b = append(b, " : "...)
			b = appendJSON(b, c, args[i+1], a[i+1])
		}
		return types.Bytes(append(b, '}')), nil
	}
}

func jsonbBuildObject(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if err := checkEven(len(a), "jsonb_build_object()"); err != nil {
			return types.Null, err
		}
		var keys []string
		var items []types.JSONB
		for i := 0; i < len(a); i += 2 {
			if a[i].IsNull() {
				return types.Null, pgerr.New(pgerr.InvalidParameterValue, "argument %d: key must not be null", i+1)
			}
			key, err := objectKey(c, args[i], a[i])
			if err != nil {
				return types.Null, err
			}
			v, err := toJSONB(c, args[i+1], a[i+1])
			if err != nil {
				return types.Null, err
			}
			keys, items = append(keys, key), append(items, v)
		}
		return jsonbResult(types.NewJSONObject(keys, items), nil)
	}
}

// pairs reads json_object's arguments: one array of keys and values, one of
// pairs, or two arrays.
func pairs(a []types.Datum) (keys, values []types.Datum, err error) {
	mismatched := func(text string) error { return arraySubscript("%s", text) }
	first := a[0].Array()
	if len(a) == 2 {
		second := a[1].Array()
		switch {
		case len(first.Dims) > 1 || len(second.Dims) > 1:
			return nil, nil, mismatched("wrong number of array subscripts")
		case len(first.Items) != len(second.Items):
			return nil, nil, mismatched("mismatched array dimensions")
		}
		return first.Items, second.Items, nil
	}
	switch len(first.Dims) {
	case 0:
		return nil, nil, nil
	case 1:
		if len(first.Items)%2 == 1 {
			return nil, nil, mismatched("array must have even number of elements")
		}
	case 2:
		if first.Dims[1].Length != 2 {
			return nil, nil, mismatched("array must have two columns")
		}
	default:
		return nil, nil, mismatched("wrong number of array subscripts")
	}
	for i := 0; i < len(first.Items); i += 2 {
		keys, values = append(keys, first.Items[i]), append(values, first.Items[i+1])
	}
	return keys, values, nil
}

func nullKey() error {
	return pgerr.New(pgerr.NullValueNotAllowed, "null value not allowed for object key")
}

func jsonObject(_ *Context, a []types.Datum) (types.Datum, error) {
	keys, values, err := pairs(a)
	if err != nil {
		return types.Null, err
	}
	b := []byte{'{'}
	for i, k := range keys {
		if k.IsNull() {
			return types.Null, nullKey()
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = types.AppendJSONString(b, k.Str())
		b = append(b, " : "...)
		if values[i].IsNull() {
			b = append(b, "null"...)
		} else {
			b = types.AppendJSONString(b, values[i].Str())
		}
	}
	return types.Bytes(append(b, '}')), nil
}

func jsonbObject(_ *Context, a []types.Datum) (types.Datum, error) {
	keys, values, err := pairs(a)
	if err != nil {
		return types.Null, err
	}
	names, items := make([]string, len(keys)), make([]types.JSONB, len(keys))
	for i, k := range keys {
		if k.IsNull() {
			return types.Null, nullKey()
		}
		names[i] = k.Str()
		if !values[i].IsNull() {
			items[i] = jsonString(values[i].Str())
		}
	}
	return jsonbResult(types.NewJSONObject(names, items), nil)
}

// jsonAggState is json_agg and json_object_agg: text that grows.
type jsonAggState struct {
	args   []types.OID
	object bool
	b      []byte
}

func (s *jsonAggState) Add(c *Context, a []types.Datum) error {
	first := len(s.b) == 0
	switch {
	case !first:
		s.b = append(s.b, ", "...)
	case s.object:
		s.b = append(s.b, "{ "...)
	default:
		s.b = append(s.b, '[')
	}
	value := 0
	if s.object {
		if a[0].IsNull() {
			return pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
		}
		key, err := objectKey(c, s.args[0], a[0])
		if err != nil {
			return err
		}
		s.b = append(types.AppendJSONString(s.b, key), " : "...)
		value = 1
	} else if k := a[0].Kind(); !first && (k == types.KindArray || k == types.KindRecord) {
		s.b = append(s.b, "\n "...)
	}
	s.b = appendJSON(s.b, c, s.args[value], a[value])
	if len(s.b) > maxText {
		return pgerr.New(pgerr.ProgramLimitExceeded, "string buffer exceeds maximum allowed length (%d bytes)", maxText)
	}
	return nil
}

func (s *jsonAggState) Result(*Context) (types.Datum, error) {
	switch {
	case len(s.b) == 0:
		return types.Null, nil
	case s.object:
		return types.Text(string(s.b) + " }"), nil
	}
	return types.Text(string(s.b) + "]"), nil
}

func (s *jsonAggState) Size() int { return 64 + cap(s.b) }

// jsonbAggState is jsonb_agg and jsonb_object_agg.
type jsonbAggState struct {
	args   []types.OID
	object bool
	keys   []string
	items  []types.JSONB
	bytes  int
}

func (s *jsonbAggState) Add(c *Context, a []types.Datum) error {
	value := 0
	if s.object {
		if a[0].IsNull() {
			return pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
		}
		key, err := objectKey(c, s.args[0], a[0])
		if err != nil {
			return err
		}
		s.keys = append(s.keys, key)
		s.bytes += 16 + len(key)
		value = 1
	}
	v, err := toJSONB(c, s.args[value], a[value])
	if err != nil {
		return err
	}
	s.items = append(s.items, v)
	s.bytes += jsonSize(&v)
	return nil
}

func (s *jsonbAggState) Result(*Context) (types.Datum, error) {
	if len(s.items) == 0 {
		return types.Null, nil
	}
	items := s.items[:len(s.items):len(s.items)]
	if s.object {
		return jsonbResult(types.NewJSONObject(s.keys[:len(s.keys):len(s.keys)], items), nil)
	}
	return jsonbResult(types.JSONB{Kind: types.JSONArray, Items: items}, nil)
}

func (s *jsonbAggState) Size() int { return 96 + s.bytes }

func init() {
	provideBind(map[string]binder{
		"to_json": toJSON, "to_jsonb": toJSONBFunc,
		"json_build_array": jsonBuildArray, "json_build_array_noargs": jsonBuildArray,
		"jsonb_build_array": jsonbBuildArray, "jsonb_build_array_noargs": jsonbBuildArray,
		"json_build_object": jsonBuildObject, "json_build_object_noargs": jsonBuildObject,
		"jsonb_build_object": jsonbBuildObject, "jsonb_build_object_noargs": jsonbBuildObject,
	})
	Provide(map[string]Func{
		"array_to_json": arrayToJSON, "array_to_json_pretty": arrayToJSON,
		"row_to_json": rowToJSON, "row_to_json_pretty": rowToJSON,
		"json_object": jsonObject, "json_object_two_arg": jsonObject,
		"jsonb_object": jsonbObject, "jsonb_object_two_arg": jsonbObject,
	})
	for name, object := range map[string]bool{"json_agg(anyelement)": false, "json_object_agg(any,any)": true} {
		provide(name, implementation{bindAgg: func(args []types.OID, _ types.OID) *Aggregate {
			return &Aggregate{New: func() AggState { return &jsonAggState{args: args, object: object} }}
		}})
	}
	for name, object := range map[string]bool{"jsonb_agg(anyelement)": false, "jsonb_object_agg(any,any)": true} {
		provide(name, implementation{bindAgg: func(args []types.OID, _ types.OID) *Aggregate {
			return &Aggregate{New: func() AggState { return &jsonbAggState{args: args, object: object} }}
		}})
	}
}
