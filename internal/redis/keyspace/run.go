package keyspace

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// Run executes commands that arrived together: it holds their locks, buffers
// their writes, and hands these to the store as one batch.
//
// For each command: Lock its keys, then call its handler. At the end: Apply,
// after which the run can be used again. Replies of the run may be sent when
// the Pending that Apply returned has been waited for; if Apply or Wait fails,
// every write of the run must be answered with an error. A Run is used by one
// goroutine at a time.
//
// Slices that methods return may be shared with a cache: they must not be
// modified, and may be kept. Arguments are not kept.
type Run struct {
	ks   *Keyspace
	w    *storage.Overlay
	dbs  *databaseMap // as this run sees it; differs from ks.dbs after a FLUSHDB
	now  int64
	held held
	// frozen says that the databases are those of a snapshot or a replacement, and
	// that there are no locks to take.
	frozen bool
	bulk   *bulk // where all writes go, and what w lies over; nil: to the store, in batches

	touches uint64 // see Touch

	deltas  []delta
	flushed []uint32 // dbids that FLUSHDB gave up

	discarded     []versionGarbage
	ahead         []versionGarbage    // written, and linked by the batch or not; see ahead
	searchGarbage bool                // other garbage was queued
	unsureOf      map[uint64]struct{} // versions of which recent tells what is not applied yet
	pendings      []storage.Pending
	failed        error // of an earlier batch of this run
	ready         []Ready
	readyAll      bool // any key may be ready: databases were exchanged or flushed
	giveUp        func() bool
	untouched     bool // see LeaveUntouched
	copies        bool // see Copies

	indexed     bool // an entry of an expiry index was written
	keepEntries bool // keys go without their entries in the expiry index; see sweep

	stale  []due   // expired keys that commands came across
	lapsed []Ready // keys that went because their TTL had run out
	told   int     // how many of lapsed TakeLapsed has returned

	followed bool // by the keyspace's follower, who is owed effects
	effects  Effects
	unasked  uint64 // writes that no command asked for

	keyBuf, valBuf, subBuf []byte
	stripes                []uint16
}

// NewRun returns an empty run. It takes a few kilobytes: keep it for reuse.
func (ks *Keyspace) NewRun() *Run {
	return &Run{ks: ks, w: storage.NewOverlay(ks.store), now: ks.now(), unsureOf: make(map[uint64]struct{})}
}

// Copies says that the run repeats what was done to another keyspace: no key's time
// is over before that one says so.
func (r *Run) Copies() { r.copies = true }

// Past reports whether a time, in unix milliseconds, is over: a key that is given
// it goes at once.
func (r *Run) Past(ms int64) bool { return ms <= r.now && !r.copies }

// Keyspace is what the run works on.
func (r *Run) Keyspace() *Keyspace { return r.ks }

// Now is the time in unix milliseconds by which this command expires keys. It
// stands still while a command runs.
func (r *Run) Now() int64 { return r.now }

// Size is the approximate number of bytes buffered; a long run should be
// applied now and then.
func (r *Run) Size() int { return r.w.Size() }

// Writes counts the writes ever buffered: it tells whether a command wrote.
// Removing what had expired before does not count.
func (r *Run) Writes() uint64 { return r.w.Writes() + r.touches - r.unasked }

// Touch has a command that found nothing to change count as one that wrote, where
// redis-server tells watches and listeners so.
func (r *Run) Touch() { r.touches++ }

// Wrote says whether anything is buffered or applied and not yet waited for:
// if not, the run's replies need not wait.
func (r *Run) Wrote() bool { return r.w.Len() > 0 || len(r.pendings) > 0 || r.failed != nil }

// Lock prepares for one command on the keys of database db: it reads the clock
// and takes the keys' locks, exclusively if write is set. They are kept until
// Apply or Abort. If a lock is not free at once, everything the run did so far
// is applied and let go first; an error is that batch's, and the command must
// not run. Commands without keys call it with none.
//
// A transaction locks the keys of all its commands in one call; further calls
// for the same keys then change nothing.
func (r *Run) Lock(db int, keys [][]byte, write bool) error {
	r.now = r.ks.now()
	l := &r.ks.locks
	if r.held.all == exclusive {
		return nil
	}
	mode := shared
	if write {
		mode = exclusive
	}
	if r.held.all == unlocked {
		// Nothing is held and nothing written, so this may wait.
		if err := r.takeAll(shared); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if !l.try(&r.held, l.of(key), mode) {
			return r.lockSlowly(keys, mode)
		}
	}
	return nil
}

// tryLock takes one more key's lock exclusively if it is free, for a run that holds
// the lock on all.
func (r *Run) tryLock(key []byte) bool {
	l := &r.ks.locks
	return r.held.all == exclusive || l.try(&r.held, l.of(key), exclusive)
}

// lockSlowly gives way to whoever holds one of the keys, and waits in order.
func (r *Run) lockSlowly(keys [][]byte, mode lockMode) error {
	if err := r.letGo(); err != nil {
		return err
	}
	if err := r.takeAll(shared); err != nil {
		return err
	}
	r.stripes = r.stripes[:0]
	for _, key := range keys {
		r.stripes = append(r.stripes, r.ks.locks.of(key))
	}
	r.ks.locks.wait(&r.held, r.stripes, mode)
	return nil
}

