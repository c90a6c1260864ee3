package storage

import (
	"errors"
	"slices"
	"strings"
	"unsafe"

	"github.com/orbit-server/orbit/internal/storage/ordered"
)

// Overlay is a private, ordered buffer of writes over a base view: reads see the
// writes first, then the base. A pipelined run of Redis commands and a SQL
// transaction collect their writes in one and hand them to a batch at the end.
// Mark and Rollback give savepoints at O(1): what they hold is copy-on-write.
//
// The base may be replaced between statements (SetBase), which is how READ
// COMMITTED moves to a newer snapshot under its own writes. Not safe for
// concurrent use.
//
// A run writes a handful of keys, a bulk load millions. So the first smallMax
// writes stand in one sorted slice, which Reset keeps for the next run; more
// than that move into a hash table, unless they go on coming in order, and from
// there into a tree once somebody asks for their order or for a mark.
type Overlay struct {
	base Reader
	room keyRoom
	// small holds the writes while loose and tree are not in use. When shared is
	// set, a mark or an iterator reads the same array and the next write copies it
	// first.
	small  []overlayEntry
	shared bool
	loose  looseWrites
	tree   *ordered.Map[[]byte]
	keys   int // in tree
	// ranges are the range deletes: sorted, disjoint, never modified in place.
	// The writes that a later range delete covers leave small or tree, so a
	// write that is still there always lies above the ranges.
	ranges Ranges
	bytes  int
	count  uint64 // see Writes
}

// overlayEntry is a pending write of one key; a nil value deletes it.
type overlayEntry struct {
	key   string
	value []byte
}

// Mark is a savepoint of an overlay.
type Mark struct {
	small  []overlayEntry
	tree   *ordered.Map[[]byte]
	keys   int
	ranges Ranges
	bytes  int
}

// smallMax is the number of writes up to which a sorted slice beats a tree.
const smallMax = 32

// keptSmall is the largest slice that Reset keeps.
const keptSmall = 1 << 10

// entryOverhead is added to the bytes of a write's key and value in Size.
const entryOverhead = 48

// errOpenRange says that a range delete lacks a bound.
var errOpenRange = errors.New("storage: a range delete needs both bounds")

var (
	_ Reader = (*Overlay)(nil)
	_ Writer = (*Overlay)(nil)
)

// NewOverlay returns an empty overlay over base.
func NewOverlay(base Reader) *Overlay { return &Overlay{base: base} }

// SetBase replaces what the writes lie over.
func (o *Overlay) SetBase(base Reader) { o.base = base }

// Base is what the writes lie over.
func (o *Overlay) Base() Reader { return o.base }

// Get returns the overlay's own value of key, or else the base's.
func (o *Overlay) Get(key []byte) ([]byte, error) {
	if value, deleted, ok := o.Pending(key); ok {
		if deleted {
			return nil, ErrNotFound
		}
		return value, nil
	}
	return o.base.Get(key)
}

// Pending returns what the overlay itself will do to key: set it to value, or
// delete it (also by a range delete). ok is false when it leaves key alone.
func (o *Overlay) Pending(key []byte) (value []byte, deleted, ok bool) {
	if o.empty() {
		return nil, false, false
	}
	k := asString(key)
	switch {
	case o.tree != nil:
		value, ok = o.tree.Get(k)
	case o.loose.inUse():
		value, ok = o.loose.get(k)
	default:
		var i int
		if i, ok = o.find(k); ok {
			value = o.small[i].value
		}
	}
	if ok {
		return value, value == nil, true
	}
	if covering(o.ranges, k) >= 0 {
		return nil, true, true
	}
	return nil, false, false
}

// Set puts key to value.
func (o *Overlay) Set(key, value []byte) error {
	v := make([]byte, len(value)) // never nil
	copy(v, value)
	o.put(asString(key), v)
	return nil
}

// Delete removes key.
func (o *Overlay) Delete(key []byte) error {
	o.put(asString(key), nil)
	return nil
}

// DeleteRange removes [lower, upper), of the base too, whatever base is set
// later.
func (o *Overlay) DeleteRange(lower, upper []byte) error {
	if lower == nil || upper == nil {
		return errOpenRange
	}
	r := keyRange{string(lower), string(upper)}
	if r.lower >= r.upper {
		return nil
	}
	o.dropPoints(r)
	o.ranges = withRange(o.ranges, r)
	o.bytes += entryOverhead + len(lower) + len(upper)
	o.count++
	return nil
}

