package keyspace

import (
	"fmt"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// BenchmarkExpireDue removes a million keys that are due at once, per key.
func BenchmarkExpireDue(b *testing.B) {
	const keys = 1_000_000
	for b.Loop() {
		b.StopTimer()
		store, err := frontstore.Open(frontstore.Options{Dir: b.TempDir()})
		check(b, err)
		now := time.UnixMilli(1_700_000_000_000)
		ks, err := Open(store, Options{Clock: func() time.Time { return now }})
		check(b, err)
		r := ks.NewRun()
		next, err := r.Replace()
		check(b, err)
		for i := range keys {
			k, err := next.Run().Peek(0, fmt.Appendf(nil, "session:%012d", i*7919%keys))
			check(b, err)
			check(b, k.SetString([]byte("some value of a session, as long as one may be"), now.UnixMilli()+1000+int64(i%200)))
			if next.Run().Full() {
				check(b, next.Run().Spill())
			}
		}
		check(b, next.Commit())
		apply(b, r)
		now = now.Add(2 * time.Second)
		b.StartTimer()
		for more := true; more; {
			more, err = ks.ExpireDue(expireStep)
			check(b, err)
		}
		b.StopTimer()
		if n := ks.Stats().Expired; n != keys {
			b.Fatalf("%d of %d expired", n, keys)
		}
		check(b, store.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(keys)*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
}
