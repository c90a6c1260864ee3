package keyspace

import (
	"errors"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// stripeCount is the number of key locks. A run of a few hundred keys seldom
// meets another one on the same stripe.
const stripeCount = 2048

// locks are the key locks. Every command holds all in shared mode, so that one
// that needs the whole keyspace takes it exclusively. The lock of a key is its
// stripe's, or the lease of its partition where partitions have owners. It does
// not depend on the key's database: MOVE and COPY need no second lock, and a
// transaction may SELECT.
//
// Nobody waits for a lock while holding one, except in the one order: all, then
// the keys' by number. So there are no deadlocks.
type locks struct {
	all    sync.RWMutex
	count  uint64 // of key locks, a power of two
	keys   *stripes
	leases Leases // nil: stripes
}

func newLocks(leases Leases) locks {
	if leases != nil {
		return locks{leases: leases, count: uint64(leases.Partitions())}
	}
	return locks{keys: new(stripes), count: stripeCount}
}

func (l *locks) of(key []byte) uint16 {
	if l.leases != nil {
		return uint16(placeOf(key) & (l.count - 1))
	}
	return uint16(xxhash.Sum64(key) % stripeCount)
}

// keyLocks are the key locks as one run takes them.
type keyLocks interface {
	// try takes a lock if nobody stands in the way.
	try(number uint16, mode lockMode) (bool, error)
	wait(number uint16, mode lockMode) error
	release(number uint16, mode lockMode) error
}

// stripes are locks of a hash of the keys.
type stripes [stripeCount]struct {
	sync.RWMutex
	_ [40]byte // a cache line each
}

func (s *stripes) try(number uint16, mode lockMode) (bool, error) {
	if mode == exclusive {
		return s[number].TryLock(), nil
	}
	return s[number].TryRLock(), nil
}

func (s *stripes) wait(number uint16, mode lockMode) error {
	if mode == exclusive {
		s[number].Lock()
	} else {
		s[number].RLock()
	}
	return nil
}

func (s *stripes) release(number uint16, mode lockMode) error {
	if mode == exclusive {
		s[number].Unlock()
	} else {
		s[number].RUnlock()
	}
	return nil
}

// leased are the leases of partitions. There is one mode: a partition has one
// owner, who lends it to one run at a time.
type leased struct{ holder LeaseHolder }

func (l leased) try(number uint16, _ lockMode) (bool, error) { return l.holder.Try(uint64(number)) }

func (l leased) wait(number uint16, _ lockMode) error { return l.holder.Acquire(uint64(number)) }

func (l leased) release(number uint16, _ lockMode) error { return l.holder.Release(uint64(number)) }

type lockMode uint8

const (
	unlocked lockMode = iota
	shared
	exclusive
)

// held is what a run holds of the key locks.
type held struct {
	keys  keyLocks
	all   lockMode
	modes [stripeCount]lockMode
	list  []uint16 // locks whose mode is not unlocked
}

func (l *locks) newHeld() held {
	if l.leases != nil {
		return held{keys: leased{l.leases.NewHolder()}}
	}
	return held{keys: l.keys}
}

// try takes a lock in at least the given mode if that needs no waiting. On
// failure it is not held at all.
func (l *locks) try(h *held, number uint16, mode lockMode) (bool, error) {
	if l.leases != nil {
		mode = exclusive
	}
	have := h.modes[number]
	if have >= mode {
		return true, nil
	}
	if have == shared {
		// The commands that read under it are done: nothing depends on what
		// they saw, so it may be let go to be taken again.
		h.forget(number)
		if err := h.keys.release(number, shared); err != nil {
			return false, err
		}
	}
	ok, err := h.keys.try(number, mode)
	if ok {
		h.modes[number] = mode
		h.list = append(h.list, number)
	}
	return ok, err
}

// wait takes the locks in order. The caller holds at most l.all.
func (l *locks) wait(h *held, want []uint16, mode lockMode) error {
	if l.leases != nil {
		mode = exclusive
	}
	slices.Sort(want)
	for _, number := range slices.Compact(want) {
		if err := h.keys.wait(number, mode); err != nil {
			return err
		}
		h.modes[number] = mode
		h.list = append(h.list, number)
	}
	return nil
}

func (h *held) forget(number uint16) {
	h.modes[number] = unlocked
	i := slices.Index(h.list, number)
	h.list[i] = h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
}

// release lets everything go.
func (l *locks) release(h *held) error {
	var errs []error
	for _, number := range h.list {
		if err := h.keys.release(number, h.modes[number]); err != nil {
			errs = append(errs, err)
		}
		h.modes[number] = unlocked
	}
	h.list = h.list[:0]
	switch h.all {
	case shared:
		l.all.RUnlock()
	case exclusive:
		l.all.Unlock()
	}
	h.all = unlocked
	return errors.Join(errs...)
}
