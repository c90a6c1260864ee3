package keyspace

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// read returns the metadata as it is stored, expired or not; TypeNone if there
// is none.
func (r *Run) read(id uint32, key []byte) (Meta, error) {
	if len(key) > MaxKey {
		return Meta{}, nil
	}
	r.keyBuf = appendMetaKey(r.keyBuf[:0], id, key)
	raw, err := r.w.Get(r.keyBuf)
	if errors.Is(err, storage.ErrNotFound) {
		return Meta{}, nil
	}
	if err != nil {
		return Meta{}, err
	}
	return decodeMeta(raw)
}

// expired says whether a key's time is over, by the run's clock.
func (r *Run) expired(stored *Meta) bool {
	return stored.Expire != 0 && r.Past(stored.Expire)
}

// live is stored as a command sees it: an expired key is none.
func (r *Run) live(id uint32, key []byte, stored Meta) Meta {
	if r.expired(&stored) {
		r.cameAcross(id, key, &stored)
		return Meta{}
	}
	return stored
}

// put replaces the metadata of key. old is what read returned: counts, expiry
// index and garbage follow from the difference.
func (r *Run) put(id uint32, key []byte, old, m *Meta) error {
	if len(key) > MaxKey {
		return ErrKeyTooLong
	}
	t := r.tally(id)
	if old.Type == TypeNone {
		t.keys++
		r.ks.access.create(key, r.now)
	} else if r.expired(old) {
		r.lapse(id, key)
	}
	t.bytes += m.footprint(len(key)) - old.footprint(len(key))
	if (m.collection() || old.collection()) && !r.frozen && r.ks.waiters.Load() > 0 {
		r.signal(id, key, old, m)
	}
	if err := r.moveExpiry(id, key, old, m); err != nil {
		return err
	}
	if old.subkeys() && old.version != m.version {
		if err := r.discard(old); err != nil {
			return err
		}
	}
	r.keyBuf = appendMetaKey(r.keyBuf[:0], id, key)
	r.valBuf = appendMeta(r.valBuf[:0], m)
	var err error
	if old.Type == TypeNone {
		err = r.setNew(r.keyBuf, r.valBuf)
	} else {
		err = r.w.Set(r.keyBuf, r.valBuf)
	}
	if cap(r.valBuf) > maxKeptBuffer {
		r.valBuf = nil
	}
	return err
}

// maxKeptBuffer is the size up to which a run keeps its encoding buffer.
const maxKeptBuffer = 64 << 10

// drop removes key, whose stored metadata is old, and queues its subkeys.
func (r *Run) drop(id uint32, key []byte, old *Meta) error {
	if old.subkeys() && (old.Size > 0 || old.Type == TypeStream) { // an empty stream can have groups
		if err := r.discard(old); err != nil {
			return err
		}
	}
	return r.forget(id, key, old)
}

// forget removes key's metadata alone: its subkeys have a new owner, or none
// are left.
func (r *Run) forget(id uint32, key []byte, old *Meta) error {
	if old.Type == TypeNone {
		return nil
	}
	t := r.tally(id)
	t.keys--
	t.bytes -= old.footprint(len(key))
	if r.expired(old) {
		r.lapse(id, key)
	}
	if old.Type == TypeStream && r.ks.waiters.Load() > 0 {
		r.signal(id, key, old, &Meta{})
	}
	if err := r.moveExpiry(id, key, old, &Meta{}); err != nil {
		return err
	}
	r.keyBuf = appendMetaKey(r.keyBuf[:0], id, key)
	return r.w.Delete(r.keyBuf)
}

