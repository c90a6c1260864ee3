package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// keepString is a Receiver of one string.
type keepString struct {
	Skip
	value []byte
}

func (k *keepString) String(value []byte) error {
	k.value = value
	return nil
}

// Memory that is given back is used again, and only for what comes after.
func TestMemoryIsRecycled(t *testing.T) {
	const keys, part = 20_000, 500
	var file bytes.Buffer
	w := NewWriter(&file, DefaultLimits)
	w.SelectDB(0, keys, 0)
	want := func(i int) (key, value string) {
		return fmt.Sprintf("key:%d", i), strings.Repeat(fmt.Sprintf("value %d,", i), i%40)
	}
	for i := range keys {
		key, value := want(i)
		w.Key([]byte(key), 0)
		w.String([]byte(value))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	var (
		parts  [][][2][]byte // of which two are in use
		memory [][][]byte
		chunks = make(map[*byte]bool)
		read   int
	)
	check := func(strings [][2][]byte) {
		for _, s := range strings {
			if key, value := want(read); string(s[0]) != key || string(s[1]) != value {
				t.Fatalf("key %d is %q with %q", read, s[0], s[1])
			}
			read++
		}
	}
	for err == nil {
		var p [][2][]byte
		for len(p) < part {
			var e Entry
			if e, err = r.Next(); err != nil {
				break
			}
			var k keepString
			if err = r.Value(&k); err != nil {
				break
			}
			p = append(p, [2][]byte{e.Key, k.value})
		}
		retired := r.Retired(nil)
		for _, c := range retired {
			chunks[&c[0]] = true
		}
		parts, memory = append(parts, p), append(memory, retired)
		if len(parts) == 2 {
			check(parts[0])
			r.Recycle(memory[0])
			parts, memory = parts[1:], memory[1:]
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	check(parts[0])
	if read != keys || len(chunks) == 0 || len(chunks) > 16 {
		t.Errorf("%d keys in %d chunks of memory", read, len(chunks))
	}
}
