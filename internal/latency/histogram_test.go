package latency

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBucketsAreOrderedAndTight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, 1<<39).Draw(t, "nanos")
		b := bucketOf(n)
		if n > upper(b) || (b > 0 && n <= upper(b-1)) {
			t.Fatalf("%d is in bucket %d, which ends at %d", n, b, upper(b))
		}
		if u := upper(b); float64(u-n) > float64(n)/8+1 {
			t.Fatalf("%d is counted as up to %d", n, u)
		}
	})
	if bucketOf(math.MaxUint64) != numBuckets-1 {
		t.Error("a huge duration leaves the histogram")
	}
}

func TestSnapshotsAddUpHistograms(t *testing.T) {
	var a, b Histogram
	for range 99 {
		a.Add(10 * time.Microsecond)
	}
	b.Add(time.Millisecond)
	b.Add(-1) // a clock that went back
	var s Snapshot
	s.Merge(&a)
	s.Merge(&b)
	if s.Total != 101 {
		t.Errorf("%d were counted", s.Total)
	}
	for _, c := range []struct {
		percent       float64
		least, atMost uint64
	}{{50, 10_000, 11_300}, {98, 10_000, 11_300}, {100, 1_000_000, 1_130_000}} {
		if p := s.Percentile(c.percent); p < c.least || p > c.atMost {
			t.Errorf("p%g is %d", c.percent, p)
		}
	}
	if n := testing.AllocsPerRun(100, func() { a.Add(time.Second) }); n != 0 {
		t.Errorf("counting allocates %g times", n)
	}
}
