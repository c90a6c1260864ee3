package storage

import "errors"

// Each calls fn for the entries of [lower, upper) in order, until it fails; nil bounds
// are open. The slices are valid during the call only.
func Each(r Reader, lower, upper []byte, fn func(key, value []byte) error) (err error) {
	it, err := r.NewIter(IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		if err != nil {
			return err
		}
		if err := fn(it.Key(), value); err != nil {
			return err
		}
	}
	return it.Error()
}
