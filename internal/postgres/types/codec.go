package types

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Input reads a value's text form, as the type's typinput function does. f may
// be nil for the defaults. The datum may share s's memory. s must be valid
// UTF-8 (ValidateUTF8 where it comes from outside).
func Input(oid OID, s string, typmod Typmod, f *Format) (Datum, error) {
	switch oid {
	case Int4OID, Int8OID, Int2OID:
		v, err := ParseInt(oid, s)
		return Int(v), err
	case TextOID, UnknownOID, CStringOID, XMLOID, RefCursorOID, PgNodeTreeOID, ACLItemOID:
		return Text(s), nil
	case VarCharOID, BPCharOID:
		return ApplyTypmod(oid, Text(s), typmod, false)
	case BoolOID:
		v, err := parseBool(s)
		return Bool(v), err
	case NameOID:
		return Text(TruncateName(s)), nil
	case CharOID:
		return Text(s[:min(len(s), 1)]), nil
	case Float8OID, Float4OID:
		v, err := parseFloat(oid, s)
		return Float(v), err
	case NumericOID:
		n, err := ParseNumeric(s)
		if err == nil {
			n, err = applyNumericTypmod(n, typmod)
		}
		if err != nil {
			return Null, err
		}
		return NumericDatum(n), nil
	case ByteaOID:
		b, err := parseBytea(s)
		return Bytes(b), err
	case UUIDOID:
		b, err := parseUUID(s)
		return Bytes(b), err
	case JSONOID:
		return Text(s), CheckJSON(s)
	case JSONBOID:
		v, err := ParseJSONB(s)
		if err != nil {
			return Null, err
		}
		return JSONBDatum(v), nil
	case BitOID, VarBitOID:
		v, err := parseBits(s)
		if err != nil {
			return Null, err
		}
		return ApplyTypmod(oid, Text(v), typmod, false)
	case DateOID, TimeOID, TimeTZOID, TimestampOID, TimestampTZOID, IntervalOID:
		return inputDateTime(oid, s, typmod, f)
	case Int2VectorOID, OIDVectorOID:
		a, err := parseVector(oid, s)
		if err != nil {
			return Null, err
		}
		return ArrayDatum(a), nil
	case VoidOID:
		return Text(""), nil
	}
	return inputOther(oid, s, typmod, f)
}

// inputOther reads the identifiers, and arrays.
func inputOther(oid OID, s string, typmod Typmod, f *Format) (Datum, error) {
	var v int64
	var err error
	switch oid {
	case OIDOID, XIDOID, CIDOID:
		v, err = parseOID(oid, s)
	case XID8OID:
		var u uint64
		u, err = strconv.ParseUint(trimSpace(s), 10, 64)
		if err != nil {
			err = invalidSyntax(oid, s)
		}
		v = int64(u)
	case TIDOID:
		v, err = parseTID(s)
	case PgLSNOID:
		v, err = parseLSN(s)
	default:
		if isRegType(oid) {
			v, err = parseReg(oid, s, f)
			break
		}
		if elem := ElemOf(oid); elem != 0 {
			a, err := parseArray(s, elem, typmod, f)
			if err != nil {
				return Null, err
			}
			return ArrayDatum(a), nil
		}
		return Null, inputRefused(oid)
	}
	return Int(v), err
}

func inputRefused(oid OID) error {
	if t := ByOID(oid); t != nil && t.Kind == 'p' && oid != RecordOID {
		return pgerr.New(pgerr.FeatureNotSupported, "cannot accept a value of type %s", t.Name)
	}
	return unsupported(oid)
}

func inputDateTime(oid OID, s string, typmod Typmod, f *Format) (Datum, error) {
	var d Datum
	switch oid {
	case IntervalOID:
		iv, err := ParseInterval(s, typmod, f)
		if err != nil {
			return Null, err
		}
		return IntervalDatum(iv), nil
	case TimeTZOID:
		t, err := ParseTimeTZ(s, f)
		if err != nil {
			return Null, err
		}
		d = TimeTZDatum(t)
	default:
		parse := map[OID]func(string, *Format) (int64, error){
			DateOID: ParseDate, TimeOID: ParseTime, TimestampOID: ParseTimestamp, TimestampTZOID: ParseTimestampTZ,
		}[oid]
		v, err := parse(s, f)
		if err != nil {
			return Null, err
		}
		d = Int(v)
	}
	return ApplyTypmod(oid, d, typmod, false)
}

// isRegType tells the types that are OIDs printed as names.
func isRegType(oid OID) bool {
	switch oid {
	case RegprocOID, RegprocedureOID, RegoperOID, RegoperatorOID, RegclassOID, RegtypeOID,
		RegconfigOID, RegdictionaryOID, RegnamespaceOID, RegroleOID, RegcollationOID:
		return true
	}
	return false
}

func parseReg(oid OID, s string, f *Format) (int64, error) {
	if s == "-" {
		return 0, nil
	}
	if s != "" && strings.Trim(s, "0123456789") == "" {
		return parseOID(oid, s)
	}
	if f == nil || f.Names == nil {
		return 0, unsupported(oid)
	}
	v, err := f.Names.RegOID(oid, s)
	return int64(v), err
}