// Len is the number of writes: keys and ranges.
func (o *Overlay) Len() int {
	if o.tree != nil {
		return o.keys + len(o.ranges)
	}
	return len(o.small) + len(o.loose.entries) + len(o.ranges)
}

// reserveBytes is how large an overlay is whose batch is better made at once than
// grown bit by bit.
const reserveBytes = 1 << 20

// Size is the approximate number of bytes the writes take.
func (o *Overlay) Size() int { return o.bytes }

// Writes counts the writes ever made, those of one key each: it tells whether
// something was written since it was last asked.
func (o *Overlay) Writes() uint64 { return o.count }

// Mark makes a savepoint. It may be rolled back to any number of times, until
// Reset or a rollback to an earlier one.
func (o *Overlay) Mark() Mark {
	small, tree := o.share()
	return Mark{small: small, tree: tree, keys: o.keys, ranges: o.ranges, bytes: o.bytes}
}

// Rollback undoes the writes since m.
func (o *Overlay) Rollback(m Mark) {
	o.small, o.shared = m.small, true
	o.loose.reset()
	o.tree = nil
	if m.tree != nil {
		o.tree = m.tree.Copy()
	}
	o.keys, o.ranges, o.bytes = m.keys, m.ranges, m.bytes
}

// Reset drops all writes and keeps the base.
func (o *Overlay) Reset() {
	if o.shared || cap(o.small) > keptSmall {
		o.small, o.shared = nil, false
	} else {
		clear(o.small)
		o.small = o.small[:0]
	}
	o.loose.reset()
	o.room.reset()
	o.tree, o.keys, o.ranges, o.bytes = nil, 0, nil, 0
}

// WriteTo hands all writes to b: range deletes, then keys in any order.
func (o *Overlay) WriteTo(b Batch) error {
	if r, ok := b.(Reserver); ok && o.bytes >= reserveBytes {
		r.Reserve(o.bytes)
	}
	for _, r := range o.ranges {
		if err := b.DeleteRange(asBytes(r.lower), asBytes(r.upper)); err != nil {
			return err
		}
	}
	var err error
	keeper, keeps := b.(Keeper)
	o.Each(func(key string, value []byte, deleted bool) bool {
		switch {
		case deleted:
			err = b.Delete(asBytes(key))
		case keeps:
			err = keeper.Keep(asBytes(key), value)
		default:
			err = b.Set(asBytes(key), value)
		}
		return err == nil
	})
	return err
}

// Each is Ascend in any order.
func (o *Overlay) Each(f func(key string, value []byte, deleted bool) bool) {
	if !o.loose.inUse() {
		o.Ascend(f)
		return
	}
	for i := range o.loose.entries {
		e := &o.loose.entries[i]
		if !f(e.key, e.value, e.value == nil) {
			return
		}
	}
}

// Ascend calls f for each key written, in order, until f returns false. Range
// deletes are not among them: see AscendRanges. f must not write to the overlay, and
// makes a copy of a key that it keeps.
func (o *Overlay) Ascend(f func(key string, value []byte, deleted bool) bool) {
	o.order()
	if o.tree != nil {
		o.tree.Ascend("", func(key string, value []byte) bool { return f(key, value, value == nil) })
		return
	}
	for i := range o.small {
		e := &o.small[i]
		if !f(e.key, e.value, e.value == nil) {
			return
		}
	}
}

// WroteIn tells whether a key of [lower, upper) was written or deleted.
func (o *Overlay) WroteIn(lower, upper []byte) bool {
	o.order()
	for _, r := range o.ranges {
		if r.lower < string(upper) && string(lower) < r.upper {
			return true
		}
	}
	if o.tree != nil {
		found := false
		o.tree.Ascend(string(lower), func(key string, _ []byte) bool {
			found = key < string(upper)
			return false
		})
		return found
	}
	i := searchEntries(o.small, string(lower))
	return i < len(o.small) && o.small[i].key < string(upper)
}

// AscendRanges calls f for each range delete, in order and disjoint, until f
// returns false. They come before the keys that Ascend gives.
func (o *Overlay) AscendRanges(f func(lower, upper string) bool) {
	for _, r := range o.ranges {
		if !f(r.lower, r.upper) {
			return
		}
	}
}

