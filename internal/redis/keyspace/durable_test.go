package keyspace

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openDisk opens a keyspace on disk, and a function that closes it.
func openDisk(t *testing.T, dir string, now *time.Time) (*Keyspace, func()) {
	t.Helper()
	store, err := pebblestore.Open(pebblestore.Options{Dir: dir})
	check(t, err)
	ks, err := Open(store, Options{Clock: func() time.Time { return *now }})
	check(t, err)
	return ks, func() {
		t.Helper()
		check(t, ks.Close())
		check(t, store.Close())
	}
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	dir, now := t.TempDir(), time.UnixMilli(1_000_000)
	ks, closeAll := openDisk(t, dir, &now)
	r := ks.NewRun()
	check(t, r.SetString(0, []byte("\xff\x00"), []byte("\x00\xfe")))
	k, err := r.Key(3, []byte("ttl"))
	check(t, err)
	check(t, k.SetString([]byte("v"), 1_001_500))
	h, err := r.Hash(0, []byte("h"))
	check(t, err)
	_, err = h.Set([]byte("f"), []byte("v"))
	check(t, err)
	l, err := r.List(0, []byte("l"))
	check(t, err)
	check(t, l.PushFront([]byte("b"), []byte("a")))
	s, err := r.Set(0, []byte("s"))
	check(t, err)
	_, err = s.Add([]byte("m"))
	check(t, err)
	z, err := r.ZSet(0, []byte("z"))
	check(t, err)
	for i := range 600 {
		_, err := z.Add([]byte{byte(i), byte(i >> 8)}, float64(i))
		check(t, err)
	}
	check(t, r.SwapDB(3, 5))
	apply(t, r)
	oldVersion := z.version
	closeAll()

	now = now.Add(time.Second)
	ks, closeAll = openDisk(t, dir, &now)
	defer func() { closeAll() }()
	r = ks.NewRun()
	value, ok, err := r.GetString(0, []byte("\xff\x00"))
	check(t, err)
	if !ok || string(value) != "\x00\xfe" {
		t.Errorf("the string is %q", value)
	}
	k, err = r.Key(5, []byte("ttl"))
	check(t, err)
	if value, err := k.Value(); err != nil || string(value) != "v" || k.Expire != 1_001_500 {
		t.Errorf("the key with a TTL is %q, %v, expires at %d", value, err, k.Expire)
	}
	stats, err := r.DBStats(5)
	check(t, err)
	if stats != (DBStats{Keys: 1, Expires: 1, AvgTTL: 0}) {
		t.Errorf("database 5 has %+v", stats)
	}
	if n, err := r.DBSize(0); err != nil || n != 5 {
		t.Errorf("database 0 has %d keys, %v", n, err)
	}
	l, err = r.List(0, []byte("l"))
	check(t, err)
	if first, _, err := l.Index(0); err != nil || string(first) != "a" || l.Len() != 2 {
		t.Errorf("the list begins with %q, %v", first, err)
	}
	z, err = r.ZSet(0, []byte("z"))
	check(t, err)
	rank, _, ok, err := z.Rank([]byte{byte(599 & 0xff), byte(599 >> 8)})
	if err != nil || !ok || rank != 599 {
		t.Errorf("the last member has rank %d, %v, %v", rank, ok, err)
	}
	// A new collection must not get a version that is in use.
	s, err = r.Set(0, []byte("new"))
	check(t, err)
	_, err = s.Add([]byte("m"))
	check(t, err)
	if s.version <= oldVersion {
		t.Errorf("version %d after %d", s.version, oldVersion)
	}
	apply(t, r)

	now = now.Add(500 * time.Millisecond)
	ks.Start()
	for ks.Stats().Expired == 0 {
		time.Sleep(time.Millisecond)
	}
	check(t, ks.Close())
	if n, err := r.DBSize(5); err != nil || n != 0 {
		t.Errorf("database 5 has %d keys after its TTL, %v", n, err)
	}
}

// Garbage of every kind leaves the disk, also what was queued before a restart.
func TestGarbageIsCollectedAfterReopening(t *testing.T) {
	dir, now := t.TempDir(), time.UnixMilli(1_000_000)
	ks, closeAll := openDisk(t, dir, &now)
	r := ks.NewRun()
	for db := range 3 {
		for _, size := range []int{3, 2 * rangeDeleteSize} {
			h, err := r.Hash(db, []byte{byte(size)})
			check(t, err)
			for i := range size {
				_, err := h.Set([]byte{byte(i), byte(i >> 8)}, []byte("v"))
				check(t, err)
			}
		}
		k, err := r.Key(db, []byte("ttl"))
		check(t, err)
		check(t, k.SetString(nil, 9_000_000))
	}
	apply(t, r)
	for _, size := range []int{3, 2 * rangeDeleteSize} {
		_, err := r.Delete(0, []byte{byte(size)})
		check(t, err)
	}
	check(t, r.FlushDB(1))
	apply(t, r)
	closeAll()

	ks, closeAll = openDisk(t, dir, &now)
	defer func() { closeAll() }()
	for more := true; more; {
		var err error
		more, err = ks.Collect(100)
		check(t, err)
	}
	// What is left is the hashes of database 2, of 3 and of many fields.
	counts := countTags(t, ks.store)
	if counts[tagGarbage] != 0 || counts[tagSub] != 3+2*rangeDeleteSize || counts[tagMeta] != 4 || counts[tagExpiry] != 2 {
		t.Errorf("the store holds %v", counts)
	}
	r = ks.NewRun()
	check(t, r.FlushAll())
	apply(t, r)
	for more := true; more; {
		var err error
		more, err = ks.Collect(100)
		check(t, err)
	}
	counts = countTags(t, ks.store)
	if len(counts) != 1 || counts[tagSystem] == 0 {
		t.Errorf("after FLUSHALL the store holds %v", counts)
	}
}

