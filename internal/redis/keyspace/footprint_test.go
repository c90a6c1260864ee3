package keyspace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// mustMeasure sees that all in the store agrees, the bytes of all entries included, and
// that what is kept of them in memory does. All runs are applied.
func mustMeasure(t failer, ks *Keyspace) {
	t.Helper()
	mustAgree(t, ks.store, ks.now())
	total := int64(0)
	for _, id := range ks.dbs.Load().ids {
		raw, err := ks.store.Get(countsKey(id))
		if errors.Is(err, storage.ErrNotFound) {
			raw, err = new(tally).append(nil), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		stored, err := decodeTally(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := ks.counts.get(id); got != stored {
			t.Fatalf("database %d is counted as %+v in the store, %+v in memory", id, stored, got)
		}
		total += stored.bytes
	}
	if got := ks.DataBytes(); got != total {
		t.Fatalf("the databases have %d bytes, DataBytes says %d", total, got)
	}
}

// mustAgree fails if anything in a store does not agree with the rest.
func mustAgree(t failer, r storage.Reader, now int64) {
	t.Helper()
	err := Verify(r, VerifyOptions{Now: now, Report: func(f Fault) error {
		t.Fatalf("%s: key %q in database %d: expected %s, found %s", f.Code, f.Key, f.DB, f.Expected, f.Found)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// fill writes keys of all types, with groups, TTLs and a set large enough for ranks.
func fill(t *testing.T, r *Run, db int) {
	t.Helper()
	k, err := r.Key(db, []byte("string"))
	check(t, err)
	check(t, k.SetString([]byte("value"), r.Now()+1_000_000))
	h, err := r.Hash(db, []byte("hash"))
	check(t, err)
	l, err := r.List(db, []byte("list"))
	check(t, err)
	z, err := r.ZSet(db, []byte("zset"))
	check(t, err)
	x, err := r.Stream(db, []byte("stream"))
	check(t, err)
	for i := range 600 {
		text := fmt.Appendf(nil, "%d", i)
		_, err := h.Set(text, bytes.Repeat(text, 3))
		check(t, err)
		check(t, l.PushBack(text))
		_, err = z.Add(text, float64(i))
		check(t, err)
		check(t, x.Append(StreamID{uint64(i + 1), 0}, [][]byte{text, text}, NodeLimits{Entries: 100}))
	}
	_, err = x.CreateGroup([]byte("group"), StreamID{}, 0)
	check(t, err)
	g, _, err := x.Group([]byte("group"))
	check(t, err)
	for _, name := range []string{"alice", "bob"} {
		c, _, err := g.Use([]byte(name), r.Now())
		check(t, err)
		check(t, g.Assign(StreamID{7, 0}, c, r.Now(), 1))
		check(t, g.Assign(StreamID{uint64(len(name)), 0}, c, r.Now(), 1))
	}
	check(t, g.Save())
}

func TestBytesFollowEveryChange(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	ks, err := Open(memstore.New(), Options{Clock: func() time.Time { return now }})
	check(t, err)
	r := ks.NewRun()
	step := func(name string, f func()) {
		t.Helper()
		f()
		apply(t, r)
		defer func() {
			if t.Failed() {
				t.Log("after", name)
			}
		}()
		mustMeasure(t, ks)
	}
	step("filling", func() { fill(t, r, 0) })
	step("hash", func() {
		h, err := r.Hash(0, []byte("hash"))
		check(t, err)
		_, err = h.Set([]byte("7"), []byte("another length"))
		check(t, err)
		_, err = h.Del([]byte("8"), []byte("9"), []byte("none"))
		check(t, err)
	})
	step("list", func() {
		l, err := r.List(0, []byte("list"))
		check(t, err)
		check(t, l.Replace(3, []byte("another length")))
		check(t, l.Insert(200, []byte("inserted")))
		check(t, l.Insert(500, []byte("inserted, too")))
		check(t, l.RemoveAt([]int64{3, 4, 300}))
		_, _, err = l.PopFront()
		check(t, err)
		check(t, l.Trim(10, 550))
		check(t, l.Trim(100, 110))
	})
	step("zset", func() {
		z, err := r.ZSet(0, []byte("zset"))
		check(t, err)
		_, err = z.Add([]byte("7"), -1)
		check(t, err)
		_, err = z.Remove([]byte("8"), []byte("none"))
		check(t, err)
	})
	step("stream", func() {
		x, err := r.Stream(0, []byte("stream"))
		check(t, err)
		_, err = x.Delete(StreamID{5, 0}, StreamID{9999, 0})
		check(t, err)
		_, err = x.Trim(Trim{MaxLen: 250})
		check(t, err)
		g, _, err := x.Group([]byte("group"))
		check(t, err)
		p, ok, err := g.PendingEntry(StreamID{7, 0})
		check(t, err)
		if !ok || string(p.Consumer) != "bob" {
			t.Fatalf("entry 7 is %+v", p)
		}
		check(t, g.Acknowledge(p))
		check(t, g.Save())
	})
	step("consumers", func() {
		x, err := r.Stream(0, []byte("stream"))
		check(t, err)
		g, _, err := x.Group([]byte("group"))
		check(t, err)
		c, _, err := g.Consumer([]byte("alice"))
		check(t, err)
		check(t, g.RemoveConsumer(c))
		check(t, g.Save())
	})
	step("destroying a group", func() {
		x, err := r.Stream(0, []byte("stream"))
		check(t, err)
		g, _, err := x.Group([]byte("group"))
		check(t, err)
		check(t, g.Destroy())
	})
	step("moving and copying", func() {
		for _, key := range []string{"hash", "list", "zset", "stream", "string"} {
			k, err := r.Key(0, []byte(key))
			check(t, err)
			check(t, k.CopyTo(1, []byte("a longer name than "+key)))
			check(t, k.MoveTo(2, []byte(key)))
		}
	})
	step("overwriting and TTLs", func() {
		check(t, r.SetString(2, []byte("hash"), []byte("now a string")))
		k, err := r.Key(2, []byte("list"))
		check(t, err)
		check(t, k.SetExpire(r.Now()+500))
		k, err = r.Key(2, []byte("string"))
		check(t, err)
		check(t, k.Persist())
	})
	step("swapping", func() { check(t, r.SwapDB(1, 2)) })
	if ks.Usage().Garbage == 0 {
		t.Error("nothing is garbage, and a hash was overwritten")
	}
	now = now.Add(time.Second)
	_, err = ks.ExpireDue(10)
	check(t, err)
	mustMeasure(t, ks)
	step("flushing one", func() { check(t, r.FlushDB(2)) })
	step("filling again", func() { fill(t, r, 2) })
	collectAll(t, ks)
	mustMeasure(t, ks)
	if u := ks.Usage(); u.Garbage != 0 || u.Pending != 0 || u.Collected == 0 {
		t.Errorf("after collecting: %+v", u)
	}
	step("deleting and flushing all", func() {
		_, err := r.Delete(2, []byte("hash"))
		check(t, err)
		check(t, r.FlushAll())
		fill(t, r, 0)
		_, err = r.Delete(0, []byte("zset"))
		check(t, err)
	})
	collectAll(t, ks)
	mustMeasure(t, ks)
	if u := ks.Usage(); u.Garbage != 0 || u.Pending != 0 {
		t.Errorf("after collecting: %+v", u)
	}
}

func collectAll(t *testing.T, ks *Keyspace) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = ks.Collect(50)
		check(t, err)
	}
}

func TestBytesAreThereAfterReopening(t *testing.T) {
	dir, now := t.TempDir(), time.UnixMilli(1_000_000)
	ks, closeAll := openDisk(t, dir, &now)
	r := ks.NewRun()
	fill(t, r, 0)
	fill(t, r, 1)
	apply(t, r)
	check(t, r.FlushDB(1))
	_, err := r.Delete(0, []byte("zset"))
	check(t, err)
	apply(t, r)
	before := ks.Usage()
	closeAll()
	ks, closeAll = openDisk(t, dir, &now)
	defer closeAll()
	if after := ks.Usage(); after != before || before.Garbage == 0 || before.Pending != 6 {
		t.Errorf("%+v before, %+v after", before, after)
	}
	mustMeasure(t, ks)
	collectAll(t, ks)
	if u := ks.Usage(); u.Garbage != 0 || u.Pending != 0 {
		t.Errorf("after collecting: %+v", u)
	}
}

// TestBytesAreCountedOnceInOlderData takes the bytes out of a store again, as they
// lacked in version 1.
func TestBytesAreCountedOnceInOlderData(t *testing.T) {
	store := memstore.New()
	ks, err := Open(store, Options{})
	check(t, err)
	r := ks.NewRun()
	fill(t, r, 0)
	fill(t, r, 3)
	apply(t, r)
	want := ks.Usage()
	b := store.NewBatch()
	it, err := store.NewIter(storage.IterOptions{})
	check(t, err)
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		check(t, err)
		switch it.Key()[0] {
		case tagMeta:
			m, err := decodeMeta(value)
			check(t, err)
			if m.collection() {
				check(t, b.Set(it.Key(), unsized(&m)))
			}
		case tagCounts:
			counts, err := decodeTally(value)
			check(t, err)
			old := binary.AppendVarint(nil, counts.keys)
			old = binary.AppendVarint(old, counts.expires)
			check(t, b.Set(it.Key(), binary.AppendVarint(old, counts.expirySum)))
		}
	}
	check(t, it.Close())
	check(t, b.Set(systemFormat, []byte{1}))
	_, err = store.Apply(b)
	check(t, err)
	ks, err = Open(store, Options{})
	check(t, err)
	if got := ks.Usage(); got != want || got.Data == 0 {
		t.Errorf("counted are %+v, were %+v", got, want)
	}
	mustMeasure(t, ks)
	stats, err := ks.NewRun().DBStats(3)
	check(t, err)
	if stats.Keys != 5 || stats.Expires != 1 {
		t.Errorf("database 3 has %+v", stats)
	}
}

// unsized encodes a collection's metadata as in version 1.
func unsized(m *Meta) []byte {
	b := binary.AppendUvarint([]byte{byte(m.Type)}, m.version)
	if m.ranked {
		b[0] |= metaRanked
	}
	b = binary.AppendUvarint(b, uint64(m.Size))
	if m.Type == TypeList {
		b = binary.AppendVarint(b, m.head)
	}
	return append(b, m.value...)
}
