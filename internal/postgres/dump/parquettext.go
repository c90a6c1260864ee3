package dump

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// appendValue appends a value as SQL writes it.
type appendValue = func(b []byte, v parquet.Value) ([]byte, error)

// parquetText is how the values of a column are written for the column they go to, and
// whether they are numbers or booleans. What SQL's own types make of that text is the
// server's.
func parquetText(kind parquet.Type, to targetColumn) (as appendValue, number bool) {
	if logical := kind.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DecimalType:
			return decimalText(int(l.Scale)), true
		case *format.DateType:
			return func(b []byte, v parquet.Value) ([]byte, error) {
				return appendTime(b, time.Unix(int64(v.Int32())*24*3600, 0), "01-02", ""), nil
			}, false
		case *format.TimeType:
			return timeText(l), false
		case *format.TimestampType:
			return timestampText(l), false
		case *format.IntType:
			if !l.IsSigned {
				return unsignedText, true
			}
		case *format.UUIDType:
			return uuidText, false
		}
	}
	if old := kind.ConvertedType(); old != nil && *old == deprecated.Interval {
		return intervalText, false
	}
	switch kind.Kind() {
	case parquet.Boolean:
		return func(b []byte, v parquet.Value) ([]byte, error) { return strconv.AppendBool(b, v.Boolean()), nil }, true
	case parquet.Int32:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			return strconv.AppendInt(b, int64(v.Int32()), 10), nil
		}, true
	case parquet.Int64:
		return func(b []byte, v parquet.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int64(), 10), nil }, true
	case parquet.Int96:
		return int96Text, false
	case parquet.Float:
		return func(b []byte, v parquet.Value) ([]byte, error) { return appendFloat(b, float64(v.Float()), 32), nil }, true
	case parquet.Double:
		return func(b []byte, v parquet.Value) ([]byte, error) { return appendFloat(b, v.Double(), 64), nil }, true
	}
	if to.bytes {
		return func(b []byte, v parquet.Value) ([]byte, error) {
			return hex.AppendEncode(append(b, `\x`...), v.ByteArray()), nil
		}, false
	}
	return func(b []byte, v parquet.Value) ([]byte, error) { return append(b, v.ByteArray()...), nil }, false
}

func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

func unsignedText(b []byte, v parquet.Value) ([]byte, error) {
	if v.Kind() == parquet.Int64 {
		return strconv.AppendUint(b, v.Uint64(), 10), nil
	}
	return strconv.AppendUint(b, uint64(v.Uint32()), 10), nil
}

func uuidText(b []byte, v parquet.Value) ([]byte, error) {
	u := v.ByteArray()
	if len(u) != 16 {
		return nil, fmt.Errorf("a UUID of %d bytes", len(u))
	}
	return fmt.Appendf(b, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
}

func decimalText(scale int) appendValue {
	return func(b []byte, v parquet.Value) ([]byte, error) {
		n := new(big.Int)
		switch v.Kind() {
		case parquet.Int32:
			n.SetInt64(int64(v.Int32()))
		case parquet.Int64:
			n.SetInt64(v.Int64())
		default:
			b := v.ByteArray()
			n.SetBytes(b)
			if len(b) > 0 && b[0]&0x80 != 0 { // two's complement
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
			}
		}
		if n.Sign() < 0 {
			b = append(b, '-')
		}
		digits := n.Abs(n).String()
		if scale <= 0 {
			return append(append(b, digits...), strings.Repeat("0", -scale)...), nil
		}
		digits = strings.Repeat("0", max(scale+1-len(digits), 0)) + digits
		b = append(append(b, digits[:len(digits)-scale]...), '.')
		return append(b, digits[len(digits)-scale:]...), nil
	}
}

// perSecond is how many units a second has.
func perSecond(u *format.TimeUnit) (int64, error) {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1e3, nil
	case *format.MicroSeconds:
		return 1e6, nil
	case *format.NanoSeconds:
		return 1e9, nil
	}
	return 0, fmt.Errorf("times in a unit that is not known: %s", u)
}

// moment is so many units after 1970.
func moment(n, perSecond int64) time.Time {
	seconds, rest := n/perSecond, n%perSecond
	return time.Unix(seconds, rest*(1e9/perSecond)).UTC()
}

func timeText(l *format.TimeType) appendValue {
	return func(b []byte, v parquet.Value) ([]byte, error) {
		unit, err := perSecond(&l.Unit)
		if err != nil {
			return nil, err
		}
		n := v.Int64()
		if v.Kind() == parquet.Int32 {
			n = int64(v.Int32())
		}
		if n == 24*3600*unit {
			return append(b, "24:00:00"...), nil
		}
		return moment(n, unit).AppendFormat(b, "15:04:05.999999999"), nil
	}
}

func timestampText(l *format.TimestampType) appendValue {
	zone := ""
	if l.IsAdjustedToUTC {
		zone = "+00"
	}
	return func(b []byte, v parquet.Value) ([]byte, error) {
		unit, err := perSecond(&l.Unit)
		if err != nil {
			return nil, err
		}
		return appendTime(b, moment(v.Int64(), unit), "01-02 15:04:05.999999999", zone), nil
	}
}

// intervalText is for months, days and milliseconds.
func intervalText(b []byte, v parquet.Value) ([]byte, error) {
	i := v.ByteArray()
	if len(i) != 12 {
		return nil, fmt.Errorf("an interval of %d bytes", len(i))
	}
	millis := binary.LittleEndian.Uint32(i[8:])
	return fmt.Appendf(b, "%d mons %d days %d.%03d secs", int32(binary.LittleEndian.Uint32(i)), int32(binary.LittleEndian.Uint32(i[4:])), millis/1000, millis%1000), nil
}

// int96Text is for times of day and Julian days, which older writers have.
func int96Text(b []byte, v parquet.Value) ([]byte, error) {
	const julian1970 = 2440588
	n := v.Int96()
	ofDay := int64(binary.LittleEndian.Uint64(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, n[0]), n[1])))
	at := time.Unix((int64(n[2])-julian1970)*24*3600, ofDay)
	return appendTime(b, at, "01-02 15:04:05.999999999", ""), nil
}

// appendTime appends a time as SQL writes it: years may have more than four digits, or be
// before Christ.
func appendTime(b []byte, t time.Time, rest, zone string) []byte {
	t = t.UTC()
	year, era := t.Year(), ""
	if year <= 0 {
		year, era = 1-year, " BC"
	}
	b = fmt.Appendf(b, "%04d-", year)
	b = t.AppendFormat(b, rest)
	return append(append(b, zone...), era...)
}
