package keyspace

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// benchKeys is how many keys the benchmarks choose from.
const benchKeys = 100_000

func benchKeyspace(b *testing.B) (*Run, [][]byte) {
	b.Helper()
	store, err := frontstore.Open(frontstore.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	ks, err := Open(store, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	keys := make([][]byte, benchKeys)
	r := ks.NewRun()
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key:%012d", i)
		if err := r.SetString(0, keys[i], make([]byte, 64)); err != nil {
			b.Fatal(err)
		}
		if i%1000 == 999 {
			apply(b, r)
		}
	}
	return r, keys
}

// BenchmarkRun measures runs of one command and of sixteen, per command.
func BenchmarkRun(b *testing.B) {
	value := make([]byte, 64)
	commands := []struct {
		name string
		run  func(r *Run, key []byte) error
	}{
		{"Get", func(r *Run, key []byte) error {
			_, _, err := r.GetString(0, key)
			return err
		}},
		{"Set", func(r *Run, key []byte) error { return r.SetString(0, key, value) }},
		{"HashSet", func(r *Run, key []byte) error {
			h, err := r.Hash(1, []byte("hash"))
			if err != nil {
				return err
			}
			_, err = h.Set(key, value)
			return err
		}},
		{"ListPushPop", func(r *Run, _ []byte) error {
			l, err := r.List(1, []byte("list"))
			if err != nil {
				return err
			}
			if err := l.PushBack(value); err != nil {
				return err
			}
			if l.Len() < 100 {
				return nil
			}
			_, _, err = l.PopFront()
			return err
		}},
		{"SortedSetAdd", func(r *Run, key []byte) error {
			z, err := r.ZSet(1, []byte("zset"))
			if err != nil {
				return err
			}
			_, err = z.Add(key, rand.Float64())
			return err
		}},
		// The collections to pop from hold the keys, and are filled up again by halves.
		{"SetPop", func(r *Run, key []byte) error {
			s, err := r.Set(1, []byte("members"))
			if err != nil {
				return err
			}
			if s.Len() < benchKeys/2 {
				for i := range benchKeys {
					if _, err := s.Add(fmt.Appendf(nil, "member:%d", i)); err != nil {
						return err
					}
				}
			}
			_, err = s.Pop()
			return err
		}},
		{"SortedSetPopMin", func(r *Run, key []byte) error {
			z, err := r.ZSet(1, []byte("scores"))
			if err != nil {
				return err
			}
			if z.Len() < benchKeys/2 {
				for i := range benchKeys {
					if _, err := z.Add(fmt.Appendf(nil, "member:%d", i), rand.Float64()); err != nil {
						return err
					}
				}
			}
			var first []byte
			err = z.RangeByRank(0, 0, false, func(member []byte, _ float64) (bool, error) {
				first = append(first, member...)
				return true, nil
			})
			if err != nil {
				return err
			}
			_, err = z.Remove(first)
			return err
		}},
		{"ListRange100", func(r *Run, _ []byte) error {
			l, err := r.List(1, []byte("range"))
			if err != nil {
				return err
			}
			for l.Len() < 1000 {
				if err := l.PushBack(value); err != nil {
					return err
				}
			}
			n := 0
			return l.Range(0, 99, func(int64, []byte) (bool, error) {
				n++
				return true, nil
			})
		}},
	}
	for _, c := range commands {
		for _, length := range []int{1, 16} {
			b.Run(c.name+"/"+strconv.Itoa(length), func(b *testing.B) {
				r, keys := benchKeyspace(b)
				args := make([][]byte, 1)
				b.ReportAllocs()
				b.ResetTimer()
				for i := 0; i < b.N; i += length {
					for range length {
						args[0] = keys[rand.IntN(benchKeys)]
						if err := r.Lock(0, args, true); err != nil {
							b.Fatal(err)
						}
						if err := c.run(r, args[0]); err != nil {
							b.Fatal(err)
						}
					}
					apply(b, r)
				}
			})
		}
	}
}
