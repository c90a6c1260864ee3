package frontstore

import (
	"bytes"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

// TestLargeValue: a value that lies in its record stays what it was while the batch
// serves again, in the table, in Pebble and after a restart.
func TestLargeValue(t *testing.T) {
	o := Options{Dir: t.TempDir(), TableBytes: 256 << 10}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{
		"large":  bytes.Repeat([]byte("x"), sharedBody+1),
		"larger": bytes.Repeat([]byte("y"), 3*sharedBody),
		"small":  []byte("z"),
	}
	b := s.NewBatch()
	for _, key := range []string{"large", "larger", "small"} {
		if err := b.Set([]byte(key), want[key]); err != nil {
			t.Fatal(err)
		}
		p, err := s.Apply(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if err := b.Set([]byte("scribble"), bytes.Repeat([]byte("-"), 2*sharedBody)); err != nil {
			t.Fatal(err)
		}
		b.Reset()
	}
	check := func(r storage.Reader) {
		t.Helper()
		for key, value := range want {
			if got, err := r.Get([]byte(key)); err != nil || !bytes.Equal(got, value) {
				t.Errorf("%s has %d bytes, %v; want %d", key, len(got), err, len(value))
			}
		}
	}
	check(s)
	if err := s.Compact(nil, nil); err != nil {
		t.Fatal(err)
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
