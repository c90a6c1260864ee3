package resp

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// requests reads all requests of input, fed in the given pieces.
func requests(r *Reader, pieces ...[]byte) (got [][]string, err error) {
	for _, piece := range pieces {
		r.Feed(append([]byte(nil), piece...))
		for {
			args, err := r.Next()
			if err != nil {
				return got, err
			}
			if args == nil {
				break
			}
			var request []string
			for _, arg := range args {
				request = append(request, string(arg))
			}
			got = append(got, request)
		}
		r.Done()
	}
	return got, nil
}

func bytewise(input []byte) [][]byte {
	var pieces [][]byte
	for i := range input {
		pieces = append(pieces, input[i:i+1])
	}
	return pieces
}

func TestRequests(t *testing.T) {
	tests := []struct {
		input string
		want  [][]string
	}{
		{"*1\r\n$4\r\nPING\r\n", [][]string{{"PING"}}},
		{"*2\r\n$3\r\nGET\r\n$0\r\n\r\n*1\r\n$1\r\na\r\n", [][]string{{"GET", ""}, {"a"}}},
		{"*2\r\n$1\r\na\r\n$5\r\n\r\n*1\r\r\n", [][]string{{"a", "\r\n*1\r"}}},
		{"*0\r\n*-1\r\n*1\r\n$1\r\na\r\n", [][]string{{"a"}}},
		{"PING\r\n", [][]string{{"PING"}}},
		{"PING\n\r\n\n  \r\nPING\n", [][]string{{"PING"}, {"PING"}}},
		{`SET "a b\x41\n\"" 'c\'d\n' e"f"` + "\r\n", [][]string{{"SET", "a bA\n\"", `c'd\n`, "ef"}}},
		{"*2\r\n$3\r\nGET\r\n$3\r\nab", nil},
		{"\"\" a\n", [][]string{{"", "a"}}},
	}
	for _, tt := range tests {
		for name, pieces := range map[string][][]byte{"at once": {[]byte(tt.input)}, "bytewise": bytewise([]byte(tt.input))} {
			got, err := requests(&Reader{}, pieces...)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%q %s: got %q, %v; want %q", tt.input, name, got, err, tt.want)
			}
		}
	}
}

func TestProtocolErrors(t *testing.T) {
	long := strings.Repeat("1", MaxInline+1)
	tests := []struct {
		input, want string
		unauth      bool
	}{
		{input: "*abc\r\n", want: "invalid multibulk length"},
		{input: "*\r\n", want: "invalid multibulk length"},
		{input: "*01\r\n", want: "invalid multibulk length"},
		{input: "*1048577\r\n", want: "invalid multibulk length"},
		{input: "*1048577000\r\n", want: "invalid multibulk length"},
		{input: "*99999999999999999999\r\n", want: "invalid multibulk length"},
		{input: "*" + long, want: "too big mbulk count string"},
		{input: "*1\r\n$" + long, want: "too big bulk count string"},
		{input: "*1\r\n:1\r\n", want: "expected '$', got ':'"},
		{input: "*1\r\n\r\n", want: "expected '$', got '\r'"},
		{input: "*1\r\n$-1\r\n", want: "invalid bulk length"},
		{input: "*1\r\n$\r\n", want: "invalid bulk length"},
		{input: "*1\r\n$536870913\r\n", want: "invalid bulk length"},
		{input: long, want: "too big inline request"},
		{input: long + "\n", want: "too big inline request"},
		{input: "SET \"a\n", want: "unbalanced quotes in request"},
		{input: "SET 'a\n", want: "unbalanced quotes in request"},
		{input: "SET \"a\"b\n", want: "unbalanced quotes in request"},
		{input: "*11\r\n", want: "unauthenticated multibulk length", unauth: true},
		{input: "*1\r\n$16385\r\n", want: "unauthenticated bulk length", unauth: true},
	}
	for _, tt := range tests {
		r := Reader{Unauthenticated: tt.unauth}
		_, err := requests(&r, []byte(tt.input))
		var protocol ProtocolError
		if !errors.As(err, &protocol) || string(protocol) != tt.want {
			t.Errorf("%.40q: got %v, want %q", tt.input, err, tt.want)
		}
		if _, again := r.Next(); !errors.Is(again, err) {
			t.Errorf("%.40q: after the error Next gave %v", tt.input, again)
		}
	}
}