func (o *Overlay) empty() bool {
	return len(o.small) == 0 && o.tree == nil && !o.loose.inUse() && len(o.ranges) == 0
}

// share gives the writes to a reader that must not see later ones.
func (o *Overlay) share() ([]overlayEntry, *ordered.Map[[]byte]) {
	o.room.lend()
	o.order()
	if o.tree != nil {
		return nil, o.tree.Copy()
	}
	o.shared = true
	return o.small, nil
}

// put records a write. It keeps value, and a copy of key.
func (o *Overlay) put(key string, value []byte) {
	if o.tree != nil {
		o.putInTree(key, value)
		return
	}
	if o.loose.inUse() {
		o.putLoose(key, value)
		return
	}
	i, found := o.find(key)
	if len(o.small) >= smallMax && (!found && i < len(o.small) || o.shared) {
		o.grow()
		o.put(key, value)
		return
	}
	if o.shared {
		o.unshare()
	}
	o.count++
	o.bytes += entryOverhead + len(key) + len(value)
	if found {
		e := &o.small[i]
		o.bytes -= entryOverhead + len(key) + len(e.value)
		e.value = value
		return
	}
	if o.small == nil {
		o.small = make([]overlayEntry, 0, 4)
	}
	o.small = append(o.small, overlayEntry{})
	copy(o.small[i+1:], o.small[i:])
	o.small[i] = overlayEntry{o.room.keep(key), value}
}

func (o *Overlay) putInTree(key string, value []byte) {
	o.count++
	o.bytes += entryOverhead + len(key) + len(value)
	if old, replaced := o.tree.Set(o.room.keep(key), value); replaced {
		o.bytes -= entryOverhead + len(key) + len(old)
	} else {
		o.keys++
	}
}

func (o *Overlay) putLoose(key string, value []byte) {
	o.count++
	e, added := o.loose.entry(key, &o.room)
	if added {
		o.bytes += entryOverhead + len(key)
	}
	o.bytes += len(value) - len(e.value)
	e.value = value
}

// grow moves the writes from the slice to the hash table.
func (o *Overlay) grow() {
	for _, e := range o.small {
		o.loose.add(e)
	}
	if o.shared {
		o.small, o.shared = nil, false
		return
	}
	clear(o.small)
	o.small = o.small[:0]
}

// order moves the writes from the hash table to a tree.
func (o *Overlay) order() {
	if !o.loose.inUse() {
		return
	}
	entries := o.loose.entries
	slices.SortFunc(entries, func(a, b overlayEntry) int { return strings.Compare(a.key, b.key) })
	o.tree, o.keys = new(ordered.Map[[]byte]), len(entries)
	for i := range entries {
		o.tree.Set(entries[i].key, entries[i].value)
	}
	o.loose.reset()
}

func (o *Overlay) unshare() {
	own := make([]overlayEntry, len(o.small), max(len(o.small), smallMax))
	copy(own, o.small)
	o.small, o.shared = own, false
}

// find returns where key stands in small, or where it would.
func (o *Overlay) find(key string) (int, bool) {
	n := len(o.small)
	if n > 0 && o.small[n-1].key < key { // writes often come in order
		return n, false
	}
	i := searchEntries(o.small, key)
	return i, i < n && o.small[i].key == key
}

// dropPoints forgets the writes of keys in r.
func (o *Overlay) dropPoints(r keyRange) {
	o.order()
	if o.tree != nil {
		o.tree.DeleteRange(r.lower, r.upper, func(key string, value []byte) {
			o.keys--
			o.bytes -= entryOverhead + len(key) + len(value)
		})
		return
	}
	from, _ := o.find(r.lower)
	to, _ := o.find(r.upper)
	if from == to {
		return
	}
	if o.shared {
		o.unshare()
	}
	for _, e := range o.small[from:to] {
		o.bytes -= entryOverhead + len(e.key) + len(e.value)
	}
	kept := append(o.small[:from], o.small[to:]...)
	clear(o.small[len(kept):])
	o.small = kept
}

// asString views b as a string; b must not change while the string lives.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// asBytes views s as bytes that must not be written. It is never nil, which
// would mean an open bound.
func asBytes(s string) []byte {
	if s == "" {
		return []byte{}
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}
