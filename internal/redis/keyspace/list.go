package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// List is an open list. A method that leaves it empty removes the key.
//
// Elements stand under consecutive numbers, so both ends and any index are one
// read or write away. Inserting or removing in the middle moves the elements
// on the nearer side, one write each: O(distance to the nearer end), where
// redis-server's O(N) is a walk over that distance.
type List struct{ object }

// List opens a key for a command on lists: WRONGTYPE if it is another type. A
// key that does not exist is an empty list, created by the first push.
func (r *Run) List(db int, key []byte) (List, error) {
	o, err := r.open(db, key, TypeList)
	return List{o}, err
}

// elementKey builds the subkey of the element at i (from 0) in the run's buffer.
func (l *List) elementKey(i int64) []byte {
	l.r.subBuf = appendListIndex(l.sub(sectionList), l.head+i)
	return l.r.subBuf
}

// appendListIndex makes signed numbers sort as bytes.
func appendListIndex(b []byte, index int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(index)^1<<63)
}

func listIndex(key []byte) int64 {
	return int64(binary.BigEndian.Uint64(key[subPrefixLen:]) ^ 1<<63)
}

// resolve turns an index that may count from the end into one from 0; ok is
// false if there is no such element.
func (l *List) resolve(i int64) (int64, bool) {
	if i < 0 {
		i += l.Size
	}
	return i, i >= 0 && i < l.Size
}

// Index is the element at i, which counts from the end when negative. O(1).
func (l *List) Index(i int64) (value []byte, ok bool, err error) {
	i, ok = l.resolve(i)
	if !ok {
		return nil, false, nil
	}
	value, err = l.at(i)
	return value, err == nil, err
}

func (l *List) at(i int64) ([]byte, error) {
	value, err := l.r.w.Get(l.elementKey(i))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, corrupt(errors.New("a list lacks an element"))
	}
	return value, err
}

// Replace gives the element at i, which counts from the end when negative,
// another value: ErrIndexRange if there is none. O(1).
func (l *List) Replace(i int64, value []byte) error {
	i, ok := l.resolve(i)
	if !ok {
		return ErrIndexRange
	}
	if len(value) > MaxString {
		return ErrTooLarge
	}
	old, err := l.at(i)
	if err != nil {
		return err
	}
	if err := l.r.w.Set(l.elementKey(i), value); err != nil || len(value) == len(old) {
		return err
	}
	l.bytes += int64(len(value) - len(old))
	if s := l.sums(); s != nil {
		s.add(l.head+i, int64(len(value)-len(old)))
		l.sumsChanged(s)
	}
	return l.save()
}

// elementBytes is what an element of this length takes.
func elementBytes(value int) int64 { return entryBytes(subPrefixLen+8, value) }

// PushFront puts values before the first element one after the other: the last
// of them becomes the first element. O(1) each.
func (l *List) PushFront(values ...[]byte) error { return l.push(values, true) }

// PushBack puts values after the last element. O(1) each.
func (l *List) PushBack(values ...[]byte) error { return l.push(values, false) }

func (l *List) push(values [][]byte, front bool) error {
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		if len(v) > MaxString {
			return ErrTooLarge
		}
	}
	if err := l.create(TypeList); err != nil {
		return err
	}
	sums, before := l.sums(), l.Size
	for _, v := range values {
		at := l.Size
		if front {
			at = -1
		}
		if err := l.r.setNew(l.elementKey(at), v); err != nil {
			return err
		}
		if sums != nil {
			sums.add(l.head+at, elementBytes(len(v)))
		}
		if front {
			l.head--
		}
		l.Size++
		l.bytes += elementBytes(len(v))
	}
	if sums == nil && before < summedFrom && l.Size >= summedFrom {
		if _, err := l.sumBytes(0, l.Size); err != nil { // while that is little
			return err
		}
	}
	l.sumsChanged(sums)
	return l.save()
}

// PopFront removes the first element and returns it. O(1).
func (l *List) PopFront() (value []byte, ok bool, err error) { return l.pop(0) }

// PopBack removes the last element and returns it. O(1).
func (l *List) PopBack() (value []byte, ok bool, err error) { return l.pop(l.Size - 1) }