func TestHeaderReservesNothing(t *testing.T) {
	r := Reader{MaxBulk: 1 << 40}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := requests(&r, []byte("*1048576\r\n$1073741824\r\nabc")); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("a header made the reader allocate %d bytes", grown)
	}
}

func TestLargeRequestInPiecesIsFreed(t *testing.T) {
	var r Reader
	value := bytes.Repeat([]byte("x"), 3<<20)
	input := append([]byte(fmt.Sprintf("*2\r\n$3\r\nGET\r\n$%d\r\n", len(value))), value...)
	input = append(input, '\r', '\n')
	count := 0
	for len(input) > 0 {
		n := min(len(input), 64<<10)
		r.Feed(input[:n])
		args, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if args != nil {
			count++
			if !bytes.Equal(args[1], value) {
				t.Error("the value arrived changed")
			}
		}
		r.Done()
		input = input[n:]
	}
	if count != 1 {
		t.Errorf("got %d requests, want 1", count)
	}
	r.Trim(false)
	r.Trim(false) // nothing was read since the first
	if c := r.Capacity(); c > 64<<10 {
		t.Errorf("the reader keeps %d bytes", c)
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	var r Reader
	input := bytes.Repeat([]byte("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n"), 16)
	allocs := testing.AllocsPerRun(100, func() {
		r.Feed(input)
		for {
			if args, err := r.Next(); args == nil || err != nil {
				break
			}
		}
		r.Done()
	})
	if allocs > 0 {
		t.Errorf("%v allocations per 16 requests", allocs)
	}
}

// Bytes mean the same however they are cut.
func TestPiecesEqualWhole(t *testing.T) {
	fragment := rapid.SampledFrom([]string{
		"*1\r\n", "*2\r\n", "*3\r\n", "$3\r\n", "$0\r\n", "\r\n", "GET", "abc", "PING\r\n", "\"a b\" c\n", "'", "\\x41",
		"*-1\r\n", "$-1\r\n", "*1\r\n$4\r\nPING\r\n", "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", "\n", " ", "\x00", "*", "$", "1",
	})
	rapid.Check(t, func(t *rapid.T) {
		input := []byte(strings.Join(rapid.SliceOfN(fragment, 0, 20).Draw(t, "input"), ""))
		want, wantErr := requests(&Reader{}, input)
		var pieces [][]byte
		for rest := input; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "cut")
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		got, gotErr := requests(&Reader{}, pieces...)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotErr, wantErr) {
			t.Fatalf("in pieces %q: %q, %v; at once %q, %v", pieces, got, gotErr, want, wantErr)
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"*1\r\n$4\r\nPING\r\n", "PING\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n", "*1048577000\r\n",
		"*1\r\n$1073741824\r\n", "SET \"a\\x41\" 'b'\r\n", "*-1\r\n*0\r\n", "*1\r\n:1\r\n", "\"", "*2\r\n$0\r\n\r\n$1",
	} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, input []byte, cut uint8) {
		want, wantErr := requests(&Reader{}, input)
		var pieces [][]byte
		for rest := input; len(rest) > 0; {
			n := min(len(rest), int(cut)%7+1)
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		r := Reader{}
		got, gotErr := requests(&r, pieces...)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotErr, wantErr) {
			t.Fatalf("in pieces: %q, %v; at once: %q, %v", got, gotErr, want, wantErr)
		}
		if r.Capacity() > 64*len(input)+64<<10 {
			t.Fatalf("%d bytes of input hold %d bytes of memory", len(input), r.Capacity())
		}
	})
}
