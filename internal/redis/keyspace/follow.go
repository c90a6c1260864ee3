package keyspace

import "slices"

// Follower hears what every run did, in the order in which it became visible:
// for any key, the order of its changes.
type Follower interface {
	// Following says whether anybody wants to hear. It may become true only while
	// a run of the caller's holds the whole keyspace (LockAll), so that no other
	// run is half done.
	Following() bool
	// Applied gets what a run did, while it still holds its locks. The effects are
	// valid during the call only.
	Applied(e *Effects)
}

// Follow names the one follower of the keyspace. It must be called before the
// first Run is made.
func (ks *Keyspace) Follow(f Follower) { ks.follower = f }

// Followed reports whether this run's commands must say what they did, to Effects.
// It does not change while the run holds a lock.
func (r *Run) Followed() bool { return r.followed }

// Changes counts the writes that commands asked for: without what they came across
// and what Touch makes of nothing.
func (r *Run) Changes() uint64 { return r.w.Writes() - r.unasked }

// Effects is where commands say what they did, if the run is Followed.
func (r *Run) Effects() *Effects { return &r.effects }

// SetExpiredAs names the command by which followers hear of keys whose time was
// over or which were evicted: DEL, unless UNLINK is to be.
func (ks *Keyspace) SetExpiredAs(command string) { ks.expiredAs.Store(&command) }

// Removed tells followers of a key that was removed though no command asked for
// it: its time was over, or memory was short.
func (r *Run) Removed(db int, key []byte) {
	if !r.followed {
		return
	}
	word := "DEL"
	if as := r.ks.expiredAs.Load(); as != nil {
		word = *as
	}
	r.effects.Begin(db)
	r.effects.WordString(word)
	r.effects.Word(key)
}

// removedFields tells followers of fields of a hash whose time was over.
func (r *Run) removedFields(id uint32, key []byte, fields ...[]byte) {
	if !r.followed || len(fields) == 0 {
		return
	}
	r.effects.Begin(slices.Index(r.dbs.ids, id))
	r.effects.WordString("HDEL")
	r.effects.Word(key)
	for _, field := range fields {
		r.effects.Word(field)
	}
}

// tellFollower hands over what the run did. The locks are still held.
func (r *Run) tellFollower() {
	if !r.effects.Empty() {
		r.ks.follower.Applied(&r.effects)
		r.effects.reset()
	}
}

// visible is live, but for a command that may write: it has an expired key removed
// first. A follower does not expire keys by its own clock, and the command may have
// to make the key anew, or leave it out of what it stores elsewhere.
func (r *Run) visible(id uint32, key []byte, stored *Meta) (Meta, error) {
	if !r.followed || !r.expired(stored) || !r.locked(key) || r.ks.keepsExpired() {
		return r.live(id, key, *stored), nil
	}
	before := r.w.Writes()
	if err := r.drop(id, key, stored); err != nil {
		return Meta{}, err
	}
	r.unasked += r.w.Writes() - before
	*stored = Meta{}
	return Meta{}, nil
}

// locked reports whether the run may write key.
func (r *Run) locked(key []byte) bool {
	return r.held.all == exclusive || r.held.modes[r.ks.locks.of(key)] == exclusive
}
