package keyspace

import "slices"

// An expired key is invisible at once. It is removed by whoever is first: the
// worker, a command that overwrites it, or the run whose commands came across it.

// maxStale bounds what a run remembers to remove; the worker takes the rest.
const maxStale = 128

// cameAcross notes an expired key, to be removed by RemoveStale: a command that
// reads does not hold the lock that this takes.
func (r *Run) cameAcross(id uint32, key []byte, stored *Meta) {
	if len(r.stale) < maxStale && !r.ks.keepsExpired() {
		r.stale = append(r.stale, due{ms: stored.Expire, id: id, key: slices.Clone(key)})
	}
}

// HasStale says whether RemoveStale has anything to do.
func (r *Run) HasStale() bool { return len(r.stale) > 0 }

// RemoveStale removes the expired keys that the run's commands came across, each
// under its lock and if it has not changed since. The run is to be applied then,
// as after a command; if that fails, or another run keeps the keyspace for long,
// the worker will remove them.
func (r *Run) RemoveStale() error {
	stale := r.stale
	r.stale = r.stale[:0]
	if r.ks.keepsExpired() {
		return nil
	}
	for i := range stale {
		err := r.expire(&stale[i])
		if err == ErrBusy { //nolint:errorlint // Lock does not wrap it
			return nil
		}
		if err != nil {
			return err
		}
		r.effects.EndUnit()
	}
	return nil
}

// OnExpired has f called with every key that went because its TTL had run out,
// once it is gone; its lock may still be held.
func (ks *Keyspace) OnExpired(f func(db int, key []byte)) { ks.onExpired.Store(&f) }

// lapse notes that the run removes or overwrites an expired key.
func (r *Run) lapse(id uint32, key []byte) {
	if db := slices.Index(r.dbs.ids, id); db >= 0 {
		r.lapsed = append(r.lapsed, Ready{db, string(key)})
		r.Removed(db, key)
	}
}

// TakeLapsed returns the expired keys that went since it was called last, for
// those who tell of them before the command's own doings: OnExpired's function is
// not called with them.
func (r *Run) TakeLapsed() []Ready {
	keys := r.lapsed[r.told:]
	r.told = len(r.lapsed)
	return keys
}

// tellLapsed counts what was applied and calls OnExpired's function.
func (r *Run) tellLapsed() {
	r.ks.expired.Add(uint64(len(r.lapsed)))
	if f := r.ks.onExpired.Load(); f != nil {
		for _, key := range r.TakeLapsed() {
			(*f)(key.DB, []byte(key.Key))
		}
	}
}
