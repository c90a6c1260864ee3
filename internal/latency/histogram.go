package latency

import (
	"iter"
	"math/bits"
	"sync/atomic"
	"time"
)

// A Histogram counts durations in buckets of eight per power of two, which keeps
// percentiles within 12 percent. One goroutine writes, any may read.
type Histogram struct {
	buckets [numBuckets]atomic.Uint64
}

const (
	subBits    = 3
	numBuckets = (40 - subBits + 1) << subBits // up to 2^40 ns, 18 minutes
)

func bucketOf(nanos uint64) int {
	exp := bits.Len64(nanos) - 1 - subBits
	if exp < 0 {
		return int(nanos)
	}
	b := (exp+1)<<subBits + int(nanos>>uint(exp))&(1<<subBits-1)
	return min(b, numBuckets-1)
}

// upper is the largest duration in bucket b.
func upper(b int) uint64 {
	if b < 1<<subBits {
		return uint64(b)
	}
	exp := b>>subBits - 1
	return (uint64(1<<subBits+b&(1<<subBits-1))+1)<<uint(exp) - 1
}

// Add counts a duration. It is for the one writer.
func (h *Histogram) Add(d time.Duration) {
	b := &h.buckets[bucketOf(uint64(max(d, 0)))]
	b.Store(b.Load() + 1)
}

// Snapshot is a histogram's counts at one time; several may be added up.
type Snapshot struct {
	Counts [numBuckets]uint64
	Total  uint64
}

// Merge adds what a histogram has counted so far.
func (s *Snapshot) Merge(h *Histogram) {
	for i := range h.buckets {
		n := h.buckets[i].Load()
		s.Counts[i] += n
		s.Total += n
	}
}

// Percentile is the duration in nanoseconds that p percent do not exceed.
func (s *Snapshot) Percentile(p float64) uint64 {
	want := uint64(p / 100 * float64(s.Total))
	want = max(want, 1)
	var seen uint64
	for i, n := range s.Counts {
		if seen += n; n > 0 && seen >= want {
			return upper(i)
		}
	}
	return 0
}

// Buckets are the buckets that have something in them: the largest duration in each, in
// nanoseconds, and how many.
func (s *Snapshot) Buckets() iter.Seq2[uint64, uint64] {
	return func(yield func(limit, count uint64) bool) {
		for i, n := range s.Counts {
			if n > 0 && !yield(upper(i), n) {
				return
			}
		}
	}
}

// CumulativeMicros counts durations up to each power of two microseconds, as
// LATENCY HISTOGRAM shows them: steps in which nothing was added are left out.
func (s *Snapshot) CumulativeMicros() (limits, counts []uint64) {
	var seen, shown uint64
	b := 0
	for micros := uint64(1); shown < s.Total; micros *= 2 {
		last := micros >= 1<<30
		for b < numBuckets && (last || upper(b) < micros*1000+1000) {
			seen += s.Counts[b]
			b++
		}
		if seen > shown {
			limits = append(limits, micros)
			counts = append(counts, seen)
			shown = seen
		}
		if last {
			break
		}
	}
	return limits, counts
}
