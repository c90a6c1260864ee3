package rdb

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// References may reach into what they make, at any distance.
func TestDecompress(t *testing.T) {
	for _, c := range []struct {
		name, packed, plain string
	}{
		{"nothing", "", ""},
		{"a literal run", "\x02abc", "abc"},
		{"a reference", "\x02abc\x20\x02", "abcabc"},
		{"one byte over and over", "\x00a\xe0\x07\x00", "a" + "aaaaaaaaaaaaaaaa"},
		{"two bytes over and over", "\x01ab\xa0\x01\x00c", "ababababac"[:9] + "c"},
		{"three bytes over and over", "\x02abc\xe0\x01\x02", "abcabcabcabca"},
		{"a run that is cut short", "\x02ab", ""},
		{"a reference that is cut short", "\x02abc\x20", ""},
		{"a length that is cut short", "\x02abc\xe0", ""},
		{"a reference before the start", "\x02abc\x20\x03", ""},
	} {
		plain := make([]byte, len(c.plain))
		ok := decompress(plain, []byte(c.packed))
		if want := c.plain != "" || c.packed == ""; ok != want || ok && string(plain) != c.plain {
			t.Errorf("%s: %q, %v, want %q", c.name, plain, ok, c.plain)
		}
		if c.plain == "" {
			continue
		}
		for _, n := range []int{len(c.plain) - 1, len(c.plain) + 1} {
			if decompress(make([]byte, n), []byte(c.packed)) {
				t.Errorf("%s: fills %d bytes", c.name, n)
			}
		}
	}
}

// What is handed out does not change when more is.
func TestRoom(t *testing.T) {
	d := decoder{in: bytes.NewReader(nil)}
	var kept [][]byte
	for i := range 100 {
		b := d.room(1000 * (i % 6))
		for j := range b {
			if b[j] != 0 {
				t.Fatal("memory that is in use was handed out")
			}
			b[j] = byte(i) + 1
		}
		kept = append(kept, append(b, 'x')[:len(b)])
	}
	for i, b := range kept {
		if bytes.Count(b, []byte{byte(i) + 1}) != len(b) {
			t.Errorf("string %d changed", i)
		}
	}
}

// What is packed is unpacked to the same, is shorter, and packing one string does not
// depend on those before.
func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p packer
		p.base = rapid.SampledFrom([]uint32{0, 1 << 20, 1<<32 - 2000}).Draw(t, "base")
		for range rapid.IntRange(1, 5).Draw(t, "strings") {
			letters := rapid.SampledFrom([]byte{1, 2, 5, 255}).Draw(t, "letters")
			s := rapid.SliceOfN(rapid.ByteRange(0, letters), 0, 700).Draw(t, "string")
			s = bytes.Repeat(s, rapid.SampledFrom([]int{1, 2, 50}).Draw(t, "times"))
			packed := bytes.Clone(p.pack(s))
			if packed == nil {
				continue
			}
			plain := make([]byte, len(s))
			if len(packed) > len(s)-4 || !decompress(plain, packed) || !bytes.Equal(plain, s) {
				t.Fatalf("%q is packed as %q, which is %q", s, packed, plain)
			}
			if other := new(packer).pack(s); !bytes.Equal(other, packed) {
				t.Fatalf("%q is packed as %q, and %q after others", s, other, packed)
			}
		}
	})
	if packed := new(packer).pack(bytes.Repeat([]byte("abc"), 1000)); len(packed) > 60 {
		t.Errorf("3000 bytes of the same are packed into %d", len(packed))
	}
}

func BenchmarkPack(b *testing.B) {
	var p packer
	s := []byte("a value of sixty-four bytes, as many have: user:12345 name:somebody")
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		p.pack(s)
	}
}
