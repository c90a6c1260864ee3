package dump

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/parquet-go/parquet-go"
)

// Dates and times of the protocol count from 2000-01-01, those of Parquet from 1970.
const (
	epochDays   = 10957
	epochMicros = epochDays * 24 * 3600 * 1_000_000
)

// parquetType is how Parquet holds a type, and what makes its values of those of the
// protocol's binary form; nil for a type that is written as text.
func parquetType(oid uint32, modifier int32) (parquet.Node, func([]byte) (parquet.Value, error)) {
	switch oid {
	case pgtype.BoolOID:
		return parquet.Leaf(parquet.BooleanType), fixed(1, func(b []byte) parquet.Value { return parquet.BooleanValue(b[0] != 0) })
	case pgtype.Int2OID:
		return parquet.Int(16), fixed(2, func(b []byte) parquet.Value { return parquet.Int32Value(int32(int16(binary.BigEndian.Uint16(b)))) })
	case pgtype.Int4OID:
		return parquet.Int(32), fixed(4, func(b []byte) parquet.Value { return parquet.Int32Value(int32(binary.BigEndian.Uint32(b))) })
	case pgtype.Int8OID:
		return parquet.Int(64), fixed(8, func(b []byte) parquet.Value { return parquet.Int64Value(int64(binary.BigEndian.Uint64(b))) })
	case pgtype.OIDOID:
		return parquet.Int(64), fixed(4, func(b []byte) parquet.Value { return parquet.Int64Value(int64(binary.BigEndian.Uint32(b))) })
	case pgtype.Float4OID:
		return parquet.Leaf(parquet.FloatType), fixed(4, func(b []byte) parquet.Value {
			return parquet.FloatValue(math.Float32frombits(binary.BigEndian.Uint32(b)))
		})
	case pgtype.Float8OID:
		return parquet.Leaf(parquet.DoubleType), fixed(8, func(b []byte) parquet.Value {
			return parquet.DoubleValue(math.Float64frombits(binary.BigEndian.Uint64(b)))
		})
	case pgtype.NumericOID:
		return decimalType(modifier)
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID:
		return parquet.String(), rawBytes
	case pgtype.ByteaOID:
		return parquet.Leaf(parquet.ByteArrayType), rawBytes
	case pgtype.JSONOID:
		return parquet.JSON(), rawBytes
	case pgtype.JSONBOID:
		return parquet.JSON(), func(b []byte) (parquet.Value, error) { return rawBytes(b[min(1, len(b)):]) } // behind its version
	case pgtype.UUIDOID:
		return parquet.UUID(), fixed(16, parquet.FixedLenByteArrayValue)
	case pgtype.DateOID:
		return parquet.Date(), dateValue
	case pgtype.TimeOID:
		return parquet.TimeAdjusted(parquet.Microsecond, false), fixed(8, func(b []byte) parquet.Value {
			return parquet.Int64Value(int64(binary.BigEndian.Uint64(b)))
		})
	case pgtype.TimestampOID:
		return parquet.TimestampAdjusted(parquet.Microsecond, false), timestampValue
	case pgtype.TimestamptzOID:
		return parquet.TimestampAdjusted(parquet.Microsecond, true), timestampValue
	}
	return nil, nil
}

func rawBytes(b []byte) (parquet.Value, error) { return parquet.ByteArrayValue(b), nil }

// fixed makes values of what must be so long.
func fixed(size int, value func([]byte) parquet.Value) func([]byte) (parquet.Value, error) {
	return func(b []byte) (parquet.Value, error) {
		if len(b) != size {
			return parquet.Value{}, fmt.Errorf("a value of %d bytes, and not %d", len(b), size)
		}
		return value(b), nil
	}
}

func dateValue(b []byte) (parquet.Value, error) {
	if len(b) != 4 {
		return parquet.Value{}, fmt.Errorf("a value of %d bytes, and not 4", len(b))
	}
	switch days := int32(binary.BigEndian.Uint32(b)); {
	case days == math.MaxInt32:
		return parquet.Value{}, fmt.Errorf("the date infinity %s", errCast)
	case days == math.MinInt32:
		return parquet.Value{}, fmt.Errorf("the date -infinity %s", errCast)
	case days > math.MaxInt32-epochDays:
		return parquet.Value{}, fmt.Errorf("a date so late %s", errCast)
	default:
		return parquet.Int32Value(days + epochDays), nil
	}
}

func timestampValue(b []byte) (parquet.Value, error) {
	if len(b) != 8 {
		return parquet.Value{}, fmt.Errorf("a value of %d bytes, and not 8", len(b))
	}
	switch micros := int64(binary.BigEndian.Uint64(b)); {
	case micros == math.MaxInt64:
		return parquet.Value{}, fmt.Errorf("the time infinity %s", errCast)
	case micros == math.MinInt64:
		return parquet.Value{}, fmt.Errorf("the time -infinity %s", errCast)
	case micros > math.MaxInt64-epochMicros:
		return parquet.Value{}, fmt.Errorf("a time beyond the year 294246 %s", errCast)
	default:
		return parquet.Int64Value(micros + epochMicros), nil
	}
}

// maxPrecision is how many digits decimals of other readers have.
const maxPrecision = 38

// decimalType is for a numeric whose number of digits is known: one without a
// precision has no scale that would fit all of its values.
func decimalType(modifier int32) (parquet.Node, func([]byte) (parquet.Value, error)) {
	const header = 4
	precision, scale := (modifier-header)>>16, (modifier-header)&0x7ff^1024-1024
	if modifier < header || precision > maxPrecision || scale < 0 || scale > precision {
		return nil, nil
	}
	kind, bits := parquet.FixedLenByteArrayType(16), 128
	switch {
	case precision <= 9:
		kind, bits = parquet.Int32Type, 32
	case precision <= 18:
		kind, bits = parquet.Int64Type, 64
	}
	ten := big.NewInt(10)
	return parquet.Decimal(int(scale), int(precision), kind), func(b []byte) (v parquet.Value, err error) {
		var n pgtype.Numeric
		if err := (pgtype.NumericCodec{}).PlanScan(nil, pgtype.NumericOID, pgtype.BinaryFormatCode, &n).Scan(b, &n); err != nil {
			return v, err
		}
		if n.NaN || n.InfinityModifier != pgtype.Finite {
			return v, fmt.Errorf("the number NaN or infinity %s", errCast)
		}
		if n.Exp+scale < 0 {
			return v, fmt.Errorf("a number with more than %d decimals %s", scale, errCast)
		}
		digits := n.Int.Mul(n.Int, new(big.Int).Exp(ten, big.NewInt(int64(n.Exp+scale)), nil))
		if digits.BitLen() >= bits {
			return v, fmt.Errorf("a number of more than %d digits %s", precision, errCast)
		}
		switch bits {
		case 32:
			return parquet.Int32Value(int32(digits.Int64())), nil
		case 64:
			return parquet.Int64Value(digits.Int64()), nil
		}
		return parquet.FixedLenByteArrayValue(twosComplement(digits, make([]byte, 16))), nil
	}
}

// twosComplement writes a number that has room there, the highest byte first.
func twosComplement(n *big.Int, b []byte) []byte {
	if n.Sign() < 0 {
		n = n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n.FillBytes(b)
}
