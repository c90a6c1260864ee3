package frontstore

import (
	"bytes"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

var _ storage.MultiReader = (*Store)(nil)

// GetMany is storage.MultiReader's. What is in no table is read with one iterator of
// Pebble, which goes on from each key to the next for a fraction of what a Get costs.
// The read cache takes no part: what is read so is seldom read again.
func (s *Store) GetMany(keys [][]byte, f func(i int, value []byte) error) (err error) {
	if len(keys) == 0 {
		return nil
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	type found struct {
		value []byte
		ok    bool
	}
	recent := make([]found, len(keys))
	missing := 0
	s.mu.RLock()
	for i, key := range keys {
		value, _, ok := s.active.get(key)
		if !ok && s.frozen != nil {
			value, _, ok = s.frozen.get(key)
		}
		if recent[i] = (found{value, ok}); !ok {
			missing++
		}
	}
	s.mu.RUnlock()
	var it storage.Iterator
	if missing > 0 {
		// As in Get, what left the tables is in Pebble by now.
		upper := append(bytes.Clone(keys[len(keys)-1]), 0)
		if it, err = s.inner.NewIter(storage.IterOptions{Lower: keys[0], Upper: upper}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, it.Close()) }()
	}
	for i, key := range keys {
		value := recent[i].value
		if !recent[i].ok && it.SeekGE(key) && bytes.Equal(it.Key(), key) {
			if value, err = it.Value(); err != nil {
				return err
			}
			if value == nil {
				value = []byte{}
			}
		}
		if missing > 0 && !it.Valid() && it.Error() != nil {
			return it.Error()
		}
		if err := f(i, value); err != nil {
			return err
		}
	}
	return nil
}
