package server

import (
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/redis/telemetry"
)

// rates keeps samples of the counters for instantaneous_ops_per_sec and its kin.
type rates struct {
	mu      sync.Mutex
	samples [16]rateSample // 1.6 seconds, as redis-server
	next    int
	last    rateTotals
	at      time.Time
}

// rateSample is per second.
type rateSample struct{ ops, in, out float64 }

type rateTotals struct{ calls, in, out uint64 }

// sample records what happened since the last sample. Counters that went back
// were reset.
func (r *rates) sample(now time.Time, t telemetry.Totals) {
	r.mu.Lock()
	defer r.mu.Unlock()
	total := rateTotals{t.Calls, t.InputBytes, t.OutputBytes}
	if seconds := now.Sub(r.at).Seconds(); !r.at.IsZero() && seconds > 0 && total.calls >= r.last.calls {
		r.samples[r.next%len(r.samples)] = rateSample{
			ops: float64(total.calls-r.last.calls) / seconds,
			in:  float64(total.in-r.last.in) / seconds,
			out: float64(total.out-r.last.out) / seconds,
		}
		r.next++
	}
	r.last, r.at = total, now
}

// mean is commands and kilobytes per second over the samples.
func (r *rates) mean() (ops int64, in, out float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var sum rateSample
	for _, s := range r.samples {
		sum.ops += s.ops
		sum.in += s.in
		sum.out += s.out
	}
	n := float64(len(r.samples))
	return int64(sum.ops / n), sum.in / n / 1024, sum.out / n / 1024
}