func (l *List) pop(i int64) (value []byte, ok bool, err error) {
	if l.Size == 0 {
		return nil, false, nil
	}
	if value, err = l.at(i); err != nil {
		return nil, false, err
	}
	if err := l.r.w.Delete(l.elementKey(i)); err != nil {
		return nil, false, err
	}
	sums := l.sums()
	if sums != nil {
		sums.add(l.head+i, -elementBytes(len(value)))
	}
	if i == 0 {
		l.head++
	}
	l.Size--
	l.bytes -= elementBytes(len(value))
	if sums != nil {
		sums.keep(l.head, l.head+l.Size-1, false)
		l.sumsChanged(sums)
	}
	return value, true, l.save()
}

// Range calls fn for the elements start to stop, both included and from 0 (the
// caller has clamped them), until it returns false. The slice is valid during
// the call only; fn may change the list. O(elements).
func (l *List) Range(start, stop int64, fn func(i int64, value []byte) (more bool, err error)) error {
	return l.between(start, stop, false, fn)
}

// RangeBack is Range from stop down to start.
func (l *List) RangeBack(start, stop int64, fn func(i int64, value []byte) (more bool, err error)) error {
	return l.between(start, stop, true, fn)
}

func (l *List) between(start, stop int64, backwards bool, fn func(i int64, value []byte) (bool, error)) error {
	start, stop = max(start, 0), min(stop, l.Size-1)
	if start > stop {
		return nil
	}
	lower := slices.Clone(l.elementKey(start))
	upper := slices.Clone(l.elementKey(stop + 1))
	head := l.head
	return l.r.scanRange(lower, upper, backwards, func(key, value []byte) (bool, error) {
		return fn(listIndex(key)-head, value)
	})
}

// Insert puts value before the element that is at i (from 0); i may be Len.
// The elements on the nearer side of i move.
func (l *List) Insert(i int64, value []byte) error {
	if i <= 0 {
		return l.PushFront(value)
	}
	if i >= l.Size {
		return l.PushBack(value)
	}
	if len(value) > MaxString {
		return ErrTooLarge
	}
	moved := [2]int64{l.head - 1, l.head + i - 1} // their new indexes, and the new element's
	if i <= l.Size/2 {
		if err := l.shift(0, i-1, -1); err != nil {
			return err
		}
		l.head--
	} else {
		moved = [2]int64{l.head + i, l.head + l.Size}
		if err := l.shift(i, l.Size-1, 1); err != nil {
			return err
		}
	}
	if s := l.sums(); s != nil {
		s.forget(moved[0], moved[1])
		l.sumsChanged(s)
	}
	l.Size++
	l.bytes += elementBytes(len(value))
	if err := l.r.w.Set(l.elementKey(i), value); err != nil {
		return err
	}
	return l.save()
}

// shift writes the elements start to stop again, by places further.
func (l *List) shift(start, stop, by int64) error {
	return l.Range(start, stop, func(i int64, value []byte) (bool, error) {
		return true, l.r.w.Set(l.elementKey(i+by), value)
	})
}

// RemoveAt removes the elements at the given places (from 0, ascending). The
// elements between them and the nearer end move.
func (l *List) RemoveAt(places []int64) error {
	n := int64(len(places))
	if n == 0 {
		return nil
	}
	if n == l.Size {
		return l.Delete()
	}
	for _, i := range places {
		value, err := l.at(i)
		if err != nil {
			return err
		}
		l.bytes -= elementBytes(len(value))
	}
	first, last := places[0], places[n-1]
	sums := l.sums()
	if sums != nil {
		defer l.sumsChanged(sums)
	}
	if last+1 < l.Size-first {
		if err := l.closeGapsToFront(places); err != nil {
			return err
		}
		if err := l.deleteElements(0, n); err != nil {
			return err
		}
		if sums != nil {
			sums.forget(l.head, l.head+last)
		}
		l.head += n
	} else {
		if sums != nil {
			sums.forget(l.head+first, l.head+l.Size-1)
		}
		if err := l.closeGapsToBack(places); err != nil {
			return err
		}
		if err := l.deleteElements(l.Size-n, l.Size); err != nil {
			return err
		}
	}
	l.Size -= n
	if sums != nil {
		sums.keep(l.head, l.head+l.Size-1, false)
	}
	return l.save()
}

