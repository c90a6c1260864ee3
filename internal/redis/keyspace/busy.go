package keyspace

import (
	"sync/atomic"
	"time"
)

// ErrBusy is returned by Lock and LockAll when the run gave up waiting for the
// lock on the whole keyspace. The run holds nothing then.
const ErrBusy Error = "BUSY The keyspace is locked by a long command"

// busyPoll is how often a waiting run asks whether it should give up.
const busyPoll = 50 * time.Microsecond

// GiveUpWhen has the run's Lock and LockAll return ErrBusy rather than wait while
// another run holds the whole keyspace and f returns true. Event loops must not
// wait for what may take for ever, such as a script.
func (r *Run) GiveUpWhen(f func() bool) { r.giveUp = f }

// takeAll takes the lock on the whole keyspace. The run holds nothing.
func (r *Run) takeAll(mode lockMode) error {
	all := &r.ks.locks.all
	switch {
	case r.giveUp == nil && mode == exclusive:
		all.Lock()
	case r.giveUp == nil:
		all.RLock()
	case mode == exclusive:
		if !all.TryLock() && !r.awaitExclusive() {
			return ErrBusy
		}
	default:
		for !all.TryRLock() {
			if r.giveUp() {
				return ErrBusy
			}
			time.Sleep(busyPoll)
		}
	}
	r.held.all = mode
	r.dbs = r.ks.dbs.Load()
	r.followed = r.ks.follower != nil && r.ks.follower.Following()
	return nil
}

// awaitExclusive queues for the lock, so that runs which share it cannot keep
// this one out, and leaves the queue when the run gives up.
func (r *Run) awaitExclusive() bool {
	const waiting, taken, abandoned = 0, 1, 2
	var state atomic.Int32
	locked := make(chan struct{})
	go func() {
		r.ks.locks.all.Lock()
		if !state.CompareAndSwap(waiting, taken) {
			r.ks.locks.all.Unlock()
		}
		close(locked)
	}()
	poll := time.NewTicker(busyPoll)
	defer poll.Stop()
	for {
		select {
		case <-locked:
			return true
		case <-poll.C:
			if r.giveUp() && state.CompareAndSwap(waiting, abandoned) {
				return false
			}
		}
	}
}
