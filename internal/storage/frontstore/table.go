package frontstore

import (
	"bytes"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/ordered"
)

// table holds the writes of a stretch of the journal: of each key the newest, and
// the range deletes, which lie below them.
//
// Finding a key takes a hash table. Order costs more, and a load of point reads
// and writes never asks for it: so keys enter a tree only when somebody wants to
// walk over them. What is not in the tree yet is listed by the keys' first byte and
// by a hash of what callers keep collections apart by: who walks over one does not
// pay for the others.
//
// The store's lock guards a table: shared to read, exclusive to change, and to
// put keys in order.
type table struct {
	entries map[string]*entry // with those that cuts say are gone
	deleted storage.Ranges
	cuts    cuts
	number  uint32 // of the newest range delete, as in cuts
	bytes   int64
	largest int // length of the longest value there was

	group   int                // Options.GroupBytes
	loose   [256]*[parts]loose // by first byte and part; not in ordered, or changed since
	ordered ordered.Map[[]byte]
	view    *ordered.Map[[]byte] // a copy of ordered as it is, nil if there is none
}

// entry is the newest write of one key.
type entry struct {
	key   string
	value []byte // nil deletes
	after uint32 // number of the newest range delete when it was written
	loose bool   // it is in table.loose
}

// entryOverhead is what an entry takes beside its key and value: itself, its
// places in the map and the list, and the allocator's rounding.
const entryOverhead = 144

// loose are entries that are out of order.
type loose []*entry

const (
	// kindParts is the number of lists among which the keys of a group are distributed,
	// by the byte after what they have in common, and groupParts that of sets of such
	// lists among which groups are.
	kindParts  = 8
	groupParts = 32
	parts      = kindParts * groupParts
)

func newTable(group int) *table { return &table{entries: make(map[string]*entry), group: group} }

func (t *table) empty() bool { return len(t.entries) == 0 && len(t.deleted) == 0 }

// get returns what the table does to key, as storage.Layer's Get does.
func (t *table) get(key []byte) (value []byte, deleted, ok bool) {
	if e := t.entries[string(key)]; e != nil {
		if t.gone(e) {
			return nil, true, true
		}
		return e.value, e.value == nil, true
	}
	if t.deleted != nil && t.deleted.Covers(key) {
		return nil, true, true
	}
	return nil, false, false
}

// gone says that a range delete came after the entry.
func (t *table) gone(e *entry) bool {
	if e.after == t.number {
		return false
	}
	c := t.cuts.covering(e.key)
	return c != nil && c.number > e.after
}

// apply makes the writes of a record's body. It copies what it keeps, unless the body
// is large: kept says that the body must not change any more. So a body stays in memory
// for as long as anything of it does, which the length of the journal bounds.
func (t *table) apply(body []byte) (kept bool, err error) {
	if len(body) >= sharedBody {
		err = eachWrite(body, func(op byte, key, value []byte) {
			if op == opDeleteRange {
				t.deleteRange(key, value)
				return
			}
			t.put(asString(key), key, value)
		})
		return true, err
	}
	err = eachWrite(body, func(op byte, key, value []byte) {
		switch {
		case op == opDeleteRange:
			t.deleteRange(key, value)
		case value == nil:
			t.put("", key, nil)
		default:
			t.put("", key, append(make([]byte, 0, len(value)), value...))
		}
	})
	return false, err
}

// sharedBody is the length from which on keys and values are not copied out of a body.
const sharedBody = 1 << 20

// put keeps value, and own as a new entry's key, or a copy of key if own is empty.
// Readers may keep what they got: values are replaced, never changed.
func (t *table) put(own string, key, value []byte) {
	e := t.entries[string(key)]
	if e == nil {
		if own == "" {
			own = string(key)
		}
		e = &entry{key: own}
		t.entries[e.key] = e
		t.bytes += entryOverhead + int64(len(key))
	}
	t.bytes += int64(len(value) - len(e.value))
	e.value, e.after = value, t.number
	if len(t.cuts) > 0 {
		if c := t.cuts.covering(e.key); c != nil {
			c.written = true
		}
	}
	t.largest = max(t.largest, len(value))
	if !e.loose {
		e.loose = true
		kind := t.loose[firstByte(key)]
		if kind == nil {
			kind = new([parts]loose)
			t.loose[firstByte(key)] = kind
		}
		part := &kind[t.part(key)]
		*part = append(*part, e)
	}
}

