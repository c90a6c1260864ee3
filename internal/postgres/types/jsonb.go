package types

import (
	"slices"
	"strings"
)

// JSONKind is the kind of a JSON value, in jsonb's sort order of scalars.
type JSONKind uint8

// Kinds of JSON values.
const (
	JSONNull JSONKind = iota
	JSONString
	JSONNumber
	JSONBool
	JSONArray
	JSONObject
)

// JSONB is a JSON value as jsonb keeps it: numbers exact, an object's keys
// unique and ordered by length, then bytes.
type JSONB struct {
	Kind  JSONKind
	Bool  bool
	Num   *Numeric
	Str   string
	Keys  []string // of an object, parallel to Items
	Items []JSONB  // elements of an array, or values of an object
}

// compareJSONKeys is the order of an object's keys.
func compareJSONKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// NewJSONObject makes an object of members in any order: of equal keys the last wins.
func NewJSONObject(keys []string, items []JSONB) JSONB {
	v := JSONB{Kind: JSONObject, Keys: keys, Items: items}
	v.sortKeys()
	return v
}

// sortKeys puts the members in order and drops all but the last of equal keys.
func (v *JSONB) sortKeys() {
	n := len(v.Keys)
	sorted := true
	for i := 1; i < n; i++ {
		if compareJSONKeys(v.Keys[i-1], v.Keys[i]) >= 0 {
			sorted = false
			break
		}
	}
	if sorted {
		return
	}
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return compareJSONKeys(v.Keys[a], v.Keys[b]) })
	keys, items := make([]string, 0, n), make([]JSONB, 0, n)
	for i, k := range at {
		if i+1 < n && v.Keys[at[i+1]] == v.Keys[k] {
			continue
		}
		keys = append(keys, v.Keys[k])
		items = append(items, v.Items[k])
	}
	v.Keys, v.Items = keys, items
}

// Field is an object's member, nil if it has none of that name.
func (v *JSONB) Field(key string) *JSONB {
	if v.Kind != JSONObject {
		return nil
	}
	i, ok := slices.BinarySearchFunc(v.Keys, key, compareJSONKeys)
	if !ok {
		return nil
	}
	return &v.Items[i]
}

// Element is an array's element, counted from the end if i is negative; nil if
// there is none.
func (v *JSONB) Element(i int) *JSONB {
	if v.Kind != JSONArray {
		return nil
	}
	if i < 0 {
		i += len(v.Items)
	}
	if i < 0 || i >= len(v.Items) {
		return nil
	}
	return &v.Items[i]
}

// AppendJSONString appends a JSON string with its quotes.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// Append appends the text form of jsonb.
func (v *JSONB) Append(dst []byte) []byte {
	switch v.Kind {
	case JSONString:
		return AppendJSONString(dst, v.Str)
	case JSONNumber:
		return AppendNumeric(dst, v.Num)
	case JSONBool:
		if v.Bool {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case JSONArray:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ',', ' ')
			}
			dst = v.Items[i].Append(dst)
		}
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ',', ' ')
			}
			dst = AppendJSONString(dst, v.Keys[i])
			dst = append(dst, ':', ' ')
			dst = v.Items[i].Append(dst)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// CompareJSONB orders jsonb values as PostgreSQL's btree operator class.
func CompareJSONB(a, b *JSONB) int {
	// A scalar at the top is stored as an array of one, so the empty array sorts
	// below it: a wart that PostgreSQL keeps for its indexes.
	if aEmpty, bEmpty := emptyArray(a), emptyArray(b); aEmpty || bEmpty {
		switch {
		case aEmpty && bEmpty:
			return 0
		case aEmpty:
			return -1
		}
		return 1
	}
	return compareJSON(a, b)
}

func emptyArray(v *JSONB) bool { return v.Kind == JSONArray && len(v.Items) == 0 }

func compareJSON(a, b *JSONB) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	switch a.Kind {
	case JSONString:
		return strings.Compare(a.Str, b.Str)
	case JSONNumber:
		return CompareNumeric(a.Num, b.Num)
	case JSONBool:
		return cmpBool(a.Bool, b.Bool)
	case JSONArray, JSONObject:
		if len(a.Items) != len(b.Items) {
			return len(a.Items) - len(b.Items)
		}
		for i := range a.Items {
			if a.Kind == JSONObject {
				if c := strings.Compare(a.Keys[i], b.Keys[i]); c != 0 {
					return c
				}
			}
			if c := compareJSON(&a.Items[i], &b.Items[i]); c != 0 {
				return c
			}
		}
	}
	return 0
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
