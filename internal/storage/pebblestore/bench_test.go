package pebblestore_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

const benchKeys = 100_000

func benchKey(i int) []byte { return fmt.Appendf(nil, "key:%012d", i) }

// benchStore has benchKeys values of 64 bytes, all in tables.
func benchStore(b *testing.B, o pebblestore.Options) *pebblestore.Store {
	b.Helper()
	o.Dir = filepath.Join(b.TempDir(), "store")
	o.MemTableSize = 32 << 20
	s := open(b, o)
	value := make([]byte, 64)
	batch := s.NewBatch()
	for i := range benchKeys {
		if err := batch.Set(benchKey(i), value); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.Apply(batch); err != nil {
		b.Fatal(err)
	}
	if err := batch.Close(); err != nil {
		b.Fatal(err)
	}
	if err := s.Compact(nil, nil); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func BenchmarkGet(b *testing.B) {
	for _, bm := range []struct {
		name    string
		cache   int64
		missing bool
	}{
		{"cached", 0, false}, {"cached absent", 0, true}, {"pebble", -1, false}, {"pebble absent", -1, true},
	} {
		b.Run(bm.name, func(b *testing.B) {
			s := benchStore(b, pebblestore.Options{Durability: storage.No, ReadCacheBytes: bm.cache})
			keys := make([][]byte, 10_000)
			for i := range keys {
				keys[i] = benchKey(rand.IntN(benchKeys))
				if bm.missing {
					keys[i] = append(keys[i], 'x')
				}
				if _, err := s.Get(keys[i]); err != nil && err != storage.ErrNotFound {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := s.Get(keys[i%len(keys)]); err != nil && err != storage.ErrNotFound {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSnapshot is a point statement's read: a snapshot, a get, and its end.
func BenchmarkSnapshot(b *testing.B) {
	s := benchStore(b, pebblestore.Options{Durability: storage.No})
	keys := make([][]byte, 10_000)
	for i := range keys {
		keys[i] = benchKey(rand.IntN(benchKeys))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		sn := s.NewSnapshot()
		if _, err := sn.Get(keys[i%len(keys)]); err != nil {
			b.Fatal(err)
		}
		if err := sn.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		for _, n := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", d, n), func(b *testing.B) {
				s := benchStore(b, pebblestore.Options{Durability: d})
				value := make([]byte, 64)
				keys := make([][]byte, 4096)
				for i := range keys {
					keys[i] = benchKey(rand.IntN(benchKeys))
				}
				batch := s.NewBatch()
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					for j := range n {
						if err := batch.Set(keys[(i*n+j)%len(keys)], value); err != nil {
							b.Fatal(err)
						}
					}
					p, err := s.Apply(batch)
					if err != nil {
						b.Fatal(err)
					}
					if err := p.Wait(); err != nil {
						b.Fatal(err)
					}
					batch.Reset()
				}
			})
		}
	}
}

// BenchmarkApplyParallel has many writers wait at once.
func BenchmarkApplyParallel(b *testing.B) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		b.Run(d.String(), func(b *testing.B) {
			s := benchStore(b, pebblestore.Options{Durability: d})
			value := make([]byte, 64)
			b.SetParallelism(25)
			b.RunParallel(func(pb *testing.PB) {
				batch := s.NewBatch()
				for pb.Next() {
					if err := batch.Set(benchKey(rand.IntN(benchKeys)), value); err != nil {
						b.Error(err)
					}
					p, err := s.Apply(batch)
					if err != nil {
						b.Error(err)
						return
					}
					if err := p.Wait(); err != nil {
						b.Error(err)
					}
					batch.Reset()
				}
			})
		})
	}
}

func BenchmarkIterate(b *testing.B) {
	s := benchStore(b, pebblestore.Options{Durability: storage.No})
	b.Run("open and seek", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			it, err := s.NewIter(storage.IterOptions{Lower: benchKey(i % benchKeys), Upper: benchKey(benchKeys)})
			if err != nil {
				b.Fatal(err)
			}
			it.First()
			if err := it.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("next", func(b *testing.B) {
		it, err := s.NewIter(storage.IterOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if !it.Next() {
				it.First()
			}
		}
		if err := it.Close(); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkOpenEmpty(b *testing.B) {
	base := b.TempDir()
	for i := 0; b.Loop(); i++ {
		s := open(b, pebblestore.Options{Dir: filepath.Join(base, fmt.Sprint(i)), MemTableSize: 32 << 20})
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
