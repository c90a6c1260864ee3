package types

// JSONKind is the kind of a JSON value.
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
