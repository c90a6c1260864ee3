package rdb

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// seeds are values of every type, as bodies of payloads.
var seeds = []string{
	"\x00\x03foo", "\x00\xc0\x7f", "\x00\xc3\x05\x0a\x00a\xe0\x00\x00",
	"\x01\x02\x01a\x01b", "\x02\x01\x01a", "\x04\x01\x01f\x01v",
	"\x03\x01\x01a\x031.5", "\x05\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x3f",
	"\x09\x0b\x01\x03foo\x03\x00bar\xff",
	"\x0b\x0a\x02\x00\x00\x00\x01\x00\x00\x00\x05\x00",
	"\x0a\x0d\x0d\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\xf2\xff",
	"\x10\x0c\x0c\x00\x00\x00\x02\x00\x81a\x02\x01\x01\xff",
	"\x12\x01\x02\x0c\x0c\x00\x00\x00\x02\x00\x81a\x02\x01\x01\xff",
	"\x18\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01f\x01v",
	"\x19\x01\x00\x00\x00\x00\x00\x00\x00\x0e\x0e\x00\x00\x00\x03\x00\x81a\x02\x01\x01\x00\x01\xff",
	streamSeed(), "\x07\x01\x02\x05\x00",
}

// streamSeed is a stream with a group, a consumer and a pending entry.
func streamSeed() string {
	e := NewEncoder(DefaultLimits)
	e.BeginStream(1)
	e.Node([]ID{{1, 1}, {1, 2}}, [][][]byte{{[]byte("f"), []byte("v")}, {[]byte("g"), []byte("w")}})
	e.Info(StreamInfo{Length: 2, Last: ID{1, 2}, First: ID{1, 1}, Added: 2}, 1)
	e.Group(StreamGroup{Name: []byte("g"), Last: ID{1, 1}, Read: 1, Pending: 1})
	e.GroupPending(ID{1, 1}, 5, 1)
	e.Consumers(1)
	e.Consumer([]byte("c"), 5, 1)
	e.ConsumerPending(ID{1, 1})
	e.EndConsumer()
	return string(e.buf)
}

// measuring fails the test if more is handed on than a payload can hold.
type measuring struct {
	Skip
	t     *testing.T
	bytes int
	items int
	last  ID
}

func (m *measuring) count(parts ...[]byte) error {
	for _, p := range parts {
		m.bytes += len(p)
	}
	m.items++
	return nil
}

func (m *measuring) String(value []byte) error              { return m.count(value) }
func (m *measuring) Element(b []byte) error                 { return m.count(b) }
func (m *measuring) Field(f, v []byte, _ int64) error       { return m.count(f, v) }
func (m *measuring) Member(b []byte, _ float64) error       { return m.count(b) }
func (m *measuring) Group(name []byte, _ ID, _ int64) error { return m.count(name) }

func (m *measuring) Entry(id ID, pairs [][]byte, _ bool) error {
	if !m.last.Less(id) || len(pairs)%2 != 0 {
		m.t.Error("entries out of order, or half a field")
	}
	m.last = id
	// The fields of a node are shared.
	return m.count()
}

func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m := &measuring{t: t}
		_ = Decode(sealed(string(body)+"\n\x00"), m)
		if m.bytes > 100*len(body)+20*m.items || m.items > 4*len(body)+1 {
			t.Errorf("%d bytes made %d in %d parts", len(body), m.bytes, m.items)
		}
	})
}

func FuzzReader(f *testing.F) {
	file := "REDIS0012\xfa\x03ver\x017\xf5\x03lib\xfe\x01\xfb\x01\x00\xf7\x01\x02\x01\x00"
	for _, s := range seeds {
		f.Add([]byte(file + "\xfc\x01\x00\x00\x00\x00\x00\x00\x00\xf9\x05" + s[:1] + "\x03key" + s[1:] + "\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(oneByte{bytes.NewReader(file)})
		for err == nil {
			var e Entry
			if e, err = r.Next(); err == nil && e.Key != nil {
				if err = r.Value(&measuring{t: t}); errors.Is(err, ErrEmpty) || errors.Is(err, ErrModule) && !errors.Is(err, ErrFormat) {
					err = nil
				}
			}
		}
	})
}

// oneByte reads a byte at a time: every length may be cut.
type oneByte struct{ in io.Reader }

func (o oneByte) Read(b []byte) (int, error) {
	if len(b) > 1 {
		b = b[:1]
	}
	return o.in.Read(b)
}

// Every seed is a value, and is also read from a file of which only one byte comes
// at a time.
func TestSeedsAreRead(t *testing.T) {
	for _, s := range seeds[:len(seeds)-1] {
		if err := Decode(sealed(s+"\n\x00"), Skip{}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		file := "REDIS0012" + s[:1] + "\x01k" + s[1:] + "\xff\x00\x00\x00\x00\x00\x00\x00\x00"
		r, err := NewReader(oneByte{bytes.NewReader([]byte(file))})
		if err != nil {
			t.Fatal(err)
		}
		if e, err := r.Next(); err != nil || string(e.Key) != "k" {
			t.Errorf("%q: %+v, %v", s, e, err)
		}
		if err := r.Value(Skip{}); err != nil {
			t.Errorf("%q in a file: %v", s, err)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%q in a file ends with %v", s, err)
		}
	}
}

func TestModulesAreSkipped(t *testing.T) {
	file := "REDIS0010\x07\x01m\x01\x02\x05\x05\x01a\x00\x00\x01s\x01v\xff\x00\x00\x00\x00\x00\x00\x00\x00"
	r, err := NewReader(bytes.NewReader([]byte(file)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if err := r.Value(Skip{}); !errors.Is(err, ErrModule) {
		t.Fatalf("a module's value: %v", err)
	}
	if e, err := r.Next(); err != nil || string(e.Key) != "s" {
		t.Errorf("after it: %+v, %v", e, err)
	}
}

func TestBadFiles(t *testing.T) {
	for file, want := range map[string]error{
		"":                      ErrNotRDB,
		"REDIS":                 ErrNotRDB,
		"REDIS00x0\xff":         ErrNotRDB,
		"ELEPHANT0":             ErrNotRDB,
		"REDIS0010":             io.ErrUnexpectedEOF,
		"REDIS0010\xff":         io.ErrUnexpectedEOF,
		"REDIS0010\x00\x01k":    io.ErrUnexpectedEOF,
		"REDIS0010\xffabcdefgh": ErrChecksum,
		"REDIS0010\x00\x81\xff\xff\xff\xff\xff\xff\xff\xff": ErrFormat,
		"REDIS0010\x1f\x01k": ErrFormat,
	} {
		r, err := NewReader(bytes.NewReader([]byte(file)))
		for err == nil {
			if _, err = r.Next(); err == nil {
				err = r.Value(Skip{})
			}
		}
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", file, err, want)
		}
	}
	if _, err := NewReader(bytes.NewReader([]byte("REDIS0013"))); err == nil {
		t.Error("a version that is not known")
	}
}
