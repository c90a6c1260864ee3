package keyspace

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// An expired key goes when a command comes across it, without the worker, and is
// told of and counted once.
func TestExpiredKeysGoWhenTheyAreMet(t *testing.T) {
	now := time.Now()
	ks := openMemory(t)
	ks.clock = func() time.Time { return now }
	var told []string
	ks.OnExpired(func(db int, key []byte) { told = append(told, fmt.Sprint(db, string(key))) })
	r := ks.NewRun()
	set := func(key string, expire int64) {
		t.Helper()
		if err := r.Lock(0, [][]byte{[]byte(key)}, true); err != nil {
			t.Fatal(err)
		}
		k, err := r.Key(0, []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		if err := k.SetString([]byte("v"), expire); err != nil {
			t.Fatal(err)
		}
	}
	size := func() int64 {
		t.Helper()
		n, err := r.DBSize(0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, key := range []string{"read", "overwritten", "deleted", "left"} {
		set(key, now.UnixMilli()+10)
	}
	apply(t, r)
	now = now.Add(time.Second)

	read := func() {
		t.Helper()
		if err := r.Lock(0, [][]byte{[]byte("read")}, false); err != nil {
			t.Fatal(err)
		}
		if exists, err := r.Exists(0, []byte("read")); exists || err != nil {
			t.Fatal(exists, err)
		}
		apply(t, r)
	}
	remove := func() {
		t.Helper()
		if err := r.RemoveStale(); err != nil {
			t.Fatal(err)
		}
		apply(t, r)
	}
	// Held, it stays.
	ks.HoldExpiry(true)
	read()
	if r.HasStale() || size() != 4 {
		t.Error("a held key was noted")
	}
	ks.HoldExpiry(false)
	read()
	if !r.HasStale() || size() != 4 {
		t.Error("a key was not noted, or is gone without a lock")
	}
	remove()
	if r.HasStale() || size() != 3 {
		t.Errorf("%d keys after the first went", size())
	}
	// What took the place of an expired key meanwhile stays.
	set("read", now.UnixMilli()+10)
	apply(t, r)
	now = now.Add(time.Second)
	read()
	set("read", 0)
	apply(t, r)
	remove()
	if size() != 4 {
		t.Error("a key that lives was removed")
	}

	set("overwritten", 0)
	if err := r.Lock(0, [][]byte{[]byte("deleted")}, true); err != nil {
		t.Fatal(err)
	}
	if existed, err := r.Delete(0, []byte("deleted")); existed || err != nil {
		t.Error(existed, err)
	}
	if got := r.TakeLapsed(); len(got) != 2 || got[0].Key != "overwritten" {
		t.Errorf("lapsed: %v", got)
	}
	apply(t, r)
	remove()
	// Two were taken, to be told of by whoever took them.
	if want := []string{"0read", "0read"}; !slices.Equal(told, want) || ks.Stats().Expired != 4 || size() != 3 {
		t.Errorf("told of %q, counted %d, %d keys", told, ks.Stats().Expired, size())
	}
}
