package types

import "github.com/orbit-server/orbit/internal/postgres/pgerr"

// Input reads a value's text form, as the type's typinput function does. f may
// be nil for the defaults. The datum may share s's memory.
func Input(oid OID, s string, typmod Typmod, f *Format) (Datum, error) {
	return Null, unsupported(oid)
}

// AppendText appends a value's text form, as the type's typoutput function
// gives it. d must not be NULL; f may be nil for the defaults.
func AppendText(dst []byte, oid OID, d Datum, f *Format) []byte {
	return dst
}

// AppendBinary appends a value's binary form, as typsend gives it.
func AppendBinary(dst []byte, oid OID, d Datum) ([]byte, error) {
	return dst, unsupported(oid)
}

// DecodeBinary reads a value's binary form, as typreceive does. The datum does
// not share src's memory.
func DecodeBinary(oid OID, src []byte) (Datum, error) {
	return Null, unsupported(oid)
}

// ApplyTypmod fits a value to a type's modifier: the length coercion function
// of PostgreSQL. explicit tells a cast, where varchar(n) truncates, from an
// assignment, where it fails.
func ApplyTypmod(oid OID, d Datum, typmod Typmod, explicit bool) (Datum, error) {
	return d, nil
}

// Compare orders two values of one type that are not NULL, as its btree
// operator class does. Text is ordered by bytes (collation "C").
func Compare(oid OID, a, b Datum) int { return 0 }

// Equal reports whether two values of one type, not NULL, are equal.
func Equal(oid OID, a, b Datum) bool { return Compare(oid, a, b) == 0 }

// Hash is equal for values that Equal holds equal.
func Hash(oid OID, d Datum) uint64 { return 0 }

// AppendKey appends a value, NULL too, in an encoding whose byte order is the
// order of Compare; with desc, the reverse of it. nullsFirst says where NULL goes.
func AppendKey(dst []byte, oid OID, d Datum, desc, nullsFirst bool) []byte { return dst }

// DecodeKey reads a value that AppendKey wrote, and gives what follows it.
func DecodeKey(oid OID, src []byte, desc, nullsFirst bool) (d Datum, rest []byte, err error) {
	return Null, nil, unsupported(oid)
}

// AppendTuple appends a row in its stored form.
func AppendTuple(dst []byte, oids []OID, row []Datum) []byte { return dst }

func unsupported(oid OID) error {
	return pgerr.New(pgerr.FeatureNotSupported, "type %s is not supported yet", TypeName(oid))
}
