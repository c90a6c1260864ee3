package keyspace

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// The space of a large string comes back soon after it is deleted, and no write has to
// follow.
func TestSpaceOfALargeStringComesBack(t *testing.T) {
	dir := t.TempDir()
	store, err := frontstore.Open(frontstore.Options{Dir: dir})
	check(t, err)
	defer func() { check(t, store.Close()) }()
	ks, err := Open(store, Options{})
	check(t, err)
	ks.Start()
	defer func() { check(t, ks.Close()) }()
	r := ks.NewRun()
	value := make([]byte, reclaimBytes)
	_, _ = rand.NewChaCha8([32]byte{}).Read(value) // it never fails; what it gives is not compressed
	check(t, mustString(t, r, "k").SetString(value, 0))
	apply(t, r)
	mustHold(t, ks, "k", value)
	if n := size(t, dir); n < reclaimBytes {
		t.Errorf("the directory has %d bytes", n)
	}
	check(t, mustString(t, r, "k").Delete())
	apply(t, r)
	for deadline := time.Now().Add(time.Minute); size(t, dir) > reclaimBytes/4; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the directory has %d bytes", size(t, dir))
		}
	}
	mustHold(t, ks, "k", nil)
}

// size adds up the files in a directory; those that go meanwhile do not count.
func size(t *testing.T, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, _ error) error {
		if e == nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	check(t, err)
	return n
}
