package actor

import (
	"time"

	"github.com/tochemey/goakt/v4/actor"
)

// keepEvery is how often the janitor looks at the partitions.
const keepEvery = time.Second

// emptyTicks is after how many of the janitor's ticks an empty partition that nobody
// uses is forgotten: there is nothing to keep ready. Dropped tables leave such.
const emptyTicks = 2

// keep is the janitor: it takes snapshots and passivates what nobody uses.
func (s *Store) keep() {
	defer s.janitor.Done()
	every := s.keepInterval()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	next := time.Now().Add(s.Interval)
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		idle := s.idlers(int64(s.IdleAfter / every))
		if s.Persistence == Snapshot && (time.Now().After(next) || s.anyDirty(idle)) {
			if err := s.Save(); err != nil {
				s.log.Error("a snapshot could not be saved; the last one stays", "err", err)
			}
			next = time.Now().Add(s.Interval)
		}
		for _, p := range idle {
			if err := s.passivate(p); err != nil {
				s.log.Error("an actor could not be passivated", "actor", p.name, "err", err)
			}
		}
	}
}

// keepInterval is keepEvery, or less where partitions are passivated sooner.
func (s *Store) keepInterval() time.Duration {
	return min(keepEvery, max(s.IdleAfter/4, time.Millisecond))
}

// idlers counts the ticks since each partition was used and returns those that
// nobody has used for so many.
func (s *Store) idlers(ticks int64) (idle []*partition) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range s.partitions.all {
		if p.used.Swap(false) {
			p.idle.Store(0)
			continue
		}
		n := p.idle.Add(1)
		switch {
		case n >= ticks && (p.activated.Load() != 0 || s.Persistence != None && p.view.tree.Load() != nil),
			n >= min(ticks, emptyTicks) && s.forgettable(p):
			idle = append(idle, p)
		}
	}
	return idle
}

func (s *Store) anyDirty(list []*partition) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range list {
		if p.dirty {
			return true
		}
	}
	return false
}

// passivate ends a partition's grain, after it let go of its data if this can be
// had back.
func (s *Store) passivate(p *partition) error {
	defer func() {
		if p.gone.Load() {
			s.system.dir.remove(p)
		}
	}()
	if p.activated.Load() == 0 {
		s.park(p)
		return nil
	}
	parked, err := s.system.ask(p, passivate{})
	if err != nil || parked != true {
		return err
	}
	_, err = s.system.ask(p, &actor.PoisonPill{})
	return err
}

// park drops a partition's data from memory if it can be loaded again, and the
// partition if there is none; it says whether nobody works on it.
func (s *Store) park(p *partition) bool {
	if p.gone.Load() {
		return true // the message came a second time
	}
	if p.used.Load() || !p.recall() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := p.view.tree.Load()
	switch {
	case s.closed || t == nil || s.unsaved(p):
		return true
	case s.forgettable(p):
		return s.forget(p)
	case s.Persistence == None || t.Len() == 0:
		return true
	}
	s.bytes -= t.Bytes()
	p.view = newView(p, nil, s.epoch)
	p.view.saved = p.saved
	s.root.Set(p.number, p.view)
	s.frozen = nil
	return true
}

// unsaved tells whether the last complete snapshot lacks something of a partition.
// The caller holds mu.
func (s *Store) unsaved(p *partition) bool {
	return s.Persistence == Snapshot && (p.dirty || p.saving)
}

// forgettable tells whether a partition is empty, also on disk. The caller holds mu.
func (s *Store) forgettable(p *partition) bool {
	t := p.view.tree.Load()
	return t != nil && t.Len() == 0 && !s.unsaved(p)
}

// forget takes an empty partition out of the store, unless somebody works under its
// lease, which nobody gets from then on. The caller holds mu.
func (s *Store) forget(p *partition) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.lease.Load(); w&pinned != 0 || !p.lease.CompareAndSwap(w, pinned) {
		return false
	}
	p.gone.Store(true)
	s.partitions.remove(p.number)
	s.root.Delete(p.number)
	s.frozen = nil
	return true
}

// Info is what a partition's grain tells of itself.
type Info struct {
	Name     string
	Kind     string
	Number   uint64
	Active   bool      // the grain is activated
	Since    time.Time // when it was, zero if it is not
	InMemory bool      // its data is, all of it
	Keys     int       // of what is in memory
	Bytes    int64
	Messages uint64
	Idle     time.Duration // since somebody used it, by the janitor's clock
	Unsaved  bool          // it holds what the last snapshot does not
}

// Infos lists the partitions, in no order.
func (s *Store) Infos() []Info {
	s.mu.RLock()
	defer s.mu.RUnlock()
	every := s.keepInterval()
	infos := make([]Info, 0, len(s.partitions.all))
	for _, p := range s.partitions.all {
		i := Info{
			Name: p.name, Kind: s.Kind, Number: p.number, Messages: p.messages.Load(),
			Idle: time.Duration(p.idle.Load()) * every, Unsaved: s.unsaved(p),
		}
		if at := p.activated.Load(); at != 0 {
			i.Active, i.Since = true, time.UnixMilli(at)
		}
		if t := p.view.tree.Load(); t != nil {
			i.InMemory, i.Keys, i.Bytes = true, t.Len(), t.Bytes()
		}
		infos = append(infos, i)
	}
	return infos
}

// SavedAt is when the last complete snapshot was taken, zero if there is none.
func (s *Store) SavedAt() time.Time {
	if ms := s.savedAt.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}
