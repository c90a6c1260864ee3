package keyspace

import (
	"encoding/binary"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

const (
	// aheadFrom is the size of a value from which on it is not written with the run's
	// batch: that would be in memory several times.
	aheadFrom = 4 << 20
	// aheadBatch is the size of the batches in which it is written instead.
	aheadBatch = 8 << 20
)

// ahead writes subkeys of a new version to the store before the run's batch, which
// then links it to a key. Until it does the version is queued as garbage, by each of
// the batches that have subkeys of it: whatever happens in between, nothing is left
// behind.
type ahead struct {
	r *Run
	versionGarbage
	batch storage.Batch
}

func (r *Run) writeAhead(version, entries uint64) *ahead {
	a := &ahead{r, versionGarbage{version, entries}, r.ks.store.NewBatch()}
	r.ks.unlinked.add(version)
	r.ahead = append(r.ahead, a.versionGarbage)
	return a
}

// set writes a subkey.
func (a *ahead) set(key, value []byte) error {
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
	return nil
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
