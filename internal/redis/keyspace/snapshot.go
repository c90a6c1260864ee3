package keyspace

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// Snapshot is the keyspace as it was at one moment, between two batches. It takes
// no locks and holds nobody up. It is used by one goroutine at a time.
//
// What it gives can be read only. Of a sorted set only Each and Score may be
// used: its order is partly kept in memory, and there it is today's.
type Snapshot struct {
	store storage.Snapshot
	run   *Run
}

// Snapshot takes a snapshot, which must be closed. It includes the writes of runs
// that were applied, and of no other.
func (ks *Keyspace) Snapshot() (*Snapshot, error) {
	store := ks.store.NewSnapshot()
	raw, err := store.Get(systemDatabases)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	dbs, err := decodeDatabaseMap(raw)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	r := &Run{ks: ks, w: storage.NewOverlay(store), dbs: dbs, now: ks.now(), frozen: true}
	return &Snapshot{store: store, run: r}, nil
}

// Close releases the snapshot.
func (s *Snapshot) Close() error { return s.store.Close() }

// Time is when the snapshot was taken, in unix milliseconds. Keys whose time was
// over then are not in it.
func (s *Snapshot) Time() int64 { return s.run.now }

// Databases is the number of databases.
func (s *Snapshot) Databases() int { return s.run.ks.databases }

// DBStats counts the keys of a database, those included whose time is over but
// which are not removed yet.
func (s *Snapshot) DBStats(db int) (DBStats, error) {
	id, err := s.run.dbid(db)
	if err != nil {
		return DBStats{}, err
	}
	raw, err := s.store.Get(countsKey(id))
	if errors.Is(err, storage.ErrNotFound) {
		return DBStats{}, nil
	}
	if err != nil {
		return DBStats{}, err
	}
	t, err := decodeTally(raw)
	return DBStats{Keys: t.keys, Expires: t.expires}, err
}

// EachKey calls fn for the keys of a database that begin with prefix, in order,
// until it returns false. The key is valid during the call only.
func (s *Snapshot) EachKey(db int, prefix []byte, fn func(k *Key) (more bool, err error)) error {
	id, err := s.run.dbid(db)
	if err != nil {
		return err
	}
	k := Key{object{r: s.run, id: id}}
	return s.run.EachKey(db, prefix, func(key []byte, m Meta) (bool, error) {
		k.key, k.stored, k.Meta = key, m, m
		return fn(&k)
	})
}

// IdleSeconds is Run.IdleSeconds, as it is now.
func (s *Snapshot) IdleSeconds(key []byte) (seconds int64, ok bool) { return s.run.IdleSeconds(key) }

// UseFrequency is Run.UseFrequency, as it is now.
func (s *Snapshot) UseFrequency(key []byte) (counter int64, ok bool) { return s.run.UseFrequency(key) }

// EachBlob is Run.EachBlob.
func (s *Snapshot) EachBlob(prefix string, fn func(name string, value []byte) error) error {
	return s.run.EachBlob(prefix, fn)
}

// Name is the key's name.
func (k *Key) Name() []byte { return k.key }

// Hash is the value of a key whose type is TypeHash.
func (k *Key) Hash() Hash { return Hash{k.object} }

// List is the value of a key whose type is TypeList.
func (k *Key) List() List { return List{k.object} }

// Set is the value of a key whose type is TypeSet.
func (k *Key) Set() Set { return Set{k.object} }

// ZSet is the value of a key whose type is TypeZSet.
func (k *Key) ZSet() ZSet { return ZSet{object: k.object} }

// Stream is the value of a key whose type is TypeStream.
func (k *Key) Stream() (Stream, error) {
	info, err := decodeStreamInfo(k.value)
	return Stream{object: k.object, info: info}, err
}
