package keyspace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/orbit-server/orbit/internal/storage"
)

// encodingVersion is the version of the layout that encoding.go draws. Since 2
// the bytes that data takes are counted, since 3 the fields of a hash can have TTLs,
// since 4 long strings lie in chunks.
const encodingVersion = 4

// The keyspace's own records.
var (
	systemFormat    = []byte{tagSystem, 'f'} // encodingVersion
	systemDatabases = []byte{tagSystem, 'd'} // next dbid, then the dbid of each database
	systemVersions  = []byte{tagSystem, 'v'} // versions below it may be in use
	// See also systemReplacement and systemBlobs.
)

// databaseMap gives each database of the protocol its dbid. It is never
// modified: FLUSHDB and SWAPDB make a new one.
type databaseMap struct {
	next uint32
	ids  []uint32
}

func (m *databaseMap) clone() *databaseMap {
	return &databaseMap{next: m.next, ids: append([]uint32(nil), m.ids...)}
}

// renew gives database db a dbid that was never used.
func (m *databaseMap) renew(db int) {
	m.ids[db] = m.next
	m.next++
}

func (m *databaseMap) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, m.next)
	for _, id := range m.ids {
		b = binary.BigEndian.AppendUint32(b, id)
	}
	return b
}

func decodeDatabaseMap(b []byte) (*databaseMap, error) {
	if len(b) < 4 || len(b)%4 != 0 {
		return nil, corrupt(errors.New("database map does not decode"))
	}
	m := &databaseMap{next: binary.BigEndian.Uint32(b)}
	for b = b[4:]; len(b) > 0; b = b[4:] {
		m.ids = append(m.ids, binary.BigEndian.Uint32(b))
	}
	return m, nil
}

// load reads the keyspace's records, and writes those that are missing.
func (ks *Keyspace) load() error {
	b := ks.store.NewBatch()
	defer func() { _ = b.Close() }()

	unsized := false
	format, err := ks.store.Get(systemFormat)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		if err := b.Set(systemFormat, []byte{encodingVersion}); err != nil {
			return err
		}
	case err != nil:
		return err
	case len(format) != 1:
		return corrupt(errors.New("format record does not decode"))
	case format[0] > encodingVersion:
		return fmt.Errorf("keys are encoded in version %d, this orbit knows %d: %w",
			format[0], encodingVersion, storage.ErrNewerFormat)
	case format[0] < 2:
		unsized = true
	case format[0] < encodingVersion:
		if err := b.Set(systemFormat, []byte{encodingVersion}); err != nil {
			return err
		}
	}

	m := &databaseMap{next: 1}
	raw, err := ks.store.Get(systemDatabases)
	if err == nil {
		m, err = decodeDatabaseMap(raw)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if len(m.ids) < ks.databases {
		for len(m.ids) < ks.databases {
			m.ids = append(m.ids, m.next)
			m.next++
		}
		if err := b.Set(systemDatabases, m.append(nil)); err != nil {
			return err
		}
	}
	ks.dbs.Store(m)
	if err := dropReplacement(ks.store, b); err != nil {
		return err
	}

	raw, err = ks.store.Get(systemVersions)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		ks.versions.next, ks.versions.limit = 1, 1
	case err != nil:
		return err
	case len(raw) != 8:
		return corrupt(errors.New("version record does not decode"))
	default:
		v := (binary.BigEndian.Uint64(raw) + 1<<placeBits - 1) >> placeBits
		ks.versions.next, ks.versions.limit = v, v
	}
	if err := ks.counts.load(ks.store, m.ids); err != nil {
		return err
	}
	if b.Len() > 0 {
		if err := ks.applyNow(b); err != nil {
			return err
		}
	}
	if unsized {
		return ks.measureAll()
	}
	return nil
}

// Reread makes everything durable and reads again what is kept in memory beside
// the store, as if the keyspace were opened anew. The run has the lock on the whole
// keyspace (LockAll) and has written nothing.
func (r *Run) Reread() error {
	if err := r.ks.store.Flush(); err != nil {
		return err
	}
	r.ks.recent.clear()
	return r.ks.counts.load(r.ks.store, r.dbs.ids)
}

// versions hands out collection versions. They are never reused, also not
// after a crash: the record in the store is always at or above every one given.
// A version ends in the place of the key it was made for, so that subkeys, which
// carry nothing else, are found in the partition of their key.
type versions struct {
	mu          sync.Mutex
	next, limit uint64 // without the place
}

// versionBlock is how many versions are reserved at a time.
const versionBlock = 1 << 20

// newVersion returns a version for a collection under key.
func (ks *Keyspace) newVersion(key []byte) (uint64, error) {
	v := &ks.versions
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.next == v.limit {
		limit := v.limit + versionBlock
		w := ks.newWrite()
		if err := w.batch.Set(systemVersions, binary.BigEndian.AppendUint64(nil, limit<<placeBits)); err != nil {
			return 0, err
		}
		p, err := ks.store.Apply(w.batch)
		if err != nil {
			return 0, errors.Join(err, w.release())
		}
		w.pending = p
		v.limit = limit
		// The log is in order: whatever is written under the new versions
		// becomes durable after this record, so nobody needs to wait for it
		// here. A failed log fails every later write too.
		go func() {
			if err := w.Wait(); err != nil {
				ks.log.Error("reserving versions", "err", err)
			}
		}()
	}
	version := v.next<<placeBits | placeOf(key)
	v.next++
	return version, nil
}

// newest is a version above all that were handed out.
func (v *versions) newest() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.next << placeBits
}