// closeGapsToBack moves what follows the first gap to the front.
func (l *List) closeGapsToBack(places []int64) error {
	gaps := int64(0)
	return l.Range(places[0], l.Size-1, func(i int64, value []byte) (bool, error) {
		if gaps < int64(len(places)) && places[gaps] == i {
			gaps++
			return true, nil
		}
		return true, l.r.w.Set(l.elementKey(i-gaps), value)
	})
}

// closeGapsToFront moves what precedes the last gap to the back.
func (l *List) closeGapsToFront(places []int64) error {
	left := int64(len(places)) // gaps not yet passed
	return l.RangeBack(0, places[left-1], func(i int64, value []byte) (bool, error) {
		if left > 0 && places[left-1] == i {
			left--
			return true, nil
		}
		return true, l.r.w.Set(l.elementKey(i+int64(len(places))-left), value)
	})
}

// Trim keeps the elements start to stop, both included and from 0 (the caller
// has clamped them), and removes the others; start > stop removes the key. O(1)
// for each element removed or for each kept, whichever are fewer.
func (l *List) Trim(start, stop int64) error {
	if start > stop || l.Size == 0 {
		return l.Delete()
	}
	if start == 0 && stop == l.Size-1 {
		return nil
	}
	kept, err := l.bytesBetween(start, stop+1)
	if err != nil {
		return err
	}
	return l.keep(start, stop, kept)
}

// PopFrontMany removes the first n elements and calls fn for each before that. The slice
// is valid during the call only. O(n).
func (l *List) PopFrontMany(n int64, fn func(value []byte)) error {
	return l.popMany(0, n-1, l.Range, fn)
}

// PopBackMany is PopFrontMany from the last element on.
func (l *List) PopBackMany(n int64, fn func(value []byte)) error {
	return l.popMany(l.Size-n, l.Size-1, l.RangeBack, fn)
}

func (l *List) popMany(start, stop int64, walk func(start, stop int64, fn func(int64, []byte) (bool, error)) error, fn func(value []byte)) error {
	var bytes int64
	err := walk(start, stop, func(_ int64, value []byte) (bool, error) {
		bytes += elementBytes(len(value))
		fn(value)
		return true, nil
	})
	switch {
	case err != nil:
		return err
	case stop-start+1 == l.Size:
		return l.Delete()
	case start == 0:
		return l.keep(stop+1, l.Size-1, l.bytes-bytes)
	}
	return l.keep(0, start-1, l.bytes-bytes)
}

// keep removes all but the elements start to stop, which take so many bytes.
func (l *List) keep(start, stop, bytes int64) error {
	l.bytes = bytes
	if err := l.deleteElements(stop+1, l.Size); err != nil {
		return err
	}
	if err := l.deleteElements(0, start); err != nil {
		return err
	}
	sums := l.sums()
	l.head += start
	l.Size = stop - start + 1
	if sums != nil {
		sums.keep(l.head, l.head+l.Size-1, true)
		l.sumsChanged(sums)
	}
	return l.save()
}

// bytesBetween is what the elements from start up to and without end take, read from
// them or from all others.
func (l *List) bytesBetween(start, end int64) (int64, error) {
	if end-start <= l.Size/2 {
		return l.sumBytes(start, end)
	}
	before, err := l.sumBytes(0, start)
	if err != nil {
		return 0, err
	}
	after, err := l.sumBytes(end, l.Size)
	return l.bytes - before - after, err
}

// rangeDeleteSize is the number of subkeys from which on they are deleted as a range. A
// list that is pushed to and trimmed by 16 is trimmed for a third as a range, by 512 for
// half, if there are few other ranges: but each one added copies the list of those that
// the store's table of recent writes has, and all iterators ask it. 512 subkeys have been
// 20 KiB of the journal, which bounds those ranges to some 12,000, and what one more
// costs to less than 512 deletions. So queues, which are trimmed a little at a time,
// leave none.
const rangeDeleteSize = 512

// deleteElements removes the elements from start up to and without end.
func (l *List) deleteElements(start, end int64) error {
	if end-start >= rangeDeleteSize {
		lower := slices.Clone(l.elementKey(start))
		return l.r.w.DeleteRange(lower, l.elementKey(end))
	}
	for i := start; i < end; i++ {
		if err := l.r.w.Delete(l.elementKey(i)); err != nil {
			return err
		}
	}
	return nil
}
