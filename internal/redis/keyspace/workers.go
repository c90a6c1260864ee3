package keyspace

import "time"

// expireStep is the number of keys the worker removes under one set of locks,
// expireInterval how often it looks. TTLs are exact all the same: an expired
// key is invisible before it is removed.
const (
	expireStep     = 128
	expireInterval = 100 * time.Millisecond
)

func (ks *Keyspace) expireLoop() {
	defer ks.workers.Done()
	ticker := time.NewTicker(expireInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ks.stop:
			return
		case <-ticker.C:
		}
		for more := true; more && !ks.idleExpiry.Load() && !ks.keepsExpired() && !ks.stopping(); {
			var err error
			if more, err = ks.ExpireDue(expireStep); err != nil {
				ks.log.Error("expiring keys", "err", err)
				break
			}
		}
	}
}

// SetActiveExpire turns the background removal of expired keys off and on again
// (DEBUG SET-ACTIVE-EXPIRE). They stay invisible all the same.
func (ks *Keyspace) SetActiveExpire(on bool) { ks.idleExpiry.Store(!on) }

// HoldExpiry has expired keys stay in the store, invisible, until it is called
// with false (CLIENT PAUSE): neither the worker nor commands remove them.
func (ks *Keyspace) HoldExpiry(on bool) { ks.heldExpiry.Store(on) }

// LeaveExpiry is HoldExpiry for as long as the keyspace is the copy of another,
// which says when keys go.
func (ks *Keyspace) LeaveExpiry(on bool) { ks.replica.Store(on) }

// keepsExpired reports whether expired keys are to stay in the store.
func (ks *Keyspace) keepsExpired() bool { return ks.heldExpiry.Load() || ks.replica.Load() }

// collectStep is the size of a background step, collectDelay the time for which
// garbage gathers before it is collected.
const (
	collectStep  = 1024
	collectDelay = 50 * time.Millisecond
)

// collectLoop collects what is left from before, and then whenever something is
// queued.
func (ks *Keyspace) collectLoop() {
	defer ks.workers.Done()
	timer := time.NewTimer(collectDelay)
	defer timer.Stop()
	for {
		select {
		case <-ks.stop:
			return
		case <-timer.C:
		}
		for more := true; more && !ks.stopping(); {
			var err error
			if more, err = ks.Collect(collectStep); err != nil {
				ks.log.Error("collecting garbage", "err", err)
				break
			}
		}
		select {
		case <-ks.stop:
			return
		case <-ks.garbage.wake:
			timer.Reset(collectDelay)
		}
	}
}
