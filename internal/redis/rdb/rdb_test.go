package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
)

func TestChecksumIsJones(t *testing.T) {
	if got := checksum([]byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("got %x", got)
	}
}

// object is a value as it was handed on.
type object struct {
	Kind   Kind
	Value  []byte
	Items  [][]byte
	Scores []float64
	Skip
}

func (o *object) String(value []byte) error { o.Value = value; return nil }
func (o *object) Begin(k Kind) error        { o.Kind = k; return nil }
func (o *object) Element(b []byte) error    { o.Items = append(o.Items, b); return nil }
func (o *object) Field(f, v []byte, _ int64) error {
	o.Items = append(o.Items, f, v)
	return nil
}

func (o *object) Member(m []byte, score float64) error {
	o.Items, o.Scores = append(o.Items, m), append(o.Scores, score)
	return nil
}

func decoded(payload []byte) (*object, error) {
	o := &object{}
	return o, Decode(payload, o)
}

// payloads are what redis-server 7.0.15 dumped.
var payloads = []struct {
	name, payload string
	want          object
}{
	{"a short string", "\x00\x03foo\n\x00", object{Kind: String, Value: []byte("foo")}},
	{"an 8-bit integer", "\x00\xc0\x7f\n\x00", object{Kind: String, Value: []byte("127")}},
	{"a 16-bit integer", "\x00\xc1\xd4\xfe\n\x00", object{Kind: String, Value: []byte("-300")}},
	{"a 32-bit integer", "\x00\xc2\xa0\x86\x01\x00\n\x00", object{Kind: String, Value: []byte("100000")}},
}

// sealed adds the checksum, which the payloads above leave out.
func sealed(body string) []byte {
	sum := checksum([]byte(body))
	b := []byte(body)
	for i := range 8 {
		b = append(b, byte(sum>>(8*i)))
	}
	return b
}

func encodedString(value []byte) []byte {
	e := NewEncoder(DefaultLimits)
	e.String(value)
	b, err := e.Payload()
	if err != nil {
		panic(err)
	}
	return b
}

func TestStringsAreRedisServers(t *testing.T) {
	for _, p := range payloads {
		want := sealed(p.payload)
		if got := encodedString(p.want.Value); !bytes.Equal(got, want) {
			t.Errorf("%s: encoded %q, want %q", p.name, got, want)
		}
		got, err := decoded(want)
		if err != nil || !reflect.DeepEqual(*got, p.want) {
			t.Errorf("%s: decoded %+v, %v", p.name, got, err)
		}
	}
}

func encoded(o *object, l Limits) ([]byte, error) {
	n := int64(len(o.Items))
	if o.Kind == Hash {
		n /= 2
	}
	e := NewEncoder(l)
	e.Begin(o.Kind, n)
	for i, item := range o.Items {
		e.Item(item)
		if o.Kind == ZSet {
			e.Score(o.Scores[i])
		}
	}
	e.End()
	return e.Payload()
}

func TestCollectionsComeBack(t *testing.T) {
	small := [][]byte{[]byte("a"), []byte("-129"), {}, []byte("99999999999"), []byte("012"), []byte("12345678901234567890123")}
	large := append(small[:5:5], bytes.Repeat([]byte("x"), 20_000))
	numbers := func(more ...string) (items [][]byte) {
		for _, s := range append(more, "-4097", "-4096", "4095", "4096", "127", "128", "-1", "0") {
			items = append(items, []byte(s))
		}
		return items
	}
	for _, o := range []object{
		{Kind: List, Items: append(small, small[0])},
		{Kind: List, Items: append(large, large[0])},
		{Kind: Set, Items: small},
		{Kind: Set, Items: numbers()},
		{Kind: Set, Items: numbers("-40000", "40000")},
		{Kind: Set, Items: numbers("9223372036854775807", "-9223372036854775808")},
		{Kind: List, Items: numbers("32767", "-32769", "8388607", "-8388609", "2147483647", "-2147483649", "9223372036854775807", "-9223372036854775808")},
		{Kind: Hash, Items: small},
		{Kind: Hash, Items: large},
		{Kind: ZSet, Items: small, Scores: []float64{0, -1.5, math.Inf(1), math.Inf(-1), 1e300, 5}},
		{Kind: ZSet, Items: large, Scores: []float64{0, -1.5, math.Inf(1), math.Inf(-1), 1e300, 5}},
	} {
		for _, l := range []Limits{{}, DefaultLimits} {
			payload, err := encoded(&o, l)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decoded(payload)
			if err != nil || got.Kind != o.Kind {
				t.Fatalf("kind %d: %v, %v", o.Kind, got, err)
			}
			if got, want := spelled(got), spelled(&o); !slices.Equal(got, want) {
				t.Errorf("kind %d: got %.60q, want %.60q", o.Kind, got, want)
			}
		}
	}
}

