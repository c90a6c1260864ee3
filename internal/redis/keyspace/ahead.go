package keyspace

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

const (
	// aheadFrom is the size of a value from which on it is not written with the run's
	// batch: that would be in memory several times.
	aheadFrom = 4 << 20
	// aheadBatch is the size of the batches in which it is written instead, and loadParts
	// how many times that those of loads have, which are made into tables at once.
	aheadBatch = 8 << 20
	loadParts  = 8
)

// ahead writes subkeys of a new version to the store before the run's batch, which
// then links it to a key. Until it does the version is queued as garbage, by each of
// the batches that have subkeys of it: whatever happens in between, nothing is left
// behind.
type ahead struct {
	r *Run
	versionGarbage
	batch storage.Batch
	// Where a collection's subkeys go instead, if the store has a way: its entries are
	// small and many, and cost several times as much on their way through the journal
	// and the table of recent writes. What a crash leaves of them is garbage, for the
	// batch that queues the version comes first, and they are on disk before it is linked.
	load storage.Bulk
}

// writeAhead begins to write a version of about so many entries; many says that they are
// small.
func (r *Run) writeAhead(version, entries uint64, many bool) (*ahead, error) {
	a := &ahead{r: r, versionGarbage: versionGarbage{version, entries}, batch: r.ks.store.NewBatch()}
	r.ks.unlinked.add(version)
	r.ahead = append(r.ahead, a.versionGarbage)
	if !many || !r.ks.loading.TryLock() { // one load at a time, for each has a part in memory
		a.reserve()
		return a, nil
	}
	load, err := beginLoad(r.ks.store)
	if err == nil && load != nil {
		a.load = load
		return a, a.apply()
	}
	r.ks.loading.Unlock()
	return a, err
}

// set writes a subkey.
func (a *ahead) set(key, value []byte) error {
	if a.load != nil {
		if err := a.load.Set(key, value); err != nil || a.load.Size() < loadParts*a.r.ks.aheadBatch {
			return err
		}
		return a.load.Apply()
	}
	if err := a.batch.Set(key, value); err != nil || a.batch.Size() < a.r.ks.aheadBatch {
		return err
	}
	return a.apply()
}

// apply writes what was set so far, and waits, so that little of it is in memory.
func (a *ahead) apply() error {
	// Without its bytes: it is not among the counted.
	if err := a.batch.Set(appendVersionGarbage(nil, a.version), binary.AppendUvarint(nil, a.size)); err != nil {
		return err
	}
	p, err := a.r.ks.store.Apply(a.batch)
	if err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return err
	}
	a.batch.Reset()
	a.reserve()
	return nil
}

// reserve makes room for a batch and the entry that makes it one.
func (a *ahead) reserve() {
	if b, ok := a.batch.(storage.Reserver); ok && a.load == nil {
		b.Reserve(a.r.ks.aheadBatch + a.r.ks.aheadBatch/16)
	}
}

// finish writes the rest.
func (a *ahead) finish() error {
	if a.load == nil {
		return a.apply()
	}
	return a.load.Apply()
}

// close ends the writing, finished or not.
func (a *ahead) close() error {
	err := a.batch.Close()
	if a.load != nil {
		err = errors.Join(err, a.load.Close())
		a.r.ks.loading.Unlock()
	}
	return err
}

// link has the run's batch take the version out of the queue.
func (a *ahead) link() error {
	a.r.keyBuf = appendVersionGarbage(a.r.keyBuf[:0], a.version)
	return a.r.w.Delete(a.r.keyBuf)
}

// settleAhead is called when the run's batch was applied or will not be: the versions
// that it did not link are garbage.
func (r *Run) settleAhead() {
	r.ks.unlinked.remove(r.ahead)
	r.ks.garbage.add(r.ahead, false)
	r.ahead = r.ahead[:0]
}

// unlinked are the versions that are queued as garbage and may yet get a key.
type unlinked struct {
	mu       sync.Mutex
	versions map[uint64]struct{}
}

func (u *unlinked) add(version uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.versions == nil {
		u.versions = make(map[uint64]struct{})
	}
	u.versions[version] = struct{}{}
}

func (u *unlinked) remove(versions []versionGarbage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, g := range versions {
		delete(u.versions, g.version)
	}
}

func (u *unlinked) has(version uint64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.versions[version]
	return ok
}
