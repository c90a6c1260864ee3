package keyspace

import (
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// stripeCount is the number of key locks. A run of a few hundred keys seldom
// meets another one on the same stripe.
const stripeCount = 2048

// stripes are the key locks. Every command holds all in shared mode, so that
// one that needs the whole keyspace takes it exclusively. A key's stripe does
// not depend on its database: MOVE and COPY need no second lock, and a
// transaction may SELECT.
//
// Nobody waits for a lock while holding one, except in the one order: all,
// then stripes by number. So there are no deadlocks.
type stripes struct {
	all  sync.RWMutex
	keys [stripeCount]struct {
		sync.RWMutex
		_ [40]byte // a cache line each
	}
}

func stripeOf(key []byte) uint16 { return uint16(xxhash.Sum64(key) % stripeCount) }

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
	list  []uint16 // stripes whose mode is not unlocked
}

// tryStripe takes the stripe in at least the given mode if that needs no
// waiting. On failure the stripe is not held at all.
func (l *stripes) tryStripe(h *held, stripe uint16, mode lockMode) bool {
	have := h.modes[stripe]
	if have >= mode {
		return true
	}
	lock := &l.keys[stripe]
	if have == shared {
		// The commands that read under it are done: nothing depends on what
		// they saw, so it may be let go to be taken again.
		lock.RUnlock()
		if lock.TryLock() {
			h.modes[stripe] = exclusive
			return true
		}
		h.forget(stripe)
		return false
	}
	var ok bool
	if mode == exclusive {
		ok = lock.TryLock()
	} else {
		ok = lock.TryRLock()
	}
	if ok {
		h.modes[stripe] = mode
		h.list = append(h.list, stripe)
	}
	return ok
}

// wait takes the stripes in order. The caller holds at most l.all.
func (l *stripes) wait(h *held, want []uint16, mode lockMode) {
	slices.Sort(want)
	for _, stripe := range slices.Compact(want) {
		if mode == exclusive {
			l.keys[stripe].Lock()
		} else {
			l.keys[stripe].RLock()
		}
		h.modes[stripe] = mode
		h.list = append(h.list, stripe)
	}
}

func (h *held) forget(stripe uint16) {
	h.modes[stripe] = unlocked
	i := slices.Index(h.list, stripe)
	h.list[i] = h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
}

// release lets everything go.
func (l *stripes) release(h *held) {
	for _, stripe := range h.list {
		if h.modes[stripe] == exclusive {
			l.keys[stripe].Unlock()
		} else {
			l.keys[stripe].RUnlock()
		}
		h.modes[stripe] = unlocked
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
