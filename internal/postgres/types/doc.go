// Package types owns SQL values and types: the Datum that every layer passes,
// the table of built-in types by OID, text and binary formats, comparison,
// hashing, and the ordered key and row encodings.
//
// It may import pgerr only. Functions, operators and casts over these values are
// in builtin. Start at datum.go, then oid.go; each type's codec has its file.
package types
