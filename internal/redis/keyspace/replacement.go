package keyspace

import (
	"encoding/binary"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// systemReplacement holds the dbids of a replacement that is being made: what a
// crash leaves of it is garbage.
var systemReplacement = []byte{tagSystem, 'r'}

// Replacement is data that is made beside the present data and then takes its
// place, all at once: a crash leaves the one or the other.
type Replacement struct {
	outer *Run // holds the lock on the whole keyspace
	run   *Run // writes the new data
	dbs   *databaseMap
}

// Replace begins a replacement. It takes the lock on the whole keyspace, if
// LockAll has not: nobody can write what would be lost. The run must not be used
// before Commit or Abandon, nor applied.
func (r *Run) Replace() (*Replacement, error) {
	if err := r.LockAll(); err != nil {
		return nil, err
	}
	next := r.dbs.clone()
	var ids []byte
	for db := range next.ids {
		next.renew(db)
		ids = binary.BigEndian.AppendUint32(ids, next.ids[db])
	}
	reserved := &databaseMap{next: next.next, ids: r.dbs.ids}
	if err := errors.Join(r.setDatabases(reserved), r.w.Set(systemReplacement, ids), r.flush()); err != nil {
		return nil, err
	}
	run := &Run{ks: r.ks, w: storage.NewOverlay(r.ks.store), dbs: next, now: r.now, frozen: true, unsureOf: make(map[uint64]struct{})}
	var err error
	if run.bulk, err = newBulk(r.ks.store); err != nil {
		return nil, err
	}
	if run.bulk != nil {
		run.w.SetBase(run.bulk)
	}
	return &Replacement{outer: r, run: run, dbs: next}, nil
}

// Run is what writes the new data; it needs no locks.
func (p *Replacement) Run() *Run { return p.run }

// Commit puts the new data in the place of the old with the outer run's other
// writes.
func (p *Replacement) Commit() error {
	if err := errors.Join(p.run.flush(), p.written()); err != nil {
		return err
	}
	r := p.outer
	r.pendings = append(r.pendings, p.run.pendings...)
	p.run.pendings = nil
	for _, id := range r.dbs.ids {
		if err := r.discardAll(id); err != nil {
			return err
		}
	}
	if err := r.w.Delete(systemReplacement); err != nil {
		return err
	}
	r.readyAll = r.readyAll || r.ks.waiters.Load() > 0
	return r.setDatabases(p.dbs)
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
	r.pendings = append(r.pendings, p.run.pendings...)
	p.run.pendings = nil
	for _, id := range p.dbs.ids {
		if err := r.discardAll(id); err != nil {
			return err
		}
	}
	return errors.Join(written, r.w.Delete(systemReplacement))
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
		if err := b.Set(record, new(databaseGarbage).append(nil)); err != nil {
			return err
		}
	}
	return b.Delete(systemReplacement)
}
