package storage

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/storage/ordered"
)

// NewIter merges the writes with the base. The iterator sees both as they are
// now: writing to the overlay or replacing its base does not change it.
func (o *Overlay) NewIter(opts IterOptions) (Iterator, error) {
	base, err := o.base.NewIter(opts)
	if err != nil || o.empty() {
		return base, err
	}
	small, tree := o.share()
	it := &overlayIter{base: base, ranges: o.ranges}
	it.own = ownCursor{small: small, lower: asString(opts.Lower), upper: asString(opts.Upper), bounded: opts.Upper != nil}
	if tree != nil {
		it.own.inTree, it.own.iter = true, tree.Iter()
	}
	return it, nil
}

// Layer is a set of writes that nobody changes any more. In Writes a nil value
// deletes; they lie above the range deletes.
type Layer struct {
	Writes  *ordered.Map[[]byte]
	Deleted Ranges
}

// Get returns what the layer does to key, as Overlay.Pending does.
func (l Layer) Get(key []byte) (value []byte, deleted, ok bool) {
	if value, ok = l.Writes.Get(asString(key)); ok {
		return value, value == nil, true
	}
	if l.Deleted.Covers(key) {
		return nil, true, true
	}
	return nil, false, false
}

// Over merges the layer with base, an iterator with the same bounds, which it
// takes over. A layer without writes there costs nothing.
func (l Layer) Over(base Iterator, o IterOptions) Iterator {
	it := &overlayIter{base: base, ranges: l.Deleted}
	it.own = ownCursor{
		lower: asString(o.Lower), upper: asString(o.Upper), bounded: o.Upper != nil, inTree: true, iter: l.Writes.Iter(),
	}
	it.own.seekGE(it.own.lower)
	if !it.own.ok && !l.Deleted.meets(it.own.lower, it.own.upper, it.own.bounded) {
		return base
	}
	return it
}

// overlayIter walks the base and the own writes side by side. While it goes
// forward both stand at or after the current key, while it goes backward at or
// before it; turning round positions both anew.
type overlayIter struct {
	base   Iterator
	own    ownCursor
	ranges Ranges

	back   bool
	baseOK bool // base stands on a key
	onOwn  bool // the current key is an own write
	both   bool // base stands on the own write's key, which hides it
	valid  bool
	turn   []byte
}

func (it *overlayIter) First() bool {
	it.baseOK = it.base.First()
	it.own.seekGE(it.own.lower)
	return it.forward()
}

func (it *overlayIter) SeekGE(key []byte) bool {
	it.baseOK = it.base.SeekGE(key)
	it.own.seekGE(max(asString(key), it.own.lower))
	return it.forward()
}

func (it *overlayIter) Last() bool {
	it.baseOK = it.base.Last()
	if it.own.bounded {
		it.own.seekLT(it.own.upper)
	} else {
		it.own.last()
	}
	return it.backward()
}

func (it *overlayIter) SeekLT(key []byte) bool {
	it.baseOK = it.base.SeekLT(key)
	k := asString(key)
	if it.own.bounded {
		k = min(k, it.own.upper)
	}
	it.own.seekLT(k)
	return it.backward()
}

func (it *overlayIter) Next() bool {
	if !it.valid {
		return false
	}
	if it.back {
		// The key after the current one: the same with a zero byte.
		it.turn = append(append(it.turn[:0], it.Key()...), 0)
		return it.SeekGE(it.turn)
	}
	if it.both || !it.onOwn {
		it.baseOK = it.base.Next()
	}
	if it.onOwn {
		it.own.next()
	}
	return it.forward()
}

func (it *overlayIter) Prev() bool {
	if !it.valid {
		return false
	}
	if !it.back {
		it.turn = append(it.turn[:0], it.Key()...)
		return it.SeekLT(it.turn)
	}
	if it.both || !it.onOwn {
		it.baseOK = it.base.Prev()
	}
	if it.onOwn {
		it.own.prev()
	}
	return it.backward()
}

