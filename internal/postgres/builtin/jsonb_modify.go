package builtin

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// jsonbConcat is ||: objects merge, all else is joined as arrays.
func jsonbConcat(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := a[0].JSONB(), a[1].JSONB()
	if x.Kind == types.JSONObject && y.Kind == types.JSONObject {
		keys := append(append([]string(nil), x.Keys...), y.Keys...)
		items := append(append([]jsonb(nil), x.Items...), y.Items...)
		return jsonbResult(types.NewJSONObject(keys, items), nil)
	}
	asItems := func(v *jsonb) []jsonb {
		if v.Kind == types.JSONArray {
			return v.Items
		}
		return []jsonb{*v}
	}
	items := append(append([]jsonb(nil), asItems(x)...), asItems(y)...)
	return jsonbResult(jsonb{Kind: types.JSONArray, Items: items}, nil)
}

// without copies a container, leaving out what drop tells.
func without(v *jsonb, drop func(i int) bool) jsonb {
	out := jsonb{Kind: v.Kind}
	for i := range v.Items {
		if drop(i) {
			continue
		}
		if v.Kind == types.JSONObject {
			out.Keys = append(out.Keys, v.Keys[i])
		}
		out.Items = append(out.Items, v.Items[i])
	}
	return out
}

// jsonbDelete drops the keys, or the elements that are those strings.
func jsonbDelete(v *jsonb, keys []string) (types.Datum, error) {
	if isScalar(v) {
		return types.Null, jsonMisuse("cannot delete from scalar")
	}
	return jsonbResult(without(v, func(i int) bool {
		for _, k := range keys {
			if v.Kind == types.JSONObject && v.Keys[i] == k ||
				v.Kind == types.JSONArray && v.Items[i].Kind == types.JSONString && v.Items[i].Str == k {
				return true
			}
		}
		return false
	}), nil)
}

func jsonbDeleteIndex(_ *Context, a []types.Datum) (types.Datum, error) {
	v, at := a[0].JSONB(), a[1].Int()
	switch {
	case isScalar(v):
		return types.Null, jsonMisuse("cannot delete from scalar")
	case v.Kind == types.JSONObject:
		return types.Null, jsonMisuse("cannot delete from object using integer index")
	}
	if at < 0 {
		at += int64(len(v.Items))
	}
	return jsonbResult(without(v, func(i int) bool { return int64(i) == at }), nil)
}

// pathOp is what happens at the end of a path.
type pathOp uint8

const (
	pathDelete       pathOp = iota
	pathReplace             // what is there
	pathCreate              // what is there, or add it
	pathInsertBefore        // an array's element
	pathInsertAfter
)

// pathStep reads a step as an array subscript, with PostgreSQL's error.
func pathStep(step string, position int) (int64, error) {
	i, err := strconv.ParseInt(step, 10, 64)
	if err != nil {
		return 0, pgerr.New(pgerr.InvalidTextRepresentation,
			"path element at position %d is not an integer: \"%s\"", position, step)
	}
	return i, nil
}

// changePath copies v with the place a path leads to changed.
func changePath(v *jsonb, path []types.Datum, level int, op pathOp, by *jsonb) (jsonb, error) {
	step := path[level]
	if step.IsNull() {
		return jsonb{}, pgerr.New(pgerr.NullValueNotAllowed, "path element at position %d is null", level+1)
	}
	switch v.Kind {
	case types.JSONObject:
		return changeMember(v, path, level, op, by)
	case types.JSONArray:
		return changeElement(v, path, level, op, by)
	}
	return *v, nil
}

func changeMember(v *jsonb, path []types.Datum, level int, op pathOp, by *jsonb) (jsonb, error) {
	key, last := path[level].Str(), level == len(path)-1
	for i, k := range v.Keys {
		if k != key {
			continue
		}
		if last {
			switch op {
			case pathDelete:
				return without(v, func(j int) bool { return j == i }), nil
			case pathInsertBefore, pathInsertAfter:
				return *v, pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
					WithHint("Try using the function jsonb_set to replace key value.")
			}
			return withItem(v, i, *by), nil
		}
		item, err := changePath(&v.Items[i], path, level+1, op, by)
		if err != nil {
			return *v, err
		}
		return withItem(v, i, item), nil
	}
	if last && op >= pathCreate {
		keys := append(append([]string(nil), v.Keys...), key)
		items := append(append([]jsonb(nil), v.Items...), *by)
		return types.NewJSONObject(keys, items), nil
	}
	return *v, nil
}

