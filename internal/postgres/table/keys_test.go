package table

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

func TestOrderedNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		ka, kb := appendOrdered(nil, prefixRows, a), appendOrdered(nil, prefixRows, b)
		if (a < b) != (bytes.Compare(ka, kb) < 0) {
			t.Fatalf("%x and %x", ka, kb)
		}
		got, rest, ok := decodeOrdered(append(ka, 7), prefixRows)
		if !ok || got != a || len(rest) != 1 {
			t.Fatalf("%d, %x, %v", got, rest, ok)
		}
	})
}

func TestRowHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rowHeader{xmin: rapid.Uint64().Draw(t, "xmin"), cmd: rapid.Uint32().Draw(t, "cmd")}
		h.birth = rapid.Uint64Max(h.xmin).Draw(t, "birth")
		got, rest, err := decodeHeader(appendTID(nil, h, []byte("key")))
		if err != nil || got != h || string(rest) != "key" {
			t.Fatalf("%+v %q %v", got, rest, err)
		}
		if len(h.append(nil)) > maxHeader {
			t.Fatal("longer than maxHeader")
		}
	})
}

// FuzzStored reads any bytes as rows, entries, TIDs and sequence states: damaged
// data is an error.
func FuzzStored(f *testing.F) {
	f.Add(appendTID(nil, rowHeader{xmin: 5, cmd: 1, birth: 3}, []byte{1, 2}))
	f.Add(encodeSequence(7, true))
	h := inMemory(f).accounts()
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := h.layout()
		if err != nil {
			t.Fatal(err)
		}
		if _, tuple, err := decodeHeader(b); err == nil {
			if _, err := l.appendRow(nil, l.all, tuple); err == nil {
				t.Logf("a row of %d bytes", len(b))
			}
		}
		if _, _, ok := decodeOrdered(b, 0); ok && len(b) == 0 {
			t.Error("a number of no bytes")
		}
		if _, _, err := decodeSequence(b); err == nil && len(b) != 9 {
			t.Error("a sequence state has 9 bytes")
		}
		balance := l.secondary[1]
		key := append(bytes.Clone(balance.prefix), b...)
		columns, suffix, err := balance.splitEntry(key, b)
		if err == nil && len(columns)+len(suffix) != len(b) {
			t.Error("an entry is its columns and its suffix")
		}
		if c := l.covering(balance, l.projection([]int{0, 2})); err == nil && c.read(columns, suffix, make([]types.Datum, 2)) == nil {
			t.Logf("an entry of %d bytes", len(b))
		}
	})
}
