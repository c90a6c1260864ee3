package rdb

import (
	"bytes"
	"testing"
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