// deleteRange costs the same however many entries are gone then.
func (t *table) deleteRange(lower, upper []byte) {
	t.number++
	t.cuts = t.cuts.with(string(lower), string(upper), t.number)
	t.ordered.DeleteRange(string(lower), string(upper), nil)
	t.view = nil
	t.deleted = t.deleted.With(lower, upper)
	t.bytes += entryOverhead + int64(len(lower)+len(upper))
}

// part is the number of the list that has the key when it is out of order.
func (t *table) part(key []byte) int {
	if t.group == 0 || len(key) < t.group {
		return 0
	}
	part := int(xxhash.Sum64(key[:t.group]) % groupParts * kindParts)
	if len(key) > t.group {
		part += int(key[t.group] % kindParts)
	}
	return part
}

// looseIn calls f for the lists that have keys of [lower, upper) or may have, until it
// returns false.
func (t *table) looseIn(lower, upper []byte, f func(part *loose) bool) {
	first, last := firstBytes(lower, upper)
	from, to := 0, parts
	if n := t.group; n > 0 && len(lower) >= n && within(lower[:n], upper) {
		from = t.part(lower[:n])
		to = from + kindParts
		if n++; len(lower) >= n && within(lower[:n], upper) {
			from = t.part(lower[:n])
			to = from + 1
		}
		last = first
	}
	for i := first; i <= last; i++ {
		if t.loose[i] == nil {
			continue
		}
		for j := from; j < to; j++ {
			if part := &t.loose[i][j]; len(*part) > 0 && !f(part) {
				return
			}
		}
	}
}

// within says that all keys from prefix on and below upper begin with prefix.
func within(prefix, upper []byte) bool {
	if upper == nil || bytes.HasPrefix(upper, prefix) {
		return upper != nil
	}
	i := len(prefix) - 1 // where the end of the prefix differs from it: see storage.PrefixEnd
	for i >= 0 && prefix[i] == 0xff {
		i--
	}
	return i >= 0 && len(upper) == i+1 && bytes.Equal(upper[:i], prefix[:i]) && upper[i] == prefix[i]+1
}

// inOrder says whether every key of [lower, upper) is in the tree and the tree's
// copy is the newest; nil bounds are open.
func (t *table) inOrder(lower, upper []byte) bool {
	all := t.view != nil
	t.looseIn(lower, upper, func(*loose) bool {
		all = false
		return false
	})
	return all
}

// order puts the keys of [lower, upper) into the tree.
func (t *table) order(lower, upper []byte) {
	t.looseIn(lower, upper, func(part *loose) bool {
		t.view = nil
		for _, e := range *part {
			e.loose = false
			if !t.gone(e) {
				t.ordered.Set(e.key, e.value)
			}
		}
		clear(*part)
		if *part = (*part)[:0]; cap(*part) > keptLoose {
			*part = nil
		}
		return true
	})
}

// keptLoose is the longest list that is kept for reuse.
const keptLoose = 1 << 10

// layer is the table as it is now, as far as [lower, upper) goes. The keys there
// must be in order.
func (t *table) layer() storage.Layer {
	if t.view == nil {
		t.view = t.ordered.Copy()
	}
	return storage.Layer{Writes: t.view, Deleted: t.deleted}
}

func firstByte(key []byte) byte {
	if len(key) == 0 {
		return 0
	}
	return key[0]
}

// firstBytes are the lowest and highest first byte of keys in [lower, upper).
func firstBytes(lower, upper []byte) (first, last int) {
	first, last = int(firstByte(lower)), 255
	switch len(upper) {
	case 0:
		if upper != nil {
			last = -1
		}
	case 1:
		last = int(upper[0]) - 1 // the key of this one byte is not below itself
		if last < 0 {
			last = 0 // the empty key is
		}
	default:
		last = int(upper[0])
	}
	return first, last
}

// asString views b, which does not change any more, as a string.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// asBytes views s as bytes that must not be written; it is not nil.
func asBytes(s string) []byte {
	if s == "" {
		return []byte{}
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}
