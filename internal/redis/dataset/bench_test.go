package dataset_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// benchKeys is the number of keys, or of members, of the benchmarks' files.
const benchKeys = 1_000_000

// benchFiles are files as redis-server may write them: keys and members in no order.
var benchFiles = []struct {
	name  string
	write func(w *rdb.Writer, order []int)
}{
	{"Strings", func(w *rdb.Writer, order []int) {
		w.SelectDB(0, int64(len(order)), 0)
		var value [64]byte
		for _, i := range order {
			for j := range value {
				value[j] = byte(' ' + rand.IntN(64))
			}
			w.Key(fmt.Appendf(nil, "key:%012d", i), 0)
			w.String(value[:])
		}
	}},
	{"Expiring", func(w *rdb.Writer, order []int) {
		w.SelectDB(0, int64(len(order)), int64(len(order)))
		for _, i := range order {
			w.Key(fmt.Appendf(nil, "key:%012d", i), 4e12+int64(rand.IntN(1e9)))
			w.String([]byte("session"))
		}
	}},
	{"Hash", func(w *rdb.Writer, order []int) {
		w.SelectDB(0, 1, 0)
		w.Key([]byte("hash"), 0)
		w.Begin(rdb.Hash, int64(len(order)))
		for _, i := range order {
			w.Item(fmt.Appendf(nil, "field:%012d", i))
			w.Item(fmt.Appendf(nil, "value of %d", i))
		}
		w.End()
	}},
	{"ZSet", func(w *rdb.Writer, order []int) {
		w.SelectDB(0, 1, 0)
		w.Key([]byte("zset"), 0)
		w.Begin(rdb.ZSet, int64(len(order)))
		for _, i := range order {
			w.Item(fmt.Appendf(nil, "member:%012d", i))
			w.Score(float64(i))
		}
		w.End()
	}},
	{"List", func(w *rdb.Writer, order []int) {
		w.SelectDB(0, 1, 0)
		w.Key([]byte("list"), 0)
		w.Begin(rdb.List, int64(len(order)))
		for _, i := range order {
			w.Item(fmt.Appendf(nil, "element:%012d", i))
		}
		w.End()
	}},
}

func benchKeyspace(b *testing.B) *keyspace.Keyspace {
	b.Helper()
	store, err := frontstore.Open(frontstore.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	ks, err := keyspace.Open(store, keyspace.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return ks
}

// loadInstead puts a file in the place of all data.
func loadInstead(b *testing.B, ks *keyspace.Keyspace, file []byte) {
	b.Helper()
	run := ks.NewRun()
	next, err := run.Replace()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := dataset.Load(bytes.NewReader(file), next.Run(), dataset.LoadOptions{}); err != nil {
		b.Fatal(err)
	}
	if err := next.Commit(); err != nil {
		b.Fatal(err)
	}
	p, err := run.Apply()
	if err == nil && p != nil {
		err = p.Wait()
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLoad loads a file of a million keys, or members of one key.
func BenchmarkLoad(b *testing.B) { benchFile(b, loadInstead) }

// BenchmarkSave saves what BenchmarkLoad loads.
func BenchmarkSave(b *testing.B) {
	benchFile(b, func(b *testing.B, ks *keyspace.Keyspace, file []byte) {
		b.Helper()
		b.StopTimer()
		loadInstead(b, ks, file)
		b.StartTimer()
		snap, err := ks.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := dataset.Save(io.Discard, snap, dataset.SaveOptions{Limits: rdb.DefaultLimits}); err != nil {
			b.Fatal(err)
		}
		if err := snap.Close(); err != nil {
			b.Fatal(err)
		}
	})
}

func benchFile(b *testing.B, run func(*testing.B, *keyspace.Keyspace, []byte)) {
	order := rand.Perm(benchKeys)
	for _, f := range benchFiles {
		b.Run(f.name, func(b *testing.B) {
			var file bytes.Buffer
			w := rdb.NewWriter(&file, rdb.DefaultLimits)
			f.write(w, order)
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				ks := benchKeyspace(b)
				b.StartTimer()
				run(b, ks, file.Bytes())
			}
			b.ReportMetric(float64(benchKeys*b.N)/b.Elapsed().Seconds(), "keys/s")
		})
	}
}