// spelled is what is in a value, in order if that matters.
func spelled(o *object) (parts []string) {
	for i, item := range o.Items {
		switch {
		case o.Kind == ZSet:
			parts = append(parts, fmt.Sprintf("%g %s", o.Scores[i], item))
		case o.Kind == Hash && i%2 == 1:
			parts[len(parts)-1] += " " + string(item)
		default:
			parts = append(parts, string(item))
		}
	}
	if o.Kind != List {
		slices.Sort(parts)
	}
	return parts
}

func TestListpackLengthsAreRedisServers(t *testing.T) {
	// 16383 bytes of an entry take three bytes for their length, not two.
	for _, n := range []int{60, 63, 64, 126, 127, 4095, 4096, 16377, 16378, 16379, 1<<21 - 6} {
		o := object{Kind: List, Items: [][]byte{bytes.Repeat([]byte("x"), n), []byte("y")}}
		payload, err := encoded(&o, Limits{ListBytes: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		got, err := decoded(payload)
		if err != nil || len(got.Items) != 2 || len(got.Items[0]) != n {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if backLength(16382) != 2 || backLength(16383) != 3 || backLength(1<<21-1) != 4 {
		t.Error("lengths of lengths")
	}
}

func TestPromisedCountsAreKept(t *testing.T) {
	for _, l := range []Limits{{}, DefaultLimits} {
		e := NewEncoder(l)
		e.Begin(Set, 3)
		e.Item([]byte("1"))
		e.End()
		if _, err := e.Payload(); !errors.Is(err, errCount) {
			t.Errorf("too few: %v", err)
		}
	}
}

func TestBadPayloads(t *testing.T) {
	good := encodedString([]byte("value"))
	flipped := bytes.Clone(good)
	flipped[2] ^= 1
	newer := bytes.Clone(good)
	newer[len(newer)-10] = 99
	for _, p := range [][]byte{nil, good[:len(good)-1], flipped, newer, []byte("short")} {
		if err := Decode(p, Skip{}); !errors.Is(err, ErrFooter) {
			t.Errorf("%q: %v, want a bad footer", p, err)
		}
	}
	for _, body := range []string{
		"",             // no type
		"\x00",         // no string
		"\x00\x05abc",  // too short
		"\x00\x03abcd", // more than the value
		"\x63\x01a",    // an unknown type
		"\x02\x00",     // an empty set
		"\x02\x81\xff\xff\xff\xff\xff\xff\xff\xff",      // a count beyond the data
		"\x05\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x7f", // NaN
		"\x04\x01\x01f",                                // a field without value
		"\x00\xc3\x01\x40\xff\x00",                     // LZF: 255 bytes of 1
		"\x00\xc3\x03\x05\xe0\x00\x00",                 // LZF: a reference before the start
		"\x10\x07\x07\x00\x00\x00\x01\x00\x85",         // a listpack entry beyond its end
		"\x0b\x09\x03\x00\x00\x00\x01\x00\x00\x00\x01", // an intset of 3-byte integers
	} {
		if err := Decode(sealed(body+"\n\x00"), Skip{}); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: %v, want a bad format", body, err)
		}
	}
}

// A hash whose fields expire as redis-server 7.4 writes it: the first time, then
// each field's relative to that plus one, or 0. The payload says that it needs 7.4.
func TestHashWithExpiringFields(t *testing.T) {
	e := NewEncoder(DefaultLimits)
	e.BeginExpiring(3, 1000)
	e.Field([]byte("a"), []byte("x"), 1000)
	e.Field([]byte("b"), []byte("y"), 0)
	e.Field([]byte("c"), []byte("z"), 1005)
	e.End()
	got, err := e.Payload()
	if err != nil {
		t.Fatal(err)
	}
	want := "\x18\xe8\x03\x00\x00\x00\x00\x00\x00\x03" + "\x01\x01a\x01x" + "\x00\x01b\x01y" + "\x06\x01c\x01z" + "\x0c\x00"
	if n := len(got) - 8; n < 0 || string(got[:n]) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
