package resp

import (
	"math"
	"testing"
)

func TestWriterInBothProtocols(t *testing.T) {
	tests := []struct {
		name         string
		write        func(w *Writer)
		resp2, resp3 string
	}{
		{"ok", (*Writer).OK, "+OK\r\n", "+OK\r\n"},
		{"simple", func(w *Writer) { w.Simple("PONG") }, "+PONG\r\n", "+PONG\r\n"},
		{"error cannot break the line", func(w *Writer) { w.Error("ERR a\r\n+OK") }, "-ERR a  +OK\r\n", "-ERR a  +OK\r\n"},
		{"int", func(w *Writer) { w.Int(-7) }, ":-7\r\n", ":-7\r\n"},
		{"int min", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
		{"empty bulk", func(w *Writer) { w.Bulk(nil) }, "$0\r\n\r\n", "$0\r\n\r\n"},
		{"bulk int", func(w *Writer) { w.BulkInt(-12) }, "$3\r\n-12\r\n", "$3\r\n-12\r\n"},
		{"null", (*Writer).Null, "$-1\r\n", "_\r\n"},
		{"null array", (*Writer).NullArray, "*-1\r\n", "_\r\n"},
		{"array", func(w *Writer) { w.Array(12) }, "*12\r\n", "*12\r\n"},
		{"map", func(w *Writer) { w.Map(2) }, "*4\r\n", "%2\r\n"},
		{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
		{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
		{"double", func(w *Writer) { w.Double(3.5) }, "$3\r\n3.5\r\n", ",3.5\r\n"},
		{"double 0.1", func(w *Writer) { w.Double(0.1) }, "$19\r\n0.10000000000000001\r\n", ",0.10000000000000001\r\n"},
		{"inf", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", "hi") }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("123") }, "$3\r\n123\r\n", "(123\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for proto, want := range map[int]string{2: tt.resp2, 3: tt.resp3} {
				w := Writer{Proto: proto}
				tt.write(&w)
				if got := string(w.Buf); got != want {
					t.Errorf("RESP%d: got %q, want %q", proto, got, want)
				}
			}
		})
	}
}

func TestDeferredLengths(t *testing.T) {
	w := Writer{Proto: 3}
	w.Simple("before")
	outer := w.Later()
	inner := w.LaterMap()
	w.BulkString("k")
	w.Int(1)
	w.Close(inner, 1)
	set := w.LaterSet()
	w.Close(set, 0)
	w.Close(outer, 2)
	if got, want := string(w.Buf), "+before\r\n*2\r\n%1\r\n$1\r\nk\r\n:1\r\n~0\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendDouble(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 1: "1", -1: "-1", 100: "100", 1e16: "10000000000000000", 1e17: "1e+17", 1e21: "1e+21",
		0.5: "0.5", 1e-4: "0.0001", 1e-5: "1.0000000000000001e-05", 3.14: "3.1400000000000001",
		123456789.123: "123456789.123", 1.5e300: "1.5000000000000001e+300", math.Inf(1): "inf",
		math.Copysign(0, -1): "-0",
	} {
		if got := string(AppendDouble(nil, f)); got != want {
			t.Errorf("AppendDouble(%v) = %q, want %q", f, got, want)
		}
	}
	if got := string(AppendDouble(nil, math.NaN())); got != "nan" {
		t.Errorf("nan: got %q", got)
	}
}

func TestAppendHuman(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 10.6: "10.6", 5000: "5000", 1e20: "100000000000000000000", 0.1: "0.1", 1e-20: "0",
		-3.25: "-3.25", 3.14: "3.14",
	} {
		if got := string(AppendHuman(nil, f)); got != want {
			t.Errorf("AppendHuman(%v) = %q, want %q", f, got, want)
		}
	}
}
