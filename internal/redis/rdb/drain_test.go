package rdb

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// A file that is long enough for a goroutine of its own is the same as one in pieces
// that are not, and its checksum holds.
func TestLongFiles(t *testing.T) {
	var file bytes.Buffer
	w := NewWriter(&file, DefaultLimits)
	w.SelectDB(0, 3, 0)
	values := map[string][]byte{
		"long": bytes.Repeat([]byte("x"), 3*flushSize), "huge": bytes.Repeat([]byte("yz"), 20*flushSize), "short": []byte("z"),
	}
	for _, key := range []string{"long", "huge", "short", "long"} {
		w.Key([]byte(key), 0)
		w.String(values[key])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(iotest.HalfReader(&file))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		e, err := r.Next()
		if err != nil {
			if n != 4 || !errors.Is(err, io.EOF) {
				t.Errorf("%v after %d keys", err, n)
			}
			return
		}
		var o object
		if err := r.Value(&o); err != nil || !bytes.Equal(o.Value, values[string(e.Key)]) {
			t.Errorf("%s: %v", e.Key, err)
		}
		n++
	}
}

// failing writes some bytes, and then fails.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWritingFails(t *testing.T) {
	for _, left := range []int{0, flushSize, 4 * flushSize, 9 * flushSize} {
		w := NewWriter(&failing{left}, DefaultLimits)
		for range 10 {
			w.Key([]byte("key"), 0)
			w.String(make([]byte, flushSize))
		}
		for range 2 {
			if err := w.Close(); !errors.Is(err, errFull) {
				t.Errorf("%d: %v", left, err)
			}
		}
	}
}

// After Stop nothing is written any more.
func TestStop(t *testing.T) {
	for _, size := range []int{1, 5 * flushSize} {
		var file bytes.Buffer
		w := NewWriter(&file, DefaultLimits)
		w.Key([]byte("key"), 0)
		w.String(make([]byte, size))
		w.Stop()
		n := file.Len()
		w.Stop()
		if file.Len() != n || n > size+100 {
			t.Errorf("%d: %d bytes, then %d", size, n, file.Len())
		}
	}
}
