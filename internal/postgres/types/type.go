package types

// OID is an object identifier: of a type, relation, function, …
type OID uint32

// Type describes a SQL type, as pg_type does. Built-in ones are in oid.go under
// PostgreSQL's own OIDs.
type Type struct {
	OID        OID
	Name       string // catalog name: int4, bpchar, _text
	Len        int16  // bytes, -1 variable, -2 cstring
	ByVal      bool
	Kind       byte // pg_type.typtype: b base, c composite, d domain, e enum, p pseudo, r range
	Category   byte // pg_type.typcategory: N numeric, S string, …
	Preferred  bool
	Elem       OID // element type of an array, 0 otherwise
	Array      OID // array type over this one, 0 if none
	Rel        OID // relation of a composite type
	Collatable bool
	Phys       Kind // physical kind of its datums
}

// Typmod is a type modifier as pg_attribute.atttypmod has it; -1 is none.
type Typmod = int32
