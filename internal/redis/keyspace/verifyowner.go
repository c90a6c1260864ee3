package keyspace

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// owner is the metadata of a value with subkeys, while those are looked for.
type owner struct {
	Meta
	id      uint32
	key     string
	passing bool // it comes or goes: its subkeys need not agree
}

const (
	// ownersMemory bounds the owners that are held at a time.
	ownersMemory = 64 << 20
	// ownerBytes is about what one takes beyond its variable parts.
	ownerBytes = 208
)

// collections reads the metadata of all keys and, side by side in the order of
// versions, collections and subkeys. Of more collections than memory is to hold, those
// with the lowest versions come first, and the metadata is read again for the next.
func (v *verifier) collections() error {
	for from, first := uint64(0), true; first || from > 0; first = false {
		owners, next, err := v.owners(from, first)
		if err != nil {
			return err
		}
		if err := v.subkeys(from, next, owners); err != nil {
			return err
		}
		from = next
	}
	return nil
}

// owners are the collections with versions from from on, as many as memory may hold,
// in order; those from next on are left, 0 if there are none. The first time, keys are
// counted too.
func (v *verifier) owners(from uint64, first bool) (list []owner, next uint64, err error) {
	size := 0
	err = v.each([]byte{tagMeta}, []byte{tagMeta + 1}, func(key, value []byte) error {
		m, ok, err := v.metadata(key, value, first)
		if err != nil || !ok || !m.subkeys() || m.version < from || next > 0 && m.version >= next {
			return err
		}
		id := binary.BigEndian.Uint32(key[1:])
		o := owner{Meta: m, id: id, key: string(key[metaKeyLen:]), passing: v.passing[id]}
		o.value = slices.Clone(m.value)
		list = append(list, o)
		if size += ownerBytes + len(o.key) + len(o.value); size > v.o.memory {
			list, next = lowest(list)
			size = 0
			for i := range list {
				size += ownerBytes + len(list[i].key) + len(list[i].value)
			}
		}
		return nil
	})
	sortOwners(list)
	return list, next, err
}

func sortOwners(list []owner) {
	slices.SortStableFunc(list, func(a, b owner) int { return cmp.Compare(a.version, b.version) })
}

// lowest is the half of the owners with the lowest versions, and the first version that
// is not among them.
func lowest(list []owner) (half []owner, next uint64) {
	sortOwners(list)
	at := len(list) / 2
	for at > 1 && list[at].version == list[at-1].version {
		at--
	}
	if at == 0 || list[at].version == list[0].version {
		return list, list[len(list)-1].version + 1
	}
	return slices.Clone(list[:at]), list[at].version
}

// metadata decodes the metadata of a key; ok is false if that cannot be used. The first
// time it is counted, and faults are reported.
func (v *verifier) metadata(key, value []byte, first bool) (m Meta, ok bool, err error) {
	var fault error
	if len(key) < metaKeyLen {
		fault = errMeta
	} else if m, fault = decodeMeta(value); fault == nil && (m.Type == TypeNone || m.Type > TypeStream) {
		fault = errMeta
	}
	if !first {
		return m, fault == nil, nil
	}
	if len(key) < metaKeyLen {
		v.undecoded = true
		return m, false, v.report(Fault{Code: FaultMetadata, DB: -1, Key: slices.Clone(key), Expected: "a key", Found: fmt.Sprintf("%x", key)})
	}
	id, name := binary.BigEndian.Uint32(key[1:]), key[metaKeyLen:]
	db := v.number(id)
	if fault != nil {
		v.undecoded = true
		err := v.report(Fault{
			Code: FaultMetadata, DB: db, Key: slices.Clone(name), Expected: "metadata", Found: fmt.Sprintf("%x…", value[:min(len(value), 32)]),
		})
		return m, false, err
	}
	if m.subkeys() {
		v.newest = max(v.newest, m.version)
	}
	if v.passing[id] {
		return m, true, nil
	}
	t := v.tallies[id]
	t.keys++
	t.bytes += m.footprint(len(name))
	for i, ms := range [2]int64{m.Expire, m.due} {
		if ms != 0 {
			v.wanted[i].add(appendExpiryKey(nil, expiryTags[i], ms, id, name))
		}
	}
	if m.Expire != 0 {
		t.expiry(m.Expire, 1)
	}
	if m.due != 0 {
		t.timed++
	}
	v.tallies[id] = t
	if db < 0 {
		return m, true, v.report(Fault{
			Code: FaultDatabase, DB: -1, Key: slices.Clone(name), Expected: "one of the databases", Found: fmt.Sprintf("database id %d", id),
		})
	}
	return m, true, nil
}

// subkeys goes through the subkeys of versions from from up to and without next, all if
// that is 0, beside those who should own them.
func (v *verifier) subkeys(from, next uint64, owners []owner) (err error) {
	lower, _ := versionBounds(from)
	upper := []byte{tagSub + 1}
	if next > 0 {
		upper, _ = versionBounds(next)
	}
	queue, err := v.r.NewIter(storage.IterOptions{Lower: appendVersionGarbage(nil, from), Upper: []byte{tagGarbage, garbageVersion + 1}, KeysOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, queue.Close()) }()
	queued := queue.First()
	var c *contents
	err = v.each(lower, upper, func(key, value []byte) error {
		if len(key) < subPrefixLen {
			return v.report(Fault{Code: FaultRecord, DB: -1, Expected: "a subkey", Found: fmt.Sprintf("an entry under %x", key)})
		}
		version := binary.BigEndian.Uint64(key[1:])
		if c == nil || c.version != version {
			if err := c.end(); err != nil {
				return err
			}
			c = nil
			for ; len(owners) > 0 && owners[0].version < version; owners = owners[1:] {
				if err := v.empty(&owners[0]); err != nil {
					return err
				}
			}
			for garbage := appendVersionGarbage(nil, version); queued && string(queue.Key()) < string(garbage); {
				queued = queue.Next()
			}
			c = &contents{v: v, version: version}
			c.ignored = queued && string(queue.Key()) == string(appendVersionGarbage(nil, version)) || version < v.below
			if len(owners) > 0 && owners[0].version == version {
				o := owners[0]
				c.owner, owners = &o, owners[1:]
				c.ignored = c.ignored || o.passing
				for ; len(owners) > 0 && owners[0].version == version; owners = owners[1:] {
					if err := v.shared(&o, &owners[0]); err != nil {
						return err
					}
				}
			}
		}
		return c.take(key, value)
	})
	if err = errors.Join(err, queue.Error()); err != nil {
		return errors.Join(err, c.close())
	}
	if err := c.end(); err != nil {
		return err
	}
	for i := range owners {
		if err := v.empty(&owners[i]); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) shared(a, b *owner) error {
	return v.report(Fault{
		Code: FaultShared, DB: v.number(b.id), Key: []byte(b.key), Expected: "subkeys of its own",
		Found: fmt.Sprintf("those of key %q in database %d", a.key, v.number(a.id)),
	})
}

// empty deals with a value that has no subkeys, though it may have some.
func (v *verifier) empty(o *owner) error {
	if o.passing {
		return nil
	}
	c := &contents{v: v, version: o.version, owner: o}
	return c.end()
}