// letGo applies what is buffered and releases the locks.
func (r *Run) letGo() error {
	err := r.flush()
	r.ks.locks.release(&r.held)
	return err
}

// LockAll prepares for a command on the whole keyspace (FLUSHALL, SWAPDB, a
// script without declared keys): no other run holds any lock until Apply.
func (r *Run) LockAll() error {
	r.now = r.ks.now()
	if r.held.all == exclusive {
		return nil
	}
	if err := r.letGo(); err != nil {
		return err
	}
	return r.takeAll(exclusive)
}

// Apply makes the run's writes visible to all, releases its locks, and returns
// what to wait for before the replies may go out: nil if nothing was written.
// An error means that some or all of the run's writes did not happen.
func (r *Run) Apply() (storage.Pending, error) {
	err := r.letGo()
	if err == nil {
		err = r.failed
	}
	r.failed = nil
	var p storage.Pending
	switch len(r.pendings) {
	case 0:
	case 1:
		p = r.pendings[0]
	default:
		p = allPending(append([]storage.Pending(nil), r.pendings...))
	}
	clear(r.pendings)
	r.pendings = r.pendings[:0]
	if err != nil && p != nil {
		// What was applied before the failure must still be waited for.
		err = errors.Join(err, p.Wait())
		p = nil
	}
	return p, err
}

// Abort drops what is buffered and releases the locks. Batches that the run
// had to apply before stay applied; Apply would have returned their Pending,
// so Abort waits for them.
func (r *Run) Abort() error {
	r.reset()
	_, err := r.Apply()
	return err
}

// allPending waits for the batches of a run that had to apply more than one.
type allPending []storage.Pending

func (p allPending) Wait() error {
	var errs []error
	for _, one := range p {
		errs = append(errs, one.Wait())
	}
	return errors.Join(errs...)
}

// flush applies what is buffered. The locks stay.
func (r *Run) flush() error {
	if r.w.Len() == 0 && (r.bulk == nil || r.bulk.to.Size() == 0) {
		r.tellFollower()
		r.deltas = r.deltas[:0]
		clear(r.unsureOf)
		if len(r.ahead) > 0 {
			r.settleAhead()
		}
		return nil
	}
	err := r.applyBatch()
	if err != nil {
		if r.failed == nil {
			r.failed = err
		}
	} else {
		r.publish()
	}
	r.reset()
	return err
}

func (r *Run) applyBatch() error {
	w := r.ks.newWrite()
	var err error
	if r.bulk != nil { // all but the counts
		if err = r.bulk.take(r.w); err == nil {
			err = r.bulk.apply()
		}
	} else {
		err = r.w.WriteTo(w.batch)
	}
	if err == nil {
		// Who removes a range of an expiry index holds counts: no entry is lost that
		// comes meanwhile.
		if changes := r.changes(); len(changes) > 0 || r.indexed {
			w.pending, err = r.ks.counts.apply(r.ks.store, w.batch, changes)
		} else {
			w.pending, err = r.ks.store.Apply(w.batch)
		}
	}
	if err != nil {
		return errors.Join(err, w.batch.Close())
	}
	r.pendings = append(r.pendings, w)
	return nil
}

// publish tells the keyspace what the applied batch changed beyond the store.
func (r *Run) publish() {
	r.tellFollower()
	clear(r.unsureOf)
	if len(r.flushed) > 0 || (r.held.all == exclusive && r.dbs != r.ks.dbs.Load()) {
		r.ks.dbs.Store(r.dbs)
		for _, id := range r.flushed {
			r.ks.counts.flush(id)
		}
	}
	if len(r.discarded) > 0 || r.searchGarbage {
		r.ks.garbage.add(r.discarded, r.searchGarbage)
	}
	if len(r.lapsed) > 0 {
		r.tellLapsed()
	}
}

func (r *Run) reset() {
	r.w.Reset()
	if len(r.ahead) > 0 {
		r.settleAhead()
	}
	r.forgetUnsure()
	r.deltas = r.deltas[:0]
	r.flushed = r.flushed[:0]
	r.discarded, r.searchGarbage = r.discarded[:0], false
	r.lapsed, r.told = r.lapsed[:0], 0
	r.indexed = false
	r.effects.reset()
	if r.held.all == exclusive {
		r.dbs = r.ks.dbs.Load()
	}
}

// changes are the deltas that are not zero.
func (r *Run) changes() []delta {
	n := 0
	for _, d := range r.deltas {
		if !d.zero() {
			r.deltas[n] = d
			n++
		}
	}
	r.deltas = r.deltas[:n]
	return r.deltas
}

// tally is where the run counts keys of a database. It stays valid until the next
// call.
func (r *Run) tally(id uint32) *tally {
	for i := range r.deltas {
		if r.deltas[i].id == id {
			return &r.deltas[i].tally
		}
	}
	r.deltas = append(r.deltas, delta{id: id})
	return &r.deltas[len(r.deltas)-1].tally
}

// dbid is the present dbid of a database of the protocol.
func (r *Run) dbid(db int) (uint32, error) {
	if db < 0 || db >= r.ks.databases {
		return 0, ErrDBRange
	}
	if r.held.all == unlocked && !r.frozen {
		r.dbs = r.ks.dbs.Load()
	}
	return r.dbs.ids[db], nil
}
