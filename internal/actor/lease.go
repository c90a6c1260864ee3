package actor

import (
	"slices"
	"sync/atomic"
)

// A lease is the right to write to a partition. The grain gives it to one holder
// at a time; a holder that is done keeps it until somebody else comes, so that work
// on the same partitions over and over sends no messages.
//
// The state of a lease is one word: the holder's number, whether it works under
// the lease just now (pinned) and whether others wait (wanted). Nobody waits for a
// lease that is not pinned, so whoever comes may take it; that, and unpinning one
// that nobody wants, is a compare-and-swap. A grain that is passivated is woken by
// asking it, and who must wait asks too: it gives the lease in the order of asking.
const (
	pinned  = 1 << 0
	wanted  = 1 << 1
	idShift = 2
)

// Holder is who may have leases: a commit. It is used by one goroutine at a time.
type Holder struct {
	store *Store
	id    uint64
	// granted gets a token when a lease that was waited for is given.
	granted chan struct{}
}

var holders atomic.Uint64

// NewHolder returns a holder without leases.
func (s *Store) NewHolder() *Holder {
	return &Holder{store: s, id: holders.Add(1), granted: make(chan struct{}, 1)}
}

// verdict is the answer to acquire.
type verdict uint8

const (
	given verdict = iota
	queued
	moved // the partition is gone; ask the one that has taken its place
)

// Acquire pins the lease of a partition and waits while others work under it,
// first come, first served. Whoever needs several takes them by ascending number
// and waits while it has none out of that order.
func (h *Holder) Acquire(number uint64) error { return h.acquire(h.store.partition(number)) }

// acquire is Acquire for whoever has looked the partition up. One that is gone stays
// pinned, and so is asked for the one in its place.
func (h *Holder) acquire(p *partition) error {
	p.touch()
	if p.activated.Load() != 0 {
		if w := p.lease.Load(); w&pinned == 0 && p.lease.CompareAndSwap(w, h.id<<idShift|pinned) {
			return nil
		}
	}
	answer, err := h.ask(p, acquire{holder: h})
	if err == nil && answer == queued {
		<-h.granted
	}
	return err
}

// ask asks for the lease of p, or of the partition that takes its place if p goes.
// That one may have answered already: to ask again does no harm.
func (h *Holder) ask(p *partition, m acquire) (any, error) {
	for {
		answer, err := h.store.system.ask(p, m)
		if !p.gone.Load() {
			return answer, err
		}
		p = h.store.partition(p.number)
		p.touch()
	}
}

// Release ends the work under a lease.
func (h *Holder) Release(number uint64) error { return h.release(h.store.partition(number)) }

// release is Release for whoever has looked the partition up, before it was acquired.
func (h *Holder) release(p *partition) error {
	mine := h.id << idShift
	if p.lease.CompareAndSwap(mine|pinned, mine) {
		return nil
	}
	if p.gone.Load() {
		return h.Release(p.number)
	}
	_, err := h.store.system.ask(p, release{holder: h})
	return err
}

// grant answers acquire. Messages come one at a time, but for a moment in which
// the grain is replaced: hence the mutex.
func (p *partition) grant(m acquire) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone.Load() {
		return moved
	}
	for {
		w := p.lease.Load()
		switch {
		case w == m.holder.id<<idShift|pinned, w == m.holder.id<<idShift|pinned|wanted:
			// The message came a second time, as its answer was late. A holder
			// that was in the queue meanwhile has its token too.
			m.holder.dropToken()
			return given
		case w&pinned == 0:
			if p.lease.CompareAndSwap(w, m.holder.id<<idShift|pinned) {
				return given
			}
		case slices.Contains(p.queue, m.holder):
			return queued
		case p.lease.CompareAndSwap(w, w|wanted):
			p.queue = append(p.queue, m.holder)
			return queued
		}
	}
}

func (h *Holder) dropToken() {
	select {
	case <-h.granted:
	default:
	}
}

// handOver gives the lease to the first that waits.
func (p *partition) handOver(from *Holder) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.lease.Load(); w>>idShift != from.id || w&pinned == 0 {
		return // the message came a second time
	}
	if len(p.queue) == 0 {
		p.lease.Store(from.id << idShift)
		return
	}
	next := p.queue[0]
	p.queue = slices.Delete(p.queue, 0, 1)
	w := next.id<<idShift | pinned
	if len(p.queue) > 0 {
		w |= wanted
	}
	p.lease.Store(w)
	next.granted <- struct{}{}
}

// recall takes the lease away from a holder that does not work under it, and says
// whether the partition is free then.
func (p *partition) recall() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		w := p.lease.Load()
		if w&pinned != 0 {
			return false
		}
		if p.lease.CompareAndSwap(w, 0) {
			return true
		}
	}
}
