package keyspace

import (
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// largeElements is the size of the collections that BenchmarkLarge works on.
const largeElements = 100_000

// BenchmarkLarge measures what reads, copies or removes much of a large collection, its
// batch included.
func BenchmarkLarge(b *testing.B) {
	list := func(r *Run) error {
		l, err := r.List(0, []byte("k"))
		for i := 0; i < largeElements && err == nil; i++ {
			err = l.PushBack(fmt.Appendf(nil, "element-%d", i))
		}
		return err
	}
	stream := func(r *Run) error {
		s, err := r.Stream(0, []byte("k"))
		for i := 0; i < largeElements && err == nil; i++ {
			err = s.Append(StreamID{uint64(i + 1), 1}, [][]byte{[]byte("f"), []byte("value")}, NodeLimits{Entries: 100, Bytes: 4096})
		}
		return err
	}
	zset := func(r *Run) error {
		z, err := r.ZSet(0, []byte("k"))
		for i := 0; i < largeElements && err == nil; i++ {
			_, err = z.Add(fmt.Appendf(nil, "m%d", i), float64(i))
		}
		return err
	}
	set := func(r *Run) error {
		s, err := r.Set(0, []byte("k"))
		for i := 0; i < largeElements && err == nil; i++ {
			_, err = s.Add(fmt.Appendf(nil, "m%d", i))
		}
		return err
	}
	copyTo := func(r *Run) error {
		k, err := r.Key(0, []byte("k"))
		if err != nil {
			return err
		}
		return k.CopyTo(0, []byte("copy"))
	}
	for _, bench := range []struct {
		name       string
		fill, work func(r *Run) error
	}{
		{"ListTrim", list, func(r *Run) error {
			l, err := r.List(0, []byte("k"))
			if err != nil {
				return err
			}
			return l.Trim(0, largeElements/2)
		}},
		{"ListInsert", list, func(r *Run) error {
			l, err := r.List(0, []byte("k"))
			if err != nil {
				return err
			}
			return l.Insert(largeElements/2, []byte("v"))
		}},
		{"StreamTrim", stream, func(r *Run) error {
			s, err := r.Stream(0, []byte("k"))
			if err != nil {
				return err
			}
			_, err = s.Trim(Trim{MaxLen: largeElements / 2})
			return err
		}},
		{"ListCopy", list, copyTo},
		{"StreamCopy", stream, copyTo},
		{"SetCopy", set, copyTo},
		{"SortedSetCopy", zset, copyTo},
	} {
		b.Run(bench.name, func(b *testing.B) {
			store, err := frontstore.Open(frontstore.Options{Dir: b.TempDir()})
			check(b, err)
			ks, err := Open(store, Options{})
			check(b, err)
			defer func() { check(b, store.Close()) }()
			r := ks.NewRun()
			for b.Loop() {
				b.StopTimer()
				check(b, r.LockAll())
				check(b, bench.fill(r))
				apply(b, r)
				b.StartTimer()
				check(b, r.LockAll())
				check(b, bench.work(r))
				apply(b, r)
				b.StopTimer()
				check(b, r.LockAll())
				for _, key := range []string{"k", "copy"} {
					_, err := r.Delete(0, []byte(key))
					check(b, err)
				}
				apply(b, r)
				for more := true; more; {
					more, err = ks.Collect(1000)
					check(b, err)
				}
				b.StartTimer()
			}
		})
	}
}
