package observe

import (
	"math"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
)

// said is a status with some counts.
func said(commands, hits, misses uint64, latency ...admin.Latency) admin.Status {
	return admin.Status{PID: 1, MemoryBytes: 7, Redis: &admin.Redis{
		CommandsTotal: commands, Latency: latency, Storage: admin.Store{ReadCacheHits: hits, ReadCacheMisses: misses},
	}}
}

func TestBothProtocolsHavePercentilesOfTheirOwn(t *testing.T) {
	both := func(redis, sql uint64) admin.Status {
		s := said(0, 0, 0, admin.Latency{UpToNanos: 10, Count: redis})
		s.Postgres = &admin.Postgres{Latency: []admin.Latency{{UpToNanos: 100, Count: 5}, {UpToNanos: 700, Count: sql}}}
		return s
	}
	var h history
	at := time.Unix(1000, 0)
	h.add(both(3, 3), at)
	h.add(both(4, 9), at.Add(time.Second))
	if redis, sql := h.now(redisP99), h.now(sqlP99); redis != 10 || sql != 700 {
		t.Errorf("%v for Redis, %v for SQL", redis, sql)
	}
	h.add(both(4, 9), at.Add(2*time.Second))
	if sql := h.now(sqlP50); !math.IsNaN(sql) {
		t.Errorf("without a statement: %v", sql)
	}
}

func TestHistoryMakesRatesOfCounts(t *testing.T) {
	var h history
	at := time.Unix(1000, 0)
	h.add(said(100, 5, 5, admin.Latency{UpToNanos: 10, Count: 4}), at)
	if !math.IsNaN(h.now(redisOps)) || h.now(memory) != 7 || !math.IsNaN(h.now(sqlOps)) {
		t.Errorf("at first: %v", h.points)
	}
	at = at.Add(2 * time.Second)
	h.add(said(300, 8, 6, admin.Latency{UpToNanos: 10, Count: 5}, admin.Latency{UpToNanos: 90, Count: 99}), at)
	if ops, hits := h.now(redisOps), h.now(redisHits); ops != 100 || hits != 0.75 {
		t.Errorf("%v a second, %v hits", ops, hits)
	}
	if p50, p99 := h.now(redisP50), h.now(redisP99); p50 != 90 || p99 != 90 {
		t.Errorf("percentiles %v and %v", p50, p99)
	}
	at = at.Add(time.Second)
	h.add(said(10, 8, 6), at) // CONFIG RESETSTAT
	if ops, hits, p50 := h.now(redisOps), h.now(redisHits), h.now(redisP50); !math.IsNaN(ops) || !math.IsNaN(hits) || !math.IsNaN(p50) {
		t.Errorf("after a reset: %v, %v, %v", ops, hits, p50)
	}
	n := len(h.points)
	at = at.Add(time.Minute)
	h.add(said(70, 8, 6), at)
	if len(h.points) != n+2 || !math.IsNaN(h.points[n][memory]) || h.now(redisOps) != 1 {
		t.Errorf("after a minute that nobody looked: %v", h.points[n:])
	}
	other := said(5000, 0, 0)
	other.PID = 2
	h.add(other, at.Add(time.Second))
	if !math.IsNaN(h.now(redisOps)) {
		t.Errorf("another server: %v", h.now(redisOps))
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var h history
	for i := range 2 * keepPoints {
		h.add(said(uint64(i), 0, 0), time.Unix(int64(i), 0))
	}
	if len(h.points) != keepPoints || cap(h.points) > 2*keepPoints || len(h.course(redisOps, 10)) != 10 {
		t.Errorf("%d points, room for %d", len(h.points), cap(h.points))
	}
}

func TestPercentile(t *testing.T) {
	took := []admin.Latency{{UpToNanos: 1, Count: 50}, {UpToNanos: 2, Count: 49}, {UpToNanos: 4, Count: 1}}
	for part, want := range map[float64]float64{0.5: 1, 0.51: 2, 0.99: 2, 0.999: 4} {
		if got := percentile(took, part); got != want {
			t.Errorf("%v: %v, want %v", part, got, want)
		}
	}
	if !math.IsNaN(percentile(nil, 0.5)) {
		t.Error("of nothing there is a percentile")
	}
}
