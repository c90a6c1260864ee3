package frontstore

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

const (
	// moveBytes is the size of the batches in which a table goes to Pebble. Each is
	// large enough to be written out as it is, without a memtable.
	moveBytes = 8 << 20
	// hugeValue is the length from which on the copies of a value that nobody needs any
	// more are given back at once: the collector would let as much again pile up.
	hugeValue = 64 << 20
	// slowRate is the bytes a second that are taken while a hand-over is behind.
	slowRate = 32 << 20
	// slowMost is the most of one writer's bytes that he is slowed for: what bounds the
	// memory is that writers wait, and a large value would only wait for itself.
	slowMost = 1 << 20
	// stallPoll is how often a writer looks whether it may go on.
	stallPoll = 2 * time.Millisecond
	// retryDelay is the time after which a failed hand-over is tried again.
	retryDelay = time.Second
)

// work hands the table over whenever it is due.
func (s *Store) work() {
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		}
		for s.due() {
			s.handing.Lock()
			err := s.handOver()
			s.handing.Unlock()
			if err == nil {
				continue
			}
			s.options.Logger.Error("storage: handing writes over failed, will try again", "error", err)
			select {
			case <-s.stop:
				return
			case <-time.After(retryDelay):
			}
		}
	}
}

// due says whether there is something to hand over.
func (s *Store) due() bool {
	select {
	case <-s.stop:
		return false
	default:
	}
	return s.filled.Load() >= s.options.TableBytes || s.journal.bytes.Load() >= s.options.JournalBytes || s.handErr.Load() != nil
}

// kick wakes work.
func (s *Store) kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// handOver moves a table to Pebble: the frozen one if an earlier attempt left one,
// else the active one. The caller holds handing.
func (s *Store) handOver() (err error) {
	defer func() {
		if err != nil {
			s.handErr.Store(&err)
		} else {
			s.handErr.Store(nil)
		}
	}()
	if s.frozen == nil {
		if err := s.freeze(); err != nil || s.frozen == nil {
			return err
		}
	}
	// Pebble must not know of writes that the journal may lose: what is left of it
	// would be replayed over later ones.
	if err := s.journal.syncTo(s.frozenEnd); err != nil {
		return err
	}
	huge := s.frozen.largest >= hugeValue
	if huge {
		runtime.GC() // what the value was copied from; moving it takes as much again
	}
	if err := s.move(s.frozen); err != nil {
		return err
	}
	s.mu.Lock()
	s.frozen = nil
	s.mu.Unlock()
	if huge {
		debug.FreeOSMemory()
	}
	return s.journal.remove(s.frozenUpTo)
}

// handOverAll moves everything applied so far. The caller holds handing.
func (s *Store) handOverAll() error {
	if s.frozen != nil {
		if err := s.handOver(); err != nil {
			return err
		}
	}
	return s.handOver()
}

// freeze makes the active table the frozen one, and begins a new segment with the
// new active one.
func (s *Store) freeze() error {
	s.mu.RLock()
	empty := s.active.empty()
	s.mu.RUnlock()
	if empty {
		return nil
	}
	next, err := s.journal.create(s.journal.current() + 1)
	if err != nil {
		return err
	}
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.journal.begin(next); err != nil {
		_ = s.journal.abandon(next) // what is left of it is written over
		return err
	}
	s.frozenUpTo, s.frozenEnd = next.number-1, next.start
	s.mu.Lock()
	s.frozen, s.active = s.active, newTable(s.options.GroupBytes)
	s.mu.Unlock()
	s.filled.Store(0)
	return nil
}

// move writes a table that nobody changes into Pebble's tables.
func (s *Store) move(t *table) error {
	entries := make([]*entry, 0, len(t.entries))
	for _, e := range t.entries {
		if !t.gone(e) {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b *entry) int { return strings.Compare(a.key, b.key) })
	m := s.newMover()
	if err := t.deleted.Each(m.batch.DeleteRange); err != nil {
		return err
	}
	for _, e := range entries {
		if err := m.write(asBytes(e.key), e.value); err != nil {
			return err
		}
	}
	if err := m.end(); err != nil {
		return err
	}
	return s.inner.Flush()
}

// mover writes keys, in their order, into Pebble's tables.
type mover struct {
	store *Store
	batch storage.Batch
}

func (s *Store) newMover() *mover { return &mover{s, s.inner.NewBatch()} }

// write gives the key a value; nil deletes it.
func (m *mover) write(key, value []byte) error {
	var err error
	if len(value) >= moveBytes { // in a batch that need not grow, which would double it
		if err := m.store.moveBatch(m.batch); err != nil {
			return err
		}
		m.batch = m.store.inner.NewBatchOf(len(key) + len(value))
	}
	if value == nil {
		err = m.batch.Delete(key)
	} else {
		err = m.batch.Set(key, value)
	}
	if err == nil && m.batch.Size() >= moveBytes {
		err = m.store.moveBatch(m.batch)
		m.batch = m.store.inner.NewBatchOf(moveBytes + moveBytes/8) // the next is likely as large
	}
	return err
}

// end makes the last writes visible.
func (m *mover) end() error { return m.store.moveBatch(m.batch) }

// moveBatch applies b and closes it.
func (s *Store) moveBatch(b storage.Batch) error {
	if _, err := s.inner.Apply(b); err != nil {
		return err
	}
	return b.Close()
}

// pace slows a writer of n bytes down while hand-overs are behind.
func (s *Store) pace(n int) error {
	over := s.filled.Load() - s.options.TableBytes
	if over <= s.options.TableBytes/4 {
		return nil
	}
	s.kick()
	for s.filled.Load() > 3*s.options.TableBytes {
		if err := s.handErr.Load(); err != nil {
			return *err
		}
		time.Sleep(stallPoll)
	}
	time.Sleep(time.Duration(min(n, slowMost)) * time.Second / slowRate)
	return nil
}
