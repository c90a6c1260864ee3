package keyspace

import (
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// stripeCount is the number of key locks. A run of a few hundred keys seldom
// meets another one on the same stripe.
const stripeCount = 2048

// locks are the key locks. Every command holds all in shared mode, so that one
// that needs the whole keyspace takes it exclusively. The lock of a key is its
// stripe's. It does not depend on the key's database: MOVE and COPY need no second
// lock, and a transaction may SELECT.
//
// Nobody waits for a lock while holding one, except in the one order: all, then
// the keys' by number. So there are no deadlocks.
type locks struct {
	all  sync.RWMutex
	keys stripes
}

func (l *locks) of(key []byte) uint16 { return uint16(xxhash.Sum64(key) % stripeCount) }

// stripes are locks of a hash of the keys.
type stripes [stripeCount]struct {
	sync.RWMutex
	_ [40]byte // a cache line each
}

func (s *stripes) try(number uint16, mode lockMode) bool {
	if mode == exclusive {
		return s[number].TryLock()
	}
	return s[number].TryRLock()
}

func (s *stripes) wait(number uint16, mode lockMode) {
	if mode == exclusive {
		s[number].Lock()
	} else {
		s[number].RLock()
	}
}

func (s *stripes) release(number uint16, mode lockMode) {
	if mode == exclusive {
		s[number].Unlock()
	} else {
		s[number].RUnlock()
	}
}

type lockMode uint8

const (
	unlocked lockMode = iota
	shared
	exclusive
)

// held is what a run holds of the key locks.
type held struct {
	all   lockMode
	modes [stripeCount]lockMode
	list  []uint16 // locks whose mode is not unlocked
}

// try takes a lock in at least the given mode if that needs no waiting. On
// failure it is not held at all.
func (l *locks) try(h *held, number uint16, mode lockMode) bool {
	have := h.modes[number]
	if have >= mode {
		return true
	}
	if have == shared {
		// The commands that read under it are done: nothing depends on what
		// they saw, so it may be let go to be taken again.
		h.forget(number)
		l.keys.release(number, shared)
	}
	if !l.keys.try(number, mode) {
		return false
	}
	h.modes[number] = mode
	h.list = append(h.list, number)
	return true
}

// wait takes the locks in order. The caller holds at most l.all.
func (l *locks) wait(h *held, want []uint16, mode lockMode) {
	slices.Sort(want)
	for _, number := range slices.Compact(want) {
		l.keys.wait(number, mode)
		h.modes[number] = mode
		h.list = append(h.list, number)
	}
}

func (h *held) forget(number uint16) {
	h.modes[number] = unlocked
	i := slices.Index(h.list, number)
	h.list[i] = h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
}

// release lets everything go.
func (l *locks) release(h *held) {
	for _, number := range h.list {
		l.keys.release(number, h.modes[number])
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
}
