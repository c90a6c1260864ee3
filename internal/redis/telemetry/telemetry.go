package telemetry

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/latency"
)

// Telemetry is the record of one server.
type Telemetry struct {
	Slowlog Slowlog
	Latency Latency

	commands int
	mu       sync.Mutex
	shards   []*Shard
	// baseline is what the counters were at CONFIG RESETSTAT.
	baseline atomic.Pointer[Totals]
	errors   errorCounts
	// peaks and rates that no shard owns
	Rejected atomic.Uint64 // connections refused over maxclients
	Accepted atomic.Uint64 // connections taken
	// Denied counts what access rules denied, by acl.Denial.
	Denied [5]atomic.Uint64
	// Clients closed over their buffer limits.
	QueryLimited, OutputLimited atomic.Uint64
	Evicted                     atomic.Uint64 // keys, because of maxmemory
	EvictedClients              atomic.Uint64 // because of maxmemory-clients
}

// New makes a record for the given number of commands, whose indexes are below it.
func New(commands int) *Telemetry {
	t := &Telemetry{commands: commands}
	t.errors.counts = make(map[string]*atomic.Uint64)
	return t
}

// Shard is the counters of one event loop: only it writes them.
type Shard struct {
	commands []counters
	// InputBytes and OutputBytes are network traffic.
	InputBytes, OutputBytes Counter
	Unknown                 Counter // commands that do not exist
}

// Counter has one writer and any number of readers.
type Counter struct{ n atomic.Uint64 }

// Add is for the one writer.
func (c *Counter) Add(n uint64) { c.n.Store(c.n.Load() + n) }

// Load is for readers.
func (c *Counter) Load() uint64 { return c.n.Load() }

type counters struct {
	calls, nanos, rejected, failed Counter
	latency                        atomic.Pointer[latency.Histogram]
}

// NewShard adds the counters of another event loop.
func (t *Telemetry) NewShard() *Shard {
	s := &Shard{commands: make([]counters, t.commands)}
	t.mu.Lock()
	t.shards = append(t.shards, s)
	t.mu.Unlock()
	return s
}

// Call counts a command that ran for d; failed says that its reply is an error.
func (s *Shard) Call(command int, d time.Duration, failed, histogram bool) {
	c := &s.commands[command]
	c.calls.Add(1)
	c.nanos.Add(uint64(d))
	if failed {
		c.failed.Add(1)
	}
	if !histogram {
		return
	}
	h := c.latency.Load()
	if h == nil {
		h = new(latency.Histogram)
		c.latency.Store(h)
	}
	h.Add(d)
}

// Reject counts a command that was refused before it ran.
func (s *Shard) Reject(command int) { s.commands[command].rejected.Add(1) }

// CommandTotals are the counters of one command.
type CommandTotals struct{ Calls, Nanos, Rejected, Failed uint64 }

// Totals are the counters of all shards.
type Totals struct {
	Commands                []CommandTotals
	Calls                   uint64
	Failed                  uint64
	InputBytes, OutputBytes uint64
	Unknown                 uint64
	Accepted, Rejected      uint64
	QueryLimited            uint64
	OutputLimited           uint64
	Denied                  [5]uint64 // by acl.Denial
	Evicted, EvictedClients uint64
}

// Totals adds up the counters since the start or the last Reset.
func (t *Telemetry) Totals() Totals {
	now := t.sum()
	if base := t.baseline.Load(); base != nil {
		now.sub(base)
	}
	return now
}

func (t *Telemetry) sum() Totals {
	total := Totals{Commands: make([]CommandTotals, t.commands)}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.shards {
		total.InputBytes += s.InputBytes.Load()
		total.OutputBytes += s.OutputBytes.Load()
		total.Unknown += s.Unknown.Load()
		for i := range s.commands {
			from, to := &s.commands[i], &total.Commands[i]
			calls, failed := from.calls.Load(), from.failed.Load()
			to.Calls += calls
			to.Nanos += from.nanos.Load()
			to.Rejected += from.rejected.Load()
			to.Failed += failed
			total.Calls += calls
			total.Failed += failed
		}
	}
	total.Accepted = t.Accepted.Load()
	total.Rejected = t.Rejected.Load()
	total.QueryLimited = t.QueryLimited.Load()
	total.OutputLimited = t.OutputLimited.Load()
	for i := range t.Denied {
		total.Denied[i] = t.Denied[i].Load()
	}
	total.Evicted = t.Evicted.Load()
	total.EvictedClients = t.EvictedClients.Load()
	return total
}

func (t *Totals) sub(base *Totals) {
	for i := range t.Commands {
		a, b := &t.Commands[i], base.Commands[i]
		a.Calls -= b.Calls
		a.Nanos -= b.Nanos
		a.Rejected -= b.Rejected
		a.Failed -= b.Failed
	}
	t.Calls -= base.Calls
	t.Failed -= base.Failed
	t.InputBytes -= base.InputBytes
	t.OutputBytes -= base.OutputBytes
	t.Unknown -= base.Unknown
	t.Accepted -= base.Accepted
	t.Rejected -= base.Rejected
	t.QueryLimited -= base.QueryLimited
	t.OutputLimited -= base.OutputLimited
	for i := range t.Denied {
		t.Denied[i] -= base.Denied[i]
	}
	t.Evicted -= base.Evicted
	t.EvictedClients -= base.EvictedClients
}

// Reset starts the counters and histograms afresh (CONFIG RESETSTAT).
func (t *Telemetry) Reset() {
	base := t.sum()
	t.baseline.Store(&base)
	t.ResetHistograms(nil)
	t.errors.reset()
}

// Histogram is a command's latency, nil if it never ran.
func (t *Telemetry) Histogram(command int) *latency.Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	var s *latency.Snapshot
	for _, shard := range t.shards {
		if h := shard.commands[command].latency.Load(); h != nil {
			if s == nil {
				s = new(latency.Snapshot)
			}
			s.Merge(h)
		}
	}
	if s == nil || s.Total == 0 {
		return nil
	}
	return s
}

// AllLatency is the latency of all commands together.
func (t *Telemetry) AllLatency() *latency.Snapshot {
	s := new(latency.Snapshot)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, shard := range t.shards {
		for i := range shard.commands {
			if h := shard.commands[i].latency.Load(); h != nil {
				s.Merge(h)
			}
		}
	}
	return s
}

// ResetHistograms forgets the latency of the given commands, or of all.
func (t *Telemetry) ResetHistograms(commands []int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.shards {
		if commands == nil {
			for i := range s.commands {
				s.commands[i].latency.Store(nil)
			}
		}
		for _, i := range commands {
			s.commands[i].latency.Store(nil)
		}
	}
}