// forward goes to the first live key at or after where base and own stand.
func (it *overlayIter) forward() bool {
	it.back = false
	for {
		for it.baseOK {
			i := covering(it.ranges, asString(it.base.Key()))
			if i < 0 {
				break
			}
			it.baseOK = it.base.SeekGE(asBytes(it.ranges[i].upper))
		}
		if !it.choose() || !it.onOwn || it.own.value != nil {
			return it.valid
		}
		if it.both {
			it.baseOK = it.base.Next()
		}
		it.own.next()
	}
}

// backward goes to the last live key at or before where base and own stand.
func (it *overlayIter) backward() bool {
	it.back = true
	for {
		for it.baseOK {
			i := covering(it.ranges, asString(it.base.Key()))
			if i < 0 {
				break
			}
			it.baseOK = it.base.SeekLT(asBytes(it.ranges[i].lower))
		}
		if !it.choose() || !it.onOwn || it.own.value != nil {
			return it.valid
		}
		if it.both {
			it.baseOK = it.base.Prev()
		}
		it.own.prev()
	}
}

// choose decides which of base and own the iterator stands on. A base that
// failed ends the walk: going on with the own writes alone would hide keys.
func (it *overlayIter) choose() bool {
	it.both = false
	if !it.baseOK && it.base.Error() != nil {
		it.valid = false
		return false
	}
	switch {
	case !it.baseOK && !it.own.ok:
		it.valid = false
		return false
	case !it.baseOK:
		it.onOwn = true
	case !it.own.ok:
		it.onOwn = false
	default:
		c := bytes.Compare(asBytes(it.own.key), it.base.Key())
		it.both = c == 0
		it.onOwn = c == 0 || (c < 0) != it.back
	}
	it.valid = true
	return true
}

func (it *overlayIter) Valid() bool { return it.valid }

func (it *overlayIter) Key() []byte {
	if it.onOwn {
		return asBytes(it.own.key)
	}
	return it.base.Key()
}

func (it *overlayIter) Value() ([]byte, error) {
	if it.onOwn {
		return it.own.value, nil
	}
	return it.base.Value()
}

func (it *overlayIter) Error() error { return it.base.Error() }

func (it *overlayIter) Close() error {
	it.valid = false
	it.own = ownCursor{}
	return it.base.Close()
}

// ownCursor walks an overlay's writes within the iterator's bounds.
type ownCursor struct {
	small   []overlayEntry
	at      int
	inTree  bool
	iter    ordered.Iter[[]byte]
	lower   string
	upper   string
	bounded bool // upper counts

	ok    bool
	key   string
	value []byte
}

func (c *ownCursor) seekGE(key string) {
	if c.inTree {
		c.land(c.iter.Seek(key))
		return
	}
	c.at = searchEntries(c.small, key)
	c.land(c.at < len(c.small))
}

func (c *ownCursor) seekLT(key string) {
	if c.inTree {
		if c.iter.Seek(key) {
			c.land(c.iter.Prev())
		} else {
			c.land(c.iter.Last())
		}
		return
	}
	c.at = searchEntries(c.small, key) - 1
	c.land(c.at >= 0)
}

func (c *ownCursor) last() {
	if c.inTree {
		c.land(c.iter.Last())
		return
	}
	c.at = len(c.small) - 1
	c.land(c.at >= 0)
}

func (c *ownCursor) next() {
	if c.inTree {
		c.land(c.iter.Next())
		return
	}
	c.at++
	c.land(c.at < len(c.small))
}

func (c *ownCursor) prev() {
	if c.inTree {
		c.land(c.iter.Prev())
		return
	}
	c.at--
	c.land(c.at >= 0)
}

// land takes the entry that the cursor moved to, if it is within the bounds.
func (c *ownCursor) land(ok bool) {
	c.ok = ok
	if !ok {
		return
	}
	if c.inTree {
		c.key, c.value = c.iter.Key(), c.iter.Value()
	} else {
		e := &c.small[c.at]
		c.key, c.value = e.key, e.value
	}
	c.ok = c.key >= c.lower && (!c.bounded || c.key < c.upper)
}

// searchEntries returns the index of the first entry at or after key.
func searchEntries(entries []overlayEntry, key string) int {
	lo, hi := 0, len(entries)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if entries[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
