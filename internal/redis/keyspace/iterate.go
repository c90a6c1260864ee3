package keyspace

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// scanRange calls fn for each entry of [lower, upper), in order or backwards,
// until fn returns false. The slices fn gets are valid during the call only. It
// sees the state at its start: fn may write.
func (r *Run) scanRange(lower, upper []byte, backwards bool, fn func(key, value []byte) (bool, error)) (err error) {
	it, err := r.w.NewIter(storage.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	first, next := it.First, it.Next
	if backwards {
		first, next = it.Last, it.Prev
	}
	for ok := first(); ok; ok = next() {
		value, err := it.Value()
		if err != nil {
			return err
		}
		more, err := fn(it.Key(), value)
		if err != nil || !more {
			return err
		}
	}
	return it.Error()
}

// section returns the bounds of one section of a collection, for an iterator
// to keep.
func (o *object) section(section byte) (lower, upper []byte) {
	lower = appendSubPrefix(nil, o.version, section)
	return lower, storage.PrefixEnd(lower)
}
