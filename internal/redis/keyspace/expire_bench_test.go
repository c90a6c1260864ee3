//go:build unix

package keyspace

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// BenchmarkExpireDue removes a million keys whose time came, and reports the
// processor time for all of them, with what goes on in the background meanwhile.
func BenchmarkExpireDue(b *testing.B) {
	for _, c := range []struct {
		name   string
		actors bool
		keys   int // in the keyspace, of which every so many are due
		every  int
	}{
		{"store", false, 1_000_000, 1},
		{"store, one in five", false, 5_000_000, 5},
		{"actors", true, 1_000_000, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				var store storage.Store
				var err error
				if c.actors {
					system, err := actor.Start(context.Background())
					check(b, err)
					store = (&house{system}).open(b)
					b.Cleanup(func() { check(b, system.Stop(context.Background())) })
				} else {
					store, err = frontstore.Open(frontstore.Options{Dir: b.TempDir()})
					check(b, err)
				}
				now := time.UnixMilli(1_700_000_000_000)
				ks, err := Open(store, Options{Clock: func() time.Time { return now }})
				check(b, err)
				fillDue(b, ks, c.keys, c.every)
				check(b, store.Compact(nil, nil))
				now = now.Add(2 * time.Second)
				before := processorTime(b)
				b.StartTimer()
				for more := true; more; {
					more, err = ks.ExpireDue(expireStep)
					check(b, err)
				}
				b.StopTimer()
				b.ReportMetric((processorTime(b) - before).Seconds(), "cpu-s")
				if n := ks.Stats().Expired; n != uint64(c.keys/c.every) {
					b.Fatalf("%d of %d expired", n, c.keys/c.every)
				}
				check(b, store.Compact(nil, nil))
				b.ReportMetric((processorTime(b) - before).Seconds(), "cpu-s-compacted")
				check(b, store.Close())
				b.StartTimer()
			}
			b.ReportMetric(float64(c.keys/c.every)*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
		})
	}
}

// fillDue makes keys of which every so many have a TTL of a second or little more.
func fillDue(b *testing.B, ks *Keyspace, keys, every int) {
	r := ks.NewRun()
	next, err := r.Replace()
	check(b, err)
	value := []byte("some value of a session, as long as one may be")
	for i := range keys {
		k, err := next.Run().Peek(0, fmt.Appendf(nil, "session:%012d", i*7919%keys))
		check(b, err)
		expire := int64(0)
		if i%every == 0 {
			expire = r.Now() + 1000 + int64(i%200)
		}
		check(b, k.SetString(value, expire))
		if next.Run().Full() {
			check(b, next.Run().Spill())
		}
	}
	check(b, next.Commit())
	apply(b, r)
}

// processorTime is what the process has used so far.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