func withItem(v *jsonb, i int, item jsonb) jsonb {
	out := jsonb{Kind: v.Kind, Keys: v.Keys, Items: append([]jsonb(nil), v.Items...)}
	out.Items[i] = item
	return out
}

func changeElement(v *jsonb, path []types.Datum, level int, op pathOp, by *jsonb) (jsonb, error) {
	at, err := pathStep(path[level].Str(), level+1)
	if err != nil {
		return *v, err
	}
	n, last := int64(len(v.Items)), level == len(path)-1
	i := at
	if i < 0 {
		i += n
	}
	if i >= 0 && i < n {
		switch {
		case !last:
			item, err := changePath(&v.Items[i], path, level+1, op, by)
			if err != nil {
				return *v, err
			}
			return withItem(v, int(i), item), nil
		case op == pathDelete:
			return without(v, func(j int) bool { return int64(j) == i }), nil
		case op == pathInsertBefore:
			return insertItem(v, int(i), *by), nil
		case op == pathInsertAfter:
			return insertItem(v, int(i)+1, *by), nil
		}
		return withItem(v, int(i), *by), nil
	}
	if !last || op < pathCreate {
		return *v, nil
	}
	if at < 0 {
		return insertItem(v, 0, *by), nil
	}
	return insertItem(v, int(n), *by), nil
}

func insertItem(v *jsonb, i int, item jsonb) jsonb {
	items := make([]jsonb, 0, len(v.Items)+1)
	items = append(append(append(items, v.Items[:i]...), item), v.Items[i:]...)
	return jsonb{Kind: v.Kind, Items: items}
}

func checkPath(v *jsonb, path *types.Array, verb string) error {
	switch {
	case len(path.Dims) > 1:
		return arraySubscript("wrong number of array subscripts")
	case isScalar(v):
		return jsonMisuse("cannot %s scalar", verb)
	}
	return nil
}

func jsonbChange(verb string, op func(a []types.Datum) pathOp) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v, path := a[0].JSONB(), a[1].Array()
		if err := checkPath(v, path, verb); err != nil {
			return types.Null, err
		}
		if len(path.Items) == 0 {
			return a[0], nil
		}
		var by *jsonb
		if len(a) > 2 {
			by = a[2].JSONB()
		}
		return jsonbResult(changePath(v, path.Items, 0, op(a), by))
	}
}

var jsonbSet = jsonbChange("set path in", func(a []types.Datum) pathOp {
	if a[3].Bool() {
		return pathCreate
	}
	return pathReplace
})

// jsonbSetLax is jsonb_set where the last argument says what a NULL value does.
func jsonbSetLax(c *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() || a[3].IsNull() {
		return types.Null, nil
	}
	if a[4].IsNull() {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue,
			"null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
	}
	if !a[2].IsNull() {
		return jsonbSet(c, a[:4])
	}
	switch a[4].Str() {
	case "raise_exception":
		return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "JSON value must not be null").
			WithDetail("Exception was raised because null_value_treatment is \"raise_exception\".").
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "use_json_null":
		return jsonbSet(c, []types.Datum{a[0], a[1], types.JSONBDatum(&jsonb{}), a[3]})
	case "delete_key":
		return jsonbDeletePath(c, a[:2])
	case "return_target":
		return a[0], nil
	}
	return types.Null, pgerr.New(pgerr.InvalidParameterValue,
		"null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
}

var jsonbDeletePath = jsonbChange("delete path in", func([]types.Datum) pathOp { return pathDelete })

func init() {
	Provide(map[string]Func{
		"jsonb_concat": jsonbConcat,
		"jsonb_delete": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return jsonbDelete(a[0].JSONB(), []string{a[1].Str()})
		},
		"jsonb_delete_array": func(_ *Context, a []types.Datum) (types.Datum, error) {
			var keys []string
			for _, k := range a[1].Array().Items {
				if !k.IsNull() {
					keys = append(keys, k.Str())
				}
			}
			return jsonbDelete(a[0].JSONB(), keys)
		},
		"jsonb_delete_idx": jsonbDeleteIndex, "jsonb_delete_path": jsonbDeletePath,
		"jsonb_set": jsonbSet, "jsonb_set_lax": jsonbSetLax,
		"jsonb_insert": jsonbChange("set path in", func(a []types.Datum) pathOp {
			if a[3].Bool() {
				return pathInsertAfter
			}
			return pathInsertBefore
		}),
	})
}
