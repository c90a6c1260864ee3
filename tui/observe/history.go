package observe

import (
	"math"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
)

// measure is a line of the overview that has a course: a rate per second, a share, or
// what there was at the moment.
type measure int

const (
	redisOps measure = iota
	redisErrors
	redisP50
	redisP99
	redisP999
	redisClients
	redisIn
	redisOut
	redisHits
	redisExpired
	redisGarbage
	redisDebt
	redisSyncs
	sqlOps
	sqlCommits
	sqlRollbacks
	sqlErrors
	sqlP50
	sqlP99
	sqlP999
	sqlClients
	sqlIn
	sqlOut
	sqlHits
	sqlPlans
	sqlDebt
	sqlSyncs
	memory
	heap
	measures
)

// point is all measures at one moment; what was not measured is not a number.
type point [measures]float64

const (
	// sampleEvery is how often the server is asked.
	sampleEvery = time.Second
	// keepPoints bounds the history: ten minutes.
	keepPoints = 600
	// gapAfter is for how long nobody may have asked before the course has a gap.
	gapAfter = 5 * time.Second
)

// history is the last minutes.
type history struct {
	points []point
	last   admin.Status
	at     time.Time
}

// add takes what the server says at a moment.
func (h *history) add(s admin.Status, at time.Time) {
	var p point
	for i := range p {
		p[i] = math.NaN()
	}
	between := at.Sub(h.at).Seconds()
	again := !h.at.IsZero() && s.PID == h.last.PID && s.StartedAt.Equal(h.last.StartedAt)
	if len(h.points) > 0 && (!again || at.Sub(h.at) > gapAfter) {
		h.keep(p)
	}
	before := h.last
	if !again || between <= 0 {
		before, between = admin.Status{}, 1
	}
	p[memory], p[heap] = float64(s.MemoryBytes), float64(s.HeapBytes)
	if r := s.Redis; r != nil {
		p[redisClients], p[redisGarbage] = float64(r.Clients), float64(r.GarbageObjects)
		if b := before.Redis; b != nil {
			rate := func(m measure, was, is uint64) { p[m] = perSecond(was, is, between) }
			rate(redisOps, b.CommandsTotal, r.CommandsTotal)
			rate(redisErrors, b.ErrorsTotal, r.ErrorsTotal)
			rate(redisIn, b.BytesRead, r.BytesRead)
			rate(redisOut, b.BytesWritten, r.BytesWritten)
			rate(redisExpired, b.ExpiredTotal+b.ExpiredFields, r.ExpiredTotal+r.ExpiredFields)
			rate(redisSyncs, b.Storage.WALSyncs, r.Storage.WALSyncs)
			p[redisHits] = share(b.Storage.ReadCacheHits, r.Storage.ReadCacheHits, b.Storage.ReadCacheMisses, r.Storage.ReadCacheMisses)
			p.took(redisP50, b.Latency, r.Latency)
		}
		p[redisDebt] = float64(r.Storage.CompactionDebt)
	}
	if q := s.Postgres; q != nil {
		p[sqlClients] = float64(q.Connections)
		if b := before.Postgres; b != nil {
			rate := func(m measure, was, is uint64) { p[m] = perSecond(was, is, between) }
			rate(sqlOps, b.StatementsTotal, q.StatementsTotal)
			rate(sqlCommits, b.CommitsTotal, q.CommitsTotal)
			rate(sqlRollbacks, b.RollbacksTotal, q.RollbacksTotal)
			rate(sqlErrors, b.ErrorsTotal, q.ErrorsTotal)
			rate(sqlIn, b.BytesRead, q.BytesRead)
			rate(sqlOut, b.BytesWritten, q.BytesWritten)
			rate(sqlSyncs, b.Storage.WALSyncs, q.Storage.WALSyncs)
			p[sqlHits] = share(b.Storage.ReadCacheHits, q.Storage.ReadCacheHits, b.Storage.ReadCacheMisses, q.Storage.ReadCacheMisses)
			p.took(sqlP50, b.Latency, q.Latency)
			p[sqlPlans] = share(b.PlanHits, q.PlanHits, b.PlanMisses, q.PlanMisses)
		}
		p[sqlDebt] = float64(q.Storage.CompactionDebt)
	}
	h.keep(p)
	h.last, h.at = s, at
}

// took gives three measures their values: the percentiles of what was counted between
// two moments.
func (p *point) took(first measure, was, is []admin.Latency) {
	between := during(was, is)
	for i, part := range []float64{0.5, 0.99, 0.999} {
		p[first+measure(i)] = percentile(between, part)
	}
}

func (h *history) keep(p point) {
	if len(h.points) >= keepPoints {
		copy(h.points, h.points[1:])
		h.points = h.points[:keepPoints-1]
	}
	h.points = append(h.points, p)
}

// course is up to the last n values of a measure.
func (h *history) course(m measure, n int) []float64 {
	points := h.points[max(len(h.points)-max(n, 0), 0):]
	values := make([]float64, len(points))
	for i := range points {
		values[i] = points[i][m]
	}
	return values
}

// now is the last value of a measure.
func (h *history) now(m measure) float64 {
	if len(h.points) == 0 {
		return math.NaN()
	}
	return h.points[len(h.points)-1][m]
}

// perSecond is a counter's rate; one that went back was reset, and has none.
func perSecond(was, is uint64, seconds float64) float64 {
	if is < was {
		return math.NaN()
	}
	return float64(is-was) / seconds
}

// share is the part that hits have of what was asked for meanwhile.
func share(hitsWere, hits, missesWere, misses uint64) float64 {
	if hits < hitsWere || misses < missesWere {
		return math.NaN()
	}
	h, all := hits-hitsWere, hits-hitsWere+misses-missesWere
	if all == 0 {
		return math.NaN()
	}
	return float64(h) / float64(all)
}

// during is what a histogram counted between two moments, nil if it was reset.
func during(was, is []admin.Latency) (took []admin.Latency) {
	for _, l := range is {
		if len(was) > 0 && was[0].UpToNanos < l.UpToNanos {
			return nil // a bucket that is empty now was not
		}
		if len(was) > 0 && was[0].UpToNanos == l.UpToNanos {
			if was[0].Count > l.Count {
				return nil
			}
			l.Count -= was[0].Count
			was = was[1:]
		}
		if l.Count > 0 {
			took = append(took, l)
		}
	}
	if len(was) > 0 {
		return nil
	}
	return took
}

// percentile is the duration in nanoseconds that a part of a histogram does not exceed.
func percentile(took []admin.Latency, part float64) float64 {
	var all, seen uint64
	for _, l := range took {
		all += l.Count
	}
	want := max(uint64(math.Ceil(part*float64(all))), 1)
	for _, l := range took {
		if seen += l.Count; seen >= want {
			return float64(l.UpToNanos)
		}
	}
	return math.NaN()
}
