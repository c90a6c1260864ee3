package telemetry

import (
	"strings"
	"testing"
	"time"
)

func TestPercentilesAndCumulativeCounts(t *testing.T) {
	tel := New(2)
	a, b := tel.NewShard(), tel.NewShard()
	for i := range 99 {
		shard := a
		if i%2 == 0 {
			shard = b
		}
		shard.Call(1, 10*time.Microsecond, i == 0, true)
	}
	a.Call(1, time.Millisecond, false, true)
	h := tel.Histogram(1)
	if p := h.Percentile(50); p < 10_000 || p > 11_300 {
		t.Errorf("p50 = %d", p)
	}
	if p := h.Percentile(100); p < 1_000_000 || p > 1_130_000 {
		t.Errorf("p100 = %d", p)
	}
	limits, counts := h.CumulativeMicros()
	if len(limits) != 2 || limits[0] != 16 || counts[0] != 99 || counts[1] != 100 {
		t.Errorf("got %v %v", limits, counts)
	}
	total := tel.Totals()
	if c := total.Commands[1]; c.Calls != 100 || c.Failed != 1 || total.Calls != 100 {
		t.Errorf("got %+v", c)
	}
	tel.Reset()
	if tel.Totals().Calls != 0 || tel.Histogram(1) != nil {
		t.Error("Reset left counts")
	}
}

func TestSlowlogKeepsTheNewestAndClips(t *testing.T) {
	var l Slowlog
	long := []byte(strings.Repeat("x", 200))
	many := make([][]byte, 40)
	for range 5 {
		l.Add(time.Unix(1, 0), time.Second, append([][]byte{[]byte("SET"), long}, many...), "addr", "name", 3)
	}
	got := l.Get(-1)
	if len(got) != 3 || got[0].ID != 4 || got[2].ID != 2 || l.Len() != 3 {
		t.Fatalf("got %d entries", len(got))
	}
	if args := got[0].Args; len(args) != 32 || args[31] != "... (11 more arguments)" || !strings.HasSuffix(args[1], "... (72 more bytes)") {
		t.Errorf("got %q", args)
	}
	l.Reset()
	if l.Len() != 0 {
		t.Error("Reset left entries")
	}
}

func TestLatencyKeepsTheWorstOfASecond(t *testing.T) {
	var l Latency
	l.Add("command", time.Unix(1, 0), 5*time.Millisecond)
	l.Add("command", time.Unix(1, 5), 3*time.Millisecond)
	l.Add("command", time.Unix(2, 0), 4*time.Millisecond)
	if h := l.History("command"); len(h) != 2 || h[0].Duration != 5*time.Millisecond {
		t.Errorf("got %v", h)
	}
	if e := l.Latest(); len(e) != 1 || e[0].Max != 5*time.Millisecond || e[0].Latest.Duration != 4*time.Millisecond {
		t.Errorf("got %v", e)
	}
	if l.Reset("other", "command") != 1 || len(l.Latest()) != 0 {
		t.Error("Reset")
	}
}

func TestAllLatencyAddsUpCommands(t *testing.T) {
	all := New(2)
	s := all.NewShard()
	s.Call(0, time.Microsecond, false, true)
	s.Call(1, time.Microsecond, false, true)
	s.Call(1, time.Millisecond, false, true)
	var counts []uint64
	last := uint64(0)
	for limit, n := range all.AllLatency().Buckets() {
		if limit <= last {
			t.Errorf("%d after %d", limit, last)
		}
		last = limit
		counts = append(counts, n)
	}
	if len(counts) != 2 || counts[0] != 2 || counts[1] != 1 || last < 1e6 || last > 1.13e6 {
		t.Errorf("counts %v up to %d", counts, last)
	}
}
