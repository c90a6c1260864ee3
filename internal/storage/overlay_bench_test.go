package storage_test

import (
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// nullBatch counts what an overlay hands over.
type nullBatch struct {
	storage.Batch
	n int
}

func (b *nullBatch) Set(_, _ []byte) error { b.n++; return nil }

// BenchmarkOverlayRun is a pipelined run of SETs: each asks for its key, writes
// it, and the run goes to a batch.
func BenchmarkOverlayRun(b *testing.B) {
	for _, n := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			o := storage.NewOverlay(memstore.New())
			value := make([]byte, 64)
			keys := make([][]byte, n)
			for i := range keys {
				keys[i] = fmt.Appendf(nil, "key:%012d", (i*7919)%1000)
			}
			batch := &nullBatch{}
			b.ReportAllocs()
			for b.Loop() {
				for _, k := range keys {
					if _, err := o.Get(k); err != storage.ErrNotFound {
						b.Fatal(err)
					}
					if err := o.Set(k, value); err != nil {
						b.Fatal(err)
					}
				}
				if err := o.WriteTo(batch); err != nil {
					b.Fatal(err)
				}
				o.Reset()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/set")
		})
	}
}
