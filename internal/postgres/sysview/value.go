package sysview

import (
	"strconv"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Makers of datums, for rows that read like the tables they fill.

var null = types.Null

func oid[T ~uint32](o T) types.Datum { return types.Int(int64(o)) }

func num[T ~int | ~int16 | ~int32 | ~int64 | ~uint64](n T) types.Datum { return types.Int(int64(n)) }

func text(s string) types.Datum { return types.Text(s) }

func boolean(b bool) types.Datum { return types.Bool(b) }

// char is a value of the type "char".
func char(c byte) types.Datum { return types.Text(string(rune(c))) }

func float(f float64) types.Datum { return types.Float(f) }

// textOrNull is NULL for the empty string.
func textOrNull(s string) types.Datum {
	if s == "" {
		return null
	}
	return types.Text(s)
}

// yesNo is a value of the domain yes_or_no.
func yesNo(b bool) types.Datum {
	if b {
		return types.Text("YES")
	}
	return types.Text("NO")
}

// postgresEpoch is from when timestamps are counted.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// timestamp is NULL for the zero time.
func timestamp(t time.Time) types.Datum {
	if t.IsZero() {
		return null
	}
	return types.Int(t.Sub(postgresEpoch).Microseconds())
}

func array(elem types.OID, items []types.Datum) types.Datum {
	return types.ArrayDatum(types.NewArray(elem, items))
}

// vector is an int2vector or oidvector: its subscripts are from 0.
func vector[T ~int16 | ~uint32](elem types.OID, list []T) types.Datum {
	items := make([]types.Datum, len(list))
	for i, v := range list {
		items[i] = types.Int(int64(v))
	}
	a := types.NewArray(elem, items)
	a.Dims = []types.Dim{{Length: len(items), Lower: 0}}
	if len(items) == 0 {
		a.Dims = nil
	}
	return types.ArrayDatum(a)
}

func int2vector(list []int16) types.Datum { return vector(types.Int2OID, list) }

func oidvector(list []types.OID) types.Datum { return vector(types.OIDOID, list) }

// numbers is an array of integers.
func numbers[T ~int16 | ~uint32](elem types.OID, list []T) types.Datum {
	items := make([]types.Datum, len(list))
	for i, v := range list {
		items[i] = types.Int(int64(v))
	}
	return array(elem, items)
}

func texts(elem types.OID, list []string) types.Datum {
	items := make([]types.Datum, len(list))
	for i, s := range list {
		items[i] = types.Text(s)
	}
	return array(elem, items)
}

func oidText(o types.OID) string { return strconv.FormatUint(uint64(o), 10) }
