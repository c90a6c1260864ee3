package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// systemReplacement holds the dbids of replacements that are being made: what a
// crash leaves of them is garbage.
var systemReplacement = []byte{tagSystem, 'r'}

// Replacement is data that is made beside the present data and then takes its
// place, all at once: a crash leaves the one or the other.
type Replacement struct {
	outer *Run // begins and ends it under the lock on the whole keyspace
	run   *Run // writes the new data
	dbs   *databaseMap
	// flushes is how often everything was flushed before it began.
	flushes uint64
}

// ErrFlushed says that everything was flushed while a replacement was made, parts
// of it included: it can only be abandoned.
var ErrFlushed = errors.New("the keyspace was flushed meanwhile")

// Replace begins a replacement. It takes the lock on the whole keyspace, if
// LockAll has not. As long as the run keeps that nobody can write what would be
// lost. It may also be applied, so that others work on with the old data while the
// new is made; Commit and Abandon take the lock again.
func (r *Run) Replace() (*Replacement, error) {
	if err := r.LockAll(); err != nil {
		return nil, err
	}
	next := r.dbs.clone()
	for db := range next.ids {
		next.renew(db)
	}
	reserved := &databaseMap{next: next.next, ids: r.dbs.ids}
	r.ks.replacing = append(r.ks.replacing, next.ids...)
	if err := errors.Join(r.setDatabases(reserved), r.noteReplacing(), r.flush()); err != nil {
		r.ks.replaced(next.ids)
		return nil, err
	}
	run := &Run{ks: r.ks, w: storage.NewOverlay(r.ks.store), dbs: next, now: r.now, frozen: true, unsureOf: make(map[uint64]struct{})}
	var err error
	if run.bulk, err = newBulk(r.ks.store); err != nil {
		r.ks.replaced(next.ids)
		return nil, err
	}
	if run.bulk != nil {
		run.w.SetBase(run.bulk)
	}
	return &Replacement{outer: r, run: run, dbs: next, flushes: r.ks.flushes}, nil
}

// noteReplacing records the dbids of the replacements that are being made.
func (r *Run) noteReplacing() error {
	if len(r.ks.replacing) == 0 {
		return r.w.Delete(systemReplacement)
	}
	var ids []byte
	for _, id := range r.ks.replacing {
		ids = binary.BigEndian.AppendUint32(ids, id)
	}
	return r.w.Set(systemReplacement, ids)
}

// replaced forgets the dbids of a replacement that is over.
func (ks *Keyspace) replaced(ids []uint32) {
	ks.replacing = slices.DeleteFunc(ks.replacing, func(id uint32) bool { return slices.Contains(ids, id) })
}

// Run is what writes the new data; it needs no locks.
func (p *Replacement) Run() *Run { return p.run }

// Flush returns when all that was written so far is in the store. A Commit after it
// keeps the lock for less long.
func (p *Replacement) Flush() error { return errors.Join(p.run.flush(), p.written()) }

// Commit puts the new data in the place of the old with the outer run's other
// writes.
func (p *Replacement) Commit() error {
	r := p.outer
	if err := errors.Join(p.Flush(), r.LockAll()); err != nil {
		return err
	}
	if r.ks.flushes != p.flushes {
		return ErrFlushed
	}
	p.handOver()
	next := r.dbs.clone()
	next.ids = p.dbs.ids
	for _, id := range r.dbs.ids {
		if err := r.discardAll(id); err != nil {
			return err
		}
	}
	r.ks.replaced(p.dbs.ids)
	r.ks.expiredUpTo.Store(0) // entries of what was made were left
	r.readyAll = r.readyAll || r.ks.waiters.Load() > 0
	return errors.Join(r.noteReplacing(), r.setDatabases(next))
}

// written waits until everything applied is on disk.
func (p *Replacement) written() error {
	if p.run.bulk == nil {
		return nil
	}
	return p.run.bulk.to.Close()
}

// Abandon gives the new data up.
func (p *Replacement) Abandon() error {
	written := p.written()
	p.run.reset()
	r := p.outer
	if err := r.LockAll(); err != nil {
		return err
	}
	p.handOver()
	if slices.Equal(r.dbs.ids, p.dbs.ids) {
		return nil // it was committed, though not known to be on disk
	}
	for _, id := range p.dbs.ids {
		if err := r.discardAll(id); err != nil {
			return err
		}
	}
	r.ks.replaced(p.dbs.ids)
	return errors.Join(written, r.noteReplacing())
}

// handOver has the outer run wait for what the inner one applied.
func (p *Replacement) handOver() {
	p.outer.pendings = append(p.outer.pendings, p.run.pendings...)
	p.run.pendings = nil
}

// discardAll queues all that lies under a dbid.
func (r *Run) discardAll(id uint32) error {
	t := r.pendingTally(id)
	if t.keys == 0 {
		return nil
	}
	r.flushed = append(r.flushed, id)
	return r.discardDatabase(id, databaseGarbage{noExpiry: t.expires == 0 && t.timed == 0})
}

// dropReplacement turns what a crash left of a replacement into garbage.
func dropReplacement(store storage.Reader, b storage.Batch) error {
	raw, err := store.Get(systemReplacement)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for ; len(raw) >= 4; raw = raw[4:] {
		id := binary.BigEndian.Uint32(raw)
		record := binary.BigEndian.AppendUint32([]byte{tagGarbage, garbageDatabase}, id)
		if err := b.Set(record, new(databaseGarbage).encode()); err != nil {
			return err
		}
	}
	return b.Delete(systemReplacement)
}
