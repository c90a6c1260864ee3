package pebblestore

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// iterator is a Pebble iterator that stays where it ends and knows when it is
// closed. KeysOnly needs no care: Pebble fetches separated values on demand.
type iterator struct {
	store *Store
	it    *pebble.Iterator // nil when closed
	valid bool
}

var _ storage.Iterator = (*iterator)(nil)

// NewIter returns an iterator over the state of now.
func (s *Store) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.newIterator(s.db, o)
}

func (s *Store) newIterator(r pebble.Reader, o storage.IterOptions) (storage.Iterator, error) {
	o.Lower, o.Upper = stored(o.Lower), stored(o.Upper)
	if o.Upper != nil && bytes.Compare(o.Lower, o.Upper) >= 0 {
		o.Lower, o.Upper = []byte{0}, []byte{0} // an empty range
	}
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: o.Lower, UpperBound: o.Upper})
	if err != nil {
		return nil, corrupt(err)
	}
	s.handles.Add(1)
	return &iterator{store: s, it: it}, nil
}

func (i *iterator) First() bool { return i.land(i.it != nil && i.it.First()) }
func (i *iterator) Last() bool  { return i.land(i.it != nil && i.it.Last()) }
func (i *iterator) Next() bool  { return i.valid && i.land(i.it.Next()) }
func (i *iterator) Prev() bool  { return i.valid && i.land(i.it.Prev()) }
func (i *iterator) Valid() bool { return i.valid }
func (i *iterator) Key() []byte { return given(i.it.Key()) }

func (i *iterator) SeekGE(key []byte) bool {
	return i.land(i.it != nil && i.it.SeekGE(whole(key)))
}

func (i *iterator) SeekLT(key []byte) bool {
	return i.land(i.it != nil && i.it.SeekLT(whole(key)))
}

func (i *iterator) land(ok bool) bool {
	i.valid = ok
	return ok
}

func (i *iterator) Value() ([]byte, error) {
	value, err := i.it.ValueAndErr()
	return value, corrupt(err)
}

func (i *iterator) Error() error {
	if i.it == nil {
		return storage.ErrClosed
	}
	return corrupt(i.it.Error())
}

func (i *iterator) Close() error {
	if i.it == nil {
		return storage.ErrClosed
	}
	err := i.it.Close()
	i.it, i.valid = nil, false
	i.store.handles.Add(-1)
	return corrupt(err)
}
