package server

import (
	"math"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// memory is maxmemory: the data, as the keyspace counts it, and what clients take
// are kept below a limit by evicting keys, or by refusing what would add to them.
type memory struct {
	limit, samples, tenacity *atomic.Int64
	policy                   atomic.Pointer[keyspace.Policy] // nil: noeviction
	frequency                keyspace.Frequency

	evicting   sync.Mutex  // held while a worker evicts
	continuing atomic.Bool // a worker goes on evicting between its rounds

	// What all sessions hold in requests, transactions and replies.
	input, queued, output atomic.Int64
	clientLimit           atomic.Int64 // maxmemory-clients in bytes, 0 for none

	heldMost int64 // most of these three together of late; housekeep's own

	startup int64 // bytes of live memory when the server began
	peak    atomic.Int64
}

// errOOM refuses a command that would add to the data.
const errOOM command.Error = "OOM command not allowed when used memory > 'maxmemory'."

// policies are the values of maxmemory-policy.
var policies = map[string]*keyspace.Policy{
	"noeviction":      nil,
	"allkeys-lru":     {By: keyspace.EvictIdle},
	"allkeys-lfu":     {By: keyspace.EvictRare},
	"allkeys-random":  {By: keyspace.EvictRandom},
	"volatile-lru":    {Volatile: true, By: keyspace.EvictIdle},
	"volatile-lfu":    {Volatile: true, By: keyspace.EvictRare},
	"volatile-random": {Volatile: true, By: keyspace.EvictRandom},
	"volatile-ttl":    {Volatile: true, By: keyspace.EvictTTL},
}

func (s *Server) bindMemory() {
	m, p := &s.memory, s.params
	m.limit = p.Number("maxmemory")
	m.samples = p.Number("maxmemory-samples")
	m.tenacity = p.Number("maxmemory-eviction-tenacity")
	m.frequency = keyspace.Frequency{LogFactor: p.Number("lfu-log-factor"), DecayMinutes: p.Number("lfu-decay-time")}
	m.startup = liveMemory()
	policy := func(text string) {
		policy := policies[text]
		m.policy.Store(policy)
		if policy != nil && policy.By == keyspace.EvictRare {
			s.keys.TrackFrequency(&m.frequency)
		} else {
			s.keys.TrackFrequency(nil)
		}
	}
	policy(p.Text("maxmemory-policy"))
	p.OnChange("maxmemory-policy", policy)
	clients := func(string) { m.clientLimit.Store(p.ShareOf("maxmemory-clients", m.limit.Load())) }
	clients("")
	p.OnChange("maxmemory-clients", clients)
	p.OnChange("maxmemory", func(string) {
		clients("")
		if len(s.loops) > 0 && m.limit.Load() > 0 {
			w := s.loops[0].sessions()
			w.post(w.evictMore)
		}
	})
	s.keys.OnEvicted(s.evicted)
}

// liveMemory is what Go's heap holds.
func liveMemory() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// evicted tells those who want to know that a key was evicted. It comes before the
// reply of the command that had to make room.
func (s *Server) evicted(db int, key []byte) {
	s.tel.Evicted.Add(1)
	s.tracking.changed(s, key, nil)
	if s.watches.active() {
		s.watches.touchKey(db, key)
	}
	if s.events.mask.Load() != 0 {
		s.notify('e', "evicted", db, key)
	}
}

// eviction is how an attempt to get below maxmemory ended.
type eviction uint8

const (
	enoughRoom eviction = iota
	evictionGoesOn
	noRoom
)

// excess is by how much the memory that counts exceeds the limit, the run's own
// writes included.
func (w *worker) excess(limit int64) int64 {
	m := &w.srv.memory
	return w.srv.keys.DataBytes() + w.run.PendingBytes() + m.input.Load() + m.queued.Load() + m.output.Load() - limit
}

// evict makes room, between commands, for as long as maxmemory-eviction-tenacity
// allows; a worker goes on after that. The evicted keys go with the round's batch.
func (w *worker) evict() eviction {
	m := &w.srv.memory
	limit := m.limit.Load()
	if limit == 0 || w.srv.ignoresMaxmemory() || w.excess(limit) <= 0 || w.srv.pause.active(w.now) {
		return enoughRoom
	}
	policy := m.policy.Load()
	if policy == nil {
		return noRoom
	}
	if !m.evicting.TryLock() {
		return evictionGoesOn // a worker is about it
	}
	defer m.evicting.Unlock()
	started, patience := time.Now(), evictionTime(m.tenacity.Load())
	enough := func() bool { return w.excess(limit) <= 0 }
	for retried := false; !enough(); {
		n, err := w.run.Evict(*policy, int(m.samples.Load()), evictBatch, enough)
		switch {
		case err == keyspace.ErrBusy: //nolint:errorlint // Lock does not wrap it
			return enoughRoom
		case err != nil:
			w.srv.log.Error("evicting keys", "err", err)
			return noRoom
		case n == 0 && !enough():
			if retried || !w.run.Wrote() {
				return noRoom
			}
			w.applyRound()
		}
		retried = n == 0
		if w.run.Size() >= applyBytes {
			w.applyRound()
		}
		if time.Since(started) > patience {
			if !m.continuing.Swap(true) {
				w.post(w.evictMore)
			}
			return evictionGoesOn
		}
	}
	return enoughRoom
}

// ignoresMaxmemory reports whether it is the primary that keeps the data small.
func (s *Server) ignoresMaxmemory() bool {
	return s.IsReplica() && s.params.Yes("replica-ignore-maxmemory")
}

// evictBatch is the number of keys after which the time is looked at.
const evictBatch = 16

// evictMore goes on with an eviction that took too long for one command.
func (w *worker) evictMore() {
	w.srv.memory.continuing.Store(false)
	w.evict()
}

// evictionTime is what a command may spend on evicting, as in evict.c.
func evictionTime(tenacity int64) time.Duration {
	switch {
	case tenacity <= 10:
		return time.Duration(tenacity) * 50 * time.Microsecond
	case tenacity < 100:
		return time.Duration(500 * math.Pow(1.15, float64(tenacity-10)) * float64(time.Microsecond))
	}
	return math.MaxInt64
}

// checkMemory makes room before a command if there is a limit, and refuses the
// command if there is none and it might add to the data. later says that the
// session must be given what the eviction told its client before this command's
// reply; the request is to be read again.
func (s *session) checkMemory(spec *command.Spec) (later bool, err error) {
	w := s.worker
	evicted := w.srv.tel.Evicted.Load()
	s.outOfMemory = w.evict() == noRoom
	if w.srv.tel.Evicted.Load() != evicted && w.srv.tracking.count.Load() > 0 {
		return true, nil
	}
	if !s.outOfMemory {
		return false, nil
	}
	switch {
	case spec.Has(command.DenyOOM):
		return false, errOOM
	case !s.multi.active:
	case s.multi.queues(spec), spec.Name == "multi", spec.Name == "watch":
		return false, errOOM // queueing takes memory without bound
	case spec.Name == "exec" && s.multi.denyOOM:
		return false, errOOM
	}
	return false, nil
}

// OutOfMemory is command.Nester's.
func (s *session) OutOfMemory() bool { return s.outOfMemory && s.worker.srv.memory.limit.Load() > 0 }

// setHeld notes what the session holds in one of the totals.
func setHeld(total, own *atomic.Int64, n int64) {
	if old := own.Swap(n); old != n {
		total.Add(n - old)
	}
}

// Memory is command.Server's.
func (s *Server) Memory() command.Memory {
	m, data := &s.memory, s.keys.Usage()
	clients := m.input.Load() + m.queued.Load() + m.output.Load()
	_, scripts := s.scripts.engine.Cached()
	u := command.Memory{
		Startup: m.startup, Data: data.Data, Garbage: data.Garbage,
		Pending: data.Pending, Collected: data.Collected,
		Clients: clients, Sessions: s.clients.count.Load() * sessionSize, Scripts: int64(scripts),
	}
	for peak := m.peak.Load(); u.Used() > peak && !m.peak.CompareAndSwap(peak, u.Used()); peak = m.peak.Load() {
	}
	u.Peak = m.peak.Load()
	return u
}