// AppendText appends a value's text form, as the type's typoutput function
// gives it. d must not be NULL; f may be nil for the defaults.
func AppendText(dst []byte, oid OID, d Datum, f *Format) []byte {
	switch d.Kind() {
	case KindText:
		switch oid {
		case ByteaOID:
			output := ""
			if f != nil {
				output = f.ByteaOutput
			}
			return appendBytea(dst, d.Raw(), output)
		case UUIDOID:
			return appendUUID(dst, d.Raw())
		}
		return append(dst, d.Str()...)
	case KindInt:
		return appendIntKind(dst, oid, d.Int(), f)
	case KindBool:
		if d.Bool() {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case KindFloat:
		bits := 64
		if oid == Float4OID {
			bits = 32
		}
		return appendFloat(dst, d.Float(), bits, f.orDefault().ExtraFloatDigits)
	case KindNumeric:
		return AppendNumeric(dst, d.Numeric())
	case KindInterval:
		return AppendInterval(dst, d.Interval(), f)
	case KindTimeTZ:
		return appendTimeTZ(dst, d.TimeTZ())
	case KindJSONB:
		return d.JSONB().Append(dst)
	case KindArray:
		if oid == Int2VectorOID || oid == OIDVectorOID {
			return appendVector(dst, d.Array())
		}
		return appendArray(dst, d.Array(), f)
	case KindRecord:
		return appendRecord(dst, d.Record(), f)
	}
	return dst
}

func appendIntKind(dst []byte, oid OID, v int64, f *Format) []byte {
	switch oid {
	case Int4OID, Int8OID, Int2OID:
		return strconv.AppendInt(dst, v, 10)
	case DateOID:
		return AppendDate(dst, v, f)
	case TimeOID:
		return appendTimeOfDay(dst, v)
	case TimestampOID:
		return AppendTimestamp(dst, v, f)
	case TimestampTZOID:
		return AppendTimestampTZ(dst, v, f)
	case TIDOID:
		return appendTID(dst, v)
	case PgLSNOID:
		return appendLSN(dst, v)
	case XID8OID:
		return strconv.AppendUint(dst, uint64(v), 10)
	}
	if isRegType(oid) {
		if v == 0 {
			return append(dst, '-')
		}
		if f != nil && f.Names != nil {
			if name, ok := f.Names.RegName(oid, OID(v)); ok {
				return append(dst, name...)
			}
		}
	}
	return strconv.AppendInt(dst, v, 10)
}

// Output is AppendText as a string.
func Output(oid OID, d Datum, f *Format) string {
	if d.Kind() == KindText && oid != ByteaOID && oid != UUIDOID {
		return d.Str()
	}
	var buf [64]byte
	return string(AppendText(buf[:0], oid, d, f))
}

// ApplyTypmod fits a value to a type's modifier: the length coercion function
// of PostgreSQL. explicit tells a cast, where varchar(n) truncates, from an
// assignment, where it fails.
func ApplyTypmod(oid OID, d Datum, typmod Typmod, explicit bool) (Datum, error) {
	if typmod < 0 || d.IsNull() {
		return d, nil
	}
	switch d.Kind() {
	case KindText:
		return applyTextTypmod(oid, d, typmod, explicit)
	case KindNumeric:
		n, err := applyNumericTypmod(d.Numeric(), typmod)
		if err != nil {
			return Null, err
		}
		return NumericDatum(n), nil
	case KindInt:
		switch oid {
		case TimeOID:
			return Int(roundMicros(d.Int(), typmod)), nil
		case TimestampOID, TimestampTZOID:
			v, err := applyTimestampTypmod(d.Int(), typmod)
			return Int(v), err
		}
	case KindTimeTZ:
		t := d.TimeTZ()
		return TimeTZDatum(&TimeTZ{Micros: roundMicros(t.Micros, typmod), Zone: t.Zone}), nil
	case KindInterval:
		return IntervalDatum(applyIntervalTypmod(d.Interval(), typmod)), nil
	case KindArray:
		return applyArrayTypmod(d.Array(), typmod, explicit)
	}
	return d, nil
}

func applyTextTypmod(oid OID, d Datum, typmod Typmod, explicit bool) (Datum, error) {
	switch oid {
	case VarCharOID, BPCharOID:
		if typmod < varHdrSize {
			return d, nil
		}
		if oid == VarCharOID && int(d.n) <= int(typmod)-varHdrSize {
			return d, nil
		}
		fit := fitLength
		if oid == BPCharOID {
			fit = padChar
		}
		s, err := fit(d.Str(), typmod, explicit)
		if err != nil {
			return Null, err
		}
		return Text(s), nil
	case BitOID, VarBitOID:
		s, err := applyBitTypmod(oid, d.Str(), typmod, explicit)
		return Text(s), err
	}
	return d, nil
}

func applyArrayTypmod(a *Array, typmod Typmod, explicit bool) (Datum, error) {
	r := &Array{Elem: a.Elem, Dims: a.Dims, Items: make([]Datum, len(a.Items))}
	for i, d := range a.Items {
		v, err := ApplyTypmod(a.Elem, d, typmod, explicit)
		if err != nil {
			return Null, err
		}
		r.Items[i] = v
	}
	return ArrayDatum(r), nil
}

func unsupported(oid OID) error {
	return pgerr.New(pgerr.FeatureNotSupported, "type %s is not supported yet", TypeName(oid))
}