// TestALoadThatIsNotLinkedIsGarbage copies a collection past the store's journal, and
// gives it up, or is cut off, before its key is written.
func TestALoadThatIsNotLinkedIsGarbage(t *testing.T) {
	dir, now := t.TempDir(), time.UnixMilli(1_000_000)
	ks, closeAll := openDisk(t, dir, &now)
	ks.aheadFrom, ks.aheadBatch = 1<<10, 4<<10
	r := ks.NewRun()
	l, err := r.List(0, []byte("list"))
	check(t, err)
	for i := range 1000 {
		check(t, l.PushBack(fmt.Appendf(nil, "element %d", i)))
	}
	apply(t, r)
	for range 2 {
		k, err := r.Key(0, []byte("list"))
		check(t, err)
		check(t, k.CopyTo(0, []byte("copy")))
		check(t, r.Abort())
	}
	if counts := countTags(t, ks.store); counts[tagSub] != 3000 || counts[tagGarbage] != 2 {
		t.Errorf("before anything is collected the store holds %v", counts)
	}
	closeAll()

	ks, closeAll = openDisk(t, dir, &now)
	defer func() { closeAll() }()
	collectAll(t, ks)
	if counts := countTags(t, ks.store); counts[tagSub] != 1000 || counts[tagGarbage] != 0 || counts[tagMeta] != 1 {
		t.Errorf("the store holds %v", counts)
	}
	mustMeasure(t, ks)
}

func countTags(t *testing.T, store storage.Store) map[byte]int {
	t.Helper()
	it, err := store.NewIter(storage.IterOptions{KeysOnly: true})
	check(t, err)
	counts := map[byte]int{}
	for ok := it.First(); ok; ok = it.Next() {
		counts[it.Key()[0]]++
	}
	check(t, it.Close())
	return counts
}

// failing is a store whose batches fail when told to.
type failing struct {
	*memstore.Store
	fail bool
}

var errDisk = errors.New("no space left on device")

func (f *failing) Apply(b storage.Batch) (storage.Pending, error) {
	if f.fail {
		return nil, errDisk
	}
	return f.Store.Apply(b)
}

// A run whose batch fails says so, changes nothing, and can be used again.
func TestAFailedRunChangesNothing(t *testing.T) {
	store := &failing{Store: memstore.New()}
	ks, err := Open(store, Options{})
	check(t, err)
	r, other := ks.NewRun(), ks.NewRun()
	check(t, r.SetString(0, []byte("k"), []byte("old")))
	apply(t, r)

	store.fail = true
	check(t, r.Lock(0, [][]byte{[]byte("k"), []byte("new")}, true))
	check(t, r.SetString(0, []byte("k"), []byte("lost")))
	check(t, r.SetString(0, []byte("new"), []byte("lost")))
	if err := r.FlushDB(7); !errors.Is(err, errDisk) { // applies first what it waits with
		t.Fatalf("flush gave %v", err)
	}
	if p, err := r.Apply(); !errors.Is(err, errDisk) || p != nil {
		t.Fatalf("apply gave %v, %v", p, err)
	}
	store.fail = false

	check(t, other.Lock(0, [][]byte{[]byte("k")}, true))
	value, _, err := other.GetString(0, []byte("k"))
	check(t, err)
	n, err := other.DBSize(0)
	check(t, err)
	if string(value) != "old" || n != 1 {
		t.Errorf("value %q, %d keys", value, n)
	}
	apply(t, other)
	check(t, r.SetString(0, []byte("k"), []byte("new")))
	apply(t, r)
}

func TestANewerEncodingIsRefused(t *testing.T) {
	store := memstore.New()
	b := store.NewBatch()
	check(t, b.Set(systemFormat, []byte{encodingVersion + 1}))
	_, err := store.Apply(b)
	check(t, err)
	if _, err := Open(store, Options{}); !errors.Is(err, storage.ErrNewerFormat) {
		t.Errorf("got %v", err)
	}
}
