package keyspace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// The size of the data, which INFO, MEMORY USAGE and maxmemory go by. It is what
// its entries take: each counts its key and value as they are stored, before
// compression, and entryOverhead. Counted are
//
//   - a key's metadata, a short string's value with it, and its entries in the expiry
//     indexes;
//   - the chunks of a long string, those included that are not stored because they
//     are zeros;
//   - the fields of a hash, and their TTLs twice, by name and by time; the members of a set, the elements of a list, the
//     entries of a stream; the members of a sorted set twice, by name and by score;
//   - groups, consumers and pending entries of a stream, at fixed sizes beyond
//     their names.
//
// Left out is what only speeds things up and is small beside them: rank counts and
// the nodes of streams.
//
// What subkeys take stands in the metadata, so that deleting, renaming or moving
// it changes the totals without looking at it.
const (
	// entryOverhead is about what an entry takes beyond its bytes in an ordered
	// tree in memory: two headers and their share of a node. On disk it is less.
	entryOverhead = 48
	// versionedBytes is what the metadata of a value with subkeys takes beyond its key.
	versionedBytes = 24
	// groupBytes, consumerBytes and pendingBytes are what the parts of a stream's
	// groups take beyond their names; a pending entry has the consumer's.
	groupBytes    = entryOverhead + subPrefixLen + 32
	consumerBytes = entryOverhead + subPrefixLen + 8 + 16
	pendingBytes  = 2*(entryOverhead+subPrefixLen+8+streamIDLen) + 8 + 16
)

// entryBytes is what a subkey and its value of these lengths take.
func entryBytes(key, value int) int64 { return entryOverhead + int64(key+value) }

// footprint is what a key of this length with this metadata takes.
func (m *Meta) footprint(key int) int64 {
	if m.Type == TypeNone {
		return 0
	}
	n := entryOverhead + metaKeyLen + int64(key) + 1
	if m.Expire != 0 {
		n += 8 + entryOverhead + expiryPrefixLen + int64(key)
	}
	if m.due != 0 {
		n += 8 + entryOverhead + expiryPrefixLen + int64(key)
	}
	if m.subkeys() {
		return n + versionedBytes + m.bytes
	}
	return n + int64(len(m.value))
}

// Usage is what the data takes in bytes.
type Usage struct {
	Data int64 // keys that exist, or have expired and are not removed yet
	// Garbage is what was deleted or flushed and is not collected yet, Pending the
	// number of its objects: deleted collections, and all keys of flushed databases.
	Garbage, Pending int64
	// Collected is the number of such objects that were removed since the start;
	// of deleted collections only large ones, as redis-server frees others at once.
	Collected uint64
}

// lazyEffort is the size of a collection from which redis-server frees it in the
// background (LAZYFREE_THRESHOLD in lazyfree.c).
const lazyEffort = 64

// Usage tells what the data takes. Data and Garbage are exact as of the batches
// that were applied.
func (ks *Keyspace) Usage() Usage {
	return Usage{
		Data: ks.counts.live.Load(), Garbage: ks.counts.garbage.Load(),
		Pending: ks.counts.pending(), Collected: ks.collected.Load(),
	}
}

// DataBytes is Usage's Data alone, cheap enough to ask before every command.
func (ks *Keyspace) DataBytes() int64 { return ks.counts.live.Load() }

// PendingBytes is by how much this run will change DataBytes when it is applied.
func (r *Run) PendingBytes() (n int64) {
	for i := range r.deltas {
		if r.deltas[i].id != garbageID {
			n += r.deltas[i].bytes
		}
	}
	return n
}

// Footprint is what the key takes in bytes, and 0 if it does not exist.
func (k *Key) Footprint() int64 { return k.Meta.footprint(len(k.key)) }

// measure adds up the entries of a collection.
func (ks *Keyspace) measure(m *Meta) (n int64, err error) {
	lower, upper := versionBounds(m.version)
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			return 0, err
		}
		one, err := measureEntry(it.Key(), value)
		if err != nil {
			return 0, err
		}
		n += one
	}
	return n, it.Error()
}

func measureEntry(key, value []byte) (int64, error) {
	if len(key) < subPrefixLen {
		return 0, corrupt(errors.New("a subkey is too short"))
	}
	switch key[subPrefixLen-1] {
	case sectionMember, sectionTTL, sectionDue, sectionList, sectionOrdered, sectionEntry:
		return entryBytes(len(key), len(value)), nil
	case sectionGroup:
		return groupBytes + int64(len(key)-subPrefixLen), nil
	case sectionConsumer:
		return consumerBytes + int64(len(key)-subPrefixLen-8), nil
	case sectionPending:
		p, err := readPending(lastStreamID(key), value)
		return pendingBytes + int64(len(p.Consumer)), err
	}
	return 0, nil
}

// measureStep is the number of keys that measureAll rewrites in one batch.
const measureStep = 1024

// measureAll counts the bytes of a keyspace that was written before they were kept,
// and notes those of its collections in their metadata. Should it be interrupted, it
// begins again.
func (ks *Keyspace) measureAll() (err error) {
	ks.log.Info("counting the bytes of all keys, once")
	lower := []byte{tagMeta}
	it, err := ks.store.NewIter(storage.IterOptions{Lower: lower, Upper: storage.PrefixEnd(lower)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	found := make(map[uint32]tally)
	b := ks.store.NewBatch()
	defer func() { err = errors.Join(err, b.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		key := it.Key()
		if len(key) < metaKeyLen {
			return corrupt(errMeta)
		}
		value, err := it.Value()
		if err != nil {
			return err
		}
		m, err := decodeMeta(value)
		if err != nil {
			return err
		}
		if m.collection() {
			if m.bytes, err = ks.measure(&m); err != nil {
				return err
			}
			if err := b.Set(key, appendMeta(nil, &m)); err != nil {
				return err
			}
		}
		t := found[binary.BigEndian.Uint32(key[1:])]
		t.keys++
		t.bytes += m.footprint(len(key) - metaKeyLen)
		found[binary.BigEndian.Uint32(key[1:])] = t
		if b.Len() == measureStep {
			if err := ks.applyNow(b); err != nil {
				return err
			}
			b.Reset()
		}
	}
	if err := it.Error(); err != nil {
		return err
	}
	return ks.setBytes(b, found)
}

// setBytes enters what measureAll found. A flushed database had no counts until
// now, others have all but their bytes.
func (ks *Keyspace) setBytes(b storage.Batch, found map[uint32]tally) error {
	ids := ks.dbs.Load().ids
	for id, t := range found {
		if slices.Contains(ids, id) {
			whole := ks.counts.get(id)
			whole.bytes = t.bytes
			t = whole
		}
		if err := b.Set(countsKey(id), t.append(nil)); err != nil {
			return err
		}
	}
	if err := b.Set(systemFormat, []byte{encodingVersion}); err != nil {
		return err
	}
	if err := ks.applyNow(b); err != nil {
		return err
	}
	return ks.counts.load(ks.store, ids)
}

func (ks *Keyspace) applyNow(b storage.Batch) error {
	p, err := ks.store.Apply(b)
	if err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return fmt.Errorf("keyspace: %w", err)
	}
	return nil
}