// moveExpiry keeps the expiry indexes exact: one entry per key with a TTL, at
// the time its metadata says, and one per hash of which a field has a TTL.
func (r *Run) moveExpiry(id uint32, key []byte, old, m *Meta) error {
	if old.Expire == m.Expire && old.due == m.due {
		return nil
	}
	t := r.tally(id)
	if old.Expire != 0 {
		t.expiry(old.Expire, -1)
	}
	if m.Expire != 0 {
		t.expiry(m.Expire, 1)
	}
	if old.due != 0 {
		t.timed--
	}
	if m.due != 0 {
		t.timed++
	}
	if err := r.moveEntry(tagExpiry, id, key, old.Expire, m.Expire); err != nil {
		return err
	}
	return r.moveEntry(tagFields, id, key, old.due, m.due)
}

// moveEntry moves a key's entry in one of the expiry indexes; 0 is nowhere.
func (r *Run) moveEntry(tag byte, id uint32, key []byte, from, to int64) error {
	if from == to {
		return nil
	}
	if from != 0 && !(r.keepEntries && tag == tagExpiry) {
		r.keyBuf = appendExpiryKey(r.keyBuf[:0], tag, from, id, key)
		if err := r.w.Delete(r.keyBuf); err != nil {
			return err
		}
	}
	if to != 0 {
		r.indexed = true
		r.keyBuf = appendExpiryKey(r.keyBuf[:0], tag, to, id, key)
		return r.setNew(r.keyBuf, nil)
	}
	return nil
}

// object is an open collection: its key, its metadata as stored and as
// changed. It is embedded in Hash, List, Set and ZSet.
type object struct {
	r      *Run
	id     uint32
	key    []byte
	stored Meta
	// aside is set for one that is being built: it has no key, and no metadata is
	// written. fresh says that the store has nothing of its version yet.
	aside, fresh bool
	Meta
}

// open reads the metadata of key for a command on collections of type t.
func (r *Run) open(db int, key []byte, t Type) (object, error) {
	id, err := r.dbid(db)
	if err != nil {
		return object{}, err
	}
	stored, err := r.read(id, key)
	if err != nil {
		return object{}, err
	}
	r.touch(key)
	m, err := r.visible(id, key, &stored)
	if err != nil {
		return object{}, err
	}
	o := object{r: r, id: id, key: key, stored: stored, Meta: m}
	if o.Type != TypeNone && o.Type != t {
		return object{}, ErrWrongType
	}
	return o, nil
}

// Exists says whether the key exists (with the type it was opened for).
func (o *object) Exists() bool { return o.Type != TypeNone }

// Len is the number of members or elements; 0 if the key does not exist.
func (o *object) Len() int64 { return o.Size }

// create makes the collection if it does not exist yet. Its metadata is
// written by the save that follows the first member.
func (o *object) create(t Type) error {
	if o.Type != TypeNone {
		return nil
	}
	if len(o.key) > MaxKey {
		return ErrKeyTooLong
	}
	version, err := o.r.ks.newVersion(o.key)
	if err != nil {
		return err
	}
	o.Meta = Meta{Type: t, version: version}
	return nil
}

// save writes the metadata after a change of size; an empty collection ceases
// to exist.
func (o *object) save() error {
	if o.aside {
		return nil
	}
	if o.Size > 0 {
		if err := o.r.put(o.id, o.key, &o.stored, &o.Meta); err != nil {
			return err
		}
		o.stored = o.Meta
		return nil
	}
	if o.stored.subkeys() && o.stored.version != o.version && o.stored.Size > 0 {
		// Created over an expired key and emptied again before its first save.
		if err := o.r.discard(&o.stored); err != nil {
			return err
		}
	}
	if err := o.r.forget(o.id, o.key, &o.stored); err != nil {
		return err
	}
	o.Meta, o.stored = Meta{}, Meta{}
	return nil
}

// Delete removes the whole key, at a cost that does not depend on its size.
func (o *object) Delete() error {
	if err := o.r.drop(o.id, o.key, &o.stored); err != nil {
		return err
	}
	o.Meta, o.stored = Meta{}, Meta{}
	return nil
}

// sub builds a subkey in the run's buffer, valid until the next one.
func (o *object) sub(section byte) []byte {
	o.r.subBuf = appendSubPrefix(o.r.subBuf[:0], o.version, section)
	return o.r.subBuf
}
