package dump

import (
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
)

// TestParquetText is about types that other writers have, and orbit does not write.
func TestParquetText(t *testing.T) {
	for _, row := range []struct {
		name  string
		kind  parquet.Node
		value parquet.Value
		want  string
	}{
		{"int96", parquet.Leaf(parquet.Int96Type), parquet.Int96Value(deprecated.Int96{0x7b048f40, 0x2932, 2460311}), "2024-01-01 12:34:56.789"},
		{"decimal of bytes", parquet.Decimal(2, 5, parquet.ByteArrayType), parquet.ByteArrayValue([]byte{0xff, 0x01}), "-2.55"},
		{"decimal below one", parquet.Decimal(4, 9, parquet.Int32Type), parquet.Int32Value(-7), "-0.0007"},
		{"decimal without scale", parquet.Decimal(0, 9, parquet.Int32Type), parquet.Int32Value(70), "70"},
		{"empty decimal", parquet.Decimal(1, 5, parquet.ByteArrayType), parquet.ByteArrayValue(nil), "0.0"},
		{"time in milliseconds", parquet.TimeAdjusted(parquet.Millisecond, true), parquet.Int32Value(45296789), "12:34:56.789"},
		{"time in nanoseconds", parquet.TimeAdjusted(parquet.Nanosecond, false), parquet.Int64Value(1), "00:00:00.000000001"},
		{"end of the day", parquet.TimeAdjusted(parquet.Microsecond, false), parquet.Int64Value(86400e6), "24:00:00"},
		{"timestamp in milliseconds", parquet.TimestampAdjusted(parquet.Millisecond, true), parquet.Int64Value(-1), "1969-12-31 23:59:59.999+00"},
		{"timestamp in nanoseconds", parquet.TimestampAdjusted(parquet.Nanosecond, false), parquet.Int64Value(-1), "1969-12-31 23:59:59.999999999"},
		{"timestamp before Christ", parquet.TimestampAdjusted(parquet.Microsecond, true), parquet.Int64Value(-62198755200e6), "0002-01-01 00:00:00+00 BC"},
		{"late timestamp", parquet.TimestampAdjusted(parquet.Millisecond, false), parquet.Int64Value(253402300800e3), "10000-01-01 00:00:00"},
		{"unsigned", parquet.Uint(32), parquet.Int32Value(-1), "4294967295"},
		{"small", parquet.Int(8), parquet.Int32Value(-1), "-1"},
		{"enum", parquet.Enum(), parquet.ByteArrayValue([]byte("red")), "red"},
		{"plain bytes", parquet.Leaf(parquet.ByteArrayType), parquet.ByteArrayValue([]byte("text")), "text"},
	} {
		as, _ := parquetText(row.kind.Type(), targetColumn{})
		if got, err := as(nil, row.value); err != nil || string(got) != row.want {
			t.Errorf("%s: %s, %v", row.name, got, err)
		}
	}
}
