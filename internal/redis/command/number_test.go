package command

import (
	"errors"
	"math"
	"testing"
)

func TestParseIntIsAsStrictAsRedis(t *testing.T) {
	good := map[string]int64{
		"0": 0, "7": 7, "-1": -1, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
	}
	for s, want := range good {
		if got, err := ParseInt([]byte(s)); err != nil || got != want {
			t.Errorf("ParseInt(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1.0", "1e3", "0x10", "a", "1\x00",
		"9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999",
	} {
		if got, err := ParseInt([]byte(s)); !errors.Is(err, ErrNotInteger) {
			t.Errorf("ParseInt(%q) = %d, %v; want an error", s, got, err)
		}
	}
}

func TestParseFloatReadsWhatStrtodReads(t *testing.T) {
	good := map[string]float64{
		"0": 0, "-0": 0, "1.5": 1.5, "1e3": 1000, ".5": 0.5, "5.": 5, "+2": 2, "0x10": 16, "0x1p-2": 0.25,
		"inf": math.Inf(1), "-INF": math.Inf(-1), "infinity": math.Inf(1), "0e10": 0, "0.0e-5": 0, "1e-310": 1e-310,
	}
	for s, want := range good {
		if got, err := ParseFloat([]byte(s)); err != nil || got != want {
			t.Errorf("ParseFloat(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", " 1", "1 ", "nan", "1_000", "abc", "1e400", "-1e400", "1e-400", "0x", "1.5abc", "1\x00"} {
		if got, err := ParseFloat([]byte(s)); !errors.Is(err, ErrNotFloat) {
			t.Errorf("ParseFloat(%q) = %v, %v; want an error", s, got, err)
		}
	}
}

func TestParseUint(t *testing.T) {
	if n, err := ParseUint([]byte("18446744073709551615")); err != nil || n != math.MaxUint64 {
		t.Errorf("got %d, %v", n, err)
	}
	for _, s := range []string{"", "-1", "+1", "x", "18446744073709551616"} {
		if n, err := ParseUint([]byte(s)); err == nil {
			t.Errorf("ParseUint(%q) = %d, want an error", s, n)
		}
	}
}
