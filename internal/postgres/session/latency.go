package session

import (
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/latency"
)

// stopwatch measures how long a client's statements take: a Query message, with all its
// statements, and an Execute message with the commit that its Sync brings. The time
// between messages, which is the client's, does not count. Only the session writes it.
type stopwatch struct {
	began   time.Time     // when the Execute began that runs, zero if none does
	spent   time.Duration // of the last one, which Sync may add to
	pending bool
	counted atomic.Pointer[latency.Histogram]
}

func (w *stopwatch) start(at time.Time) {
	w.rest()
	w.began = at
}

// executed is the end of an Execute message; of one that ran nothing, nothing is noted.
func (w *stopwatch) executed() {
	if !w.began.IsZero() {
		w.spent, w.pending = time.Since(w.began), true
		w.began = time.Time{}
	}
}

// committed adds what a commit at Sync took.
func (w *stopwatch) committed(d time.Duration) {
	if w.pending {
		w.spent += d
	}
}

// rest counts what is known to be over.
func (w *stopwatch) rest() {
	if w.pending {
		w.pending = false
		w.count(w.spent)
	}
}

func (w *stopwatch) count(d time.Duration) {
	h := w.counted.Load()
	if h == nil {
		h = new(latency.Histogram)
		w.counted.Store(h)
	}
	h.Add(d)
}

// retire keeps what a session that ends has counted. The manager's mutex is held.
func (m *Manager) retire(w *stopwatch) {
	if h := w.counted.Load(); h != nil {
		m.retired.Merge(h)
	}
}

// Latency is how long the statements of all sessions took, since the start.
func (m *Manager) Latency() latency.Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.retired
	for _, s := range m.sessions {
		if h := s.stopwatch.counted.Load(); h != nil {
			all.Merge(h)
		}
	}
	return all
}
