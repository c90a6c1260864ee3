package keyspace

import (
	"encoding/binary"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// The TTLs of a hash's fields: section t has each one's time by name, section d
// the same fields in the order of time. The metadata knows the time of the first
// (due), so that reading a hash none of whose fields is due costs nothing more,
// and a hash that never had a field TTL nothing at all.
//
// A field whose time has come is invisible at once. The field, its entries and
// its share in Len go when ExpireDue or a write to the very field removes them,
// and the key with the last field: so it is in redis-server 7.4.

// FieldTTL is what a field has of a TTL.
type FieldTTL struct {
	Exists bool
	Expire int64 // unix milliseconds; 0 without a TTL
}

// Timed says whether a field has a TTL, or once had one.
func (h *Hash) Timed() bool { return h.timed }

// HasTTLs says whether any field has a TTL.
func (h *Hash) HasTTLs() bool { return h.due != 0 }

// HasDue says whether Len may count fields that are not visible any more.
func (h *Hash) HasDue() bool { return h.due != 0 && h.r.Past(h.due) }

// FirstDue is when the first field expires, in unix milliseconds, 0 if none does.
func (h *Hash) FirstDue() int64 { return h.due }

// EachWithTTL is Each that gives also the fields whose time has come, and each
// field's expiry time, 0 if it has none. O(N).
func (h *Hash) EachWithTTL(fn func(field, value []byte, expire int64) (more bool, err error)) error {
	return h.eachMember(func(field, value []byte) (bool, error) {
		ms, err := h.expiry(field)
		if err != nil {
			return false, err
		}
		return fn(field, value, ms)
	})
}

// LoadTTL is ExpireField for a hash that is read from elsewhere: a time that has
// passed leaves the field to ExpireDue.
func (h *Hash) LoadTTL(field []byte, ms int64) error {
	if err := h.moveTTL(field, ms); err != nil {
		return err
	}
	return h.saveTTLs()
}

// FieldTTL is the TTL of a field. O(1).
func (h *Hash) FieldTTL(field []byte) (FieldTTL, error) {
	_, ok, err := h.member(field)
	if err != nil || !ok {
		return FieldTTL{}, err
	}
	ms, err := h.expiry(field)
	if err != nil || (ms != 0 && h.r.Past(ms)) {
		return FieldTTL{}, err
	}
	return FieldTTL{Exists: true, Expire: ms}, nil
}

// ExpireField gives an existing field an expiry time in unix milliseconds; 0
// takes it away. A time that has passed removes the field. O(1).
func (h *Hash) ExpireField(field []byte, ms int64) error {
	if ms != 0 && h.r.Past(ms) {
		_, err := h.Del(field)
		return err
	}
	if err := h.moveTTL(field, ms); err != nil {
		return err
	}
	return h.saveTTLs()
}

// expiry is the expiry time of an existing field as it is stored, 0 for none.
func (o *object) expiry(field []byte) (int64, error) {
	if o.due == 0 {
		return 0, nil
	}
	raw, err := o.r.w.Get(o.fieldKey(sectionTTL, field))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return decodeFieldExpiry(raw)
}

func decodeFieldExpiry(b []byte) (int64, error) {
	if len(b) != 8 {
		return 0, corrupt(errors.New("a field's expiry time does not decode"))
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

// hidden says whether an existing field's time has come.
func (h *Hash) hidden(field []byte) (bool, error) {
	if !h.HasDue() {
		return false, nil
	}
	ms, err := h.expiry(field)
	return ms != 0 && h.r.Past(ms), err
}

// fieldKey builds the subkey of a field in the section of its value or TTL.
func (o *object) fieldKey(section byte, field []byte) []byte {
	b := appendUint48(o.sub(section), memberHash(field))
	o.r.subBuf = append(b, field...)
	return o.r.subBuf
}

// dueKey builds the subkey of a field in the order of time.
func (o *object) dueKey(ms int64, field []byte) []byte {
	b := binary.BigEndian.AppendUint64(o.sub(sectionDue), uint64(ms))
	o.r.subBuf = append(b, field...)
	return o.r.subBuf
}

// ttlBytes is what the entries of a field's TTL take.
func ttlBytes(field int) int64 {
	return entryBytes(subPrefixLen+memberHashLen+field, 8) + entryBytes(subPrefixLen+8+field, 0)
}

// moveTTL changes the stored expiry time of an existing field, and keeps due
// exact. saveTTLs must follow.
func (h *Hash) moveTTL(field []byte, ms int64) error {
	old, err := h.expiry(field)
	if err != nil || old == ms {
		return err
	}
	if old != 0 {
		h.bytes -= ttlBytes(len(field))
		if err := h.r.w.Delete(h.dueKey(old, field)); err != nil {
			return err
		}
	}
	if ms == 0 {
		if err := h.r.w.Delete(h.fieldKey(sectionTTL, field)); err != nil {
			return err
		}
	} else {
		h.timed = true
		h.bytes += ttlBytes(len(field))
		if err := h.r.w.Set(h.fieldKey(sectionTTL, field), binary.BigEndian.AppendUint64(nil, uint64(ms))); err != nil {
			return err
		}
		if err := h.r.w.Set(h.dueKey(ms, field), nil); err != nil {
			return err
		}
	}
	switch {
	case ms != 0 && (h.due == 0 || ms <= h.due):
		h.due = ms
	case old == h.due:
		h.due, err = h.firstDue()
	}
	return err
}

// saveTTLs writes the metadata if a change of existing fields changed it.
func (h *Hash) saveTTLs() error {
	if h.due == h.stored.due && h.timed == h.stored.timed && h.bytes == h.stored.bytes {
		return nil
	}
	return h.save()
}

// firstDue looks for the first TTL, at or after the one that was.
func (h *Hash) firstDue() (ms int64, err error) {
	err = h.eachDue(h.due, func(at int64, _ []byte) (bool, error) {
		ms = at
		return false, nil
	})
	return ms, err
}

// eachDue calls fn for the fields with a TTL in the order of time, beginning at
// from. field is valid during the call only; fn may change the hash.
func (h *Hash) eachDue(from int64, fn func(ms int64, field []byte) (bool, error)) error {
	lower := binary.BigEndian.AppendUint64(appendSubPrefix(nil, h.version, sectionDue), uint64(from))
	_, upper := h.section(sectionDue)
	return h.r.scanRange(lower, upper, false, func(key, _ []byte) (bool, error) {
		if len(key) < subPrefixLen+8 {
			return false, corrupt(errors.New("a field's place in the order of time does not decode"))
		}
		return fn(int64(binary.BigEndian.Uint64(key[subPrefixLen:])), key[subPrefixLen+8:])
	})
}

// expireFields removes up to limit fields whose time has come, and says which,
// and whether there are more.
func (h *Hash) expireFields(limit int) (fields [][]byte, more bool, err error) {
	next := int64(0)
	err = h.eachDue(h.due, func(ms int64, field []byte) (bool, error) {
		if ms > h.r.now || len(fields) == limit {
			next, more = ms, ms <= h.r.now
			return false, nil
		}
		fields = append(fields, append([]byte{}, field...))
		value, _, err := h.member(field)
		if err != nil {
			return false, err
		}
		place := h.memberKey(field)
		h.bytes -= ttlBytes(len(field)) + entryBytes(len(place), len(value))
		return true, errors.Join(
			h.r.w.Delete(place),
			h.r.w.Delete(h.dueKey(ms, field)),
			h.r.w.Delete(h.fieldKey(sectionTTL, field)),
		)
	})
	if err != nil {
		return nil, false, err
	}
	h.due = next
	h.Size -= int64(len(fields))
	if err := h.save(); err != nil {
		return nil, false, err
	}
	return fields, more, h.removed(3 * len(fields))
}
