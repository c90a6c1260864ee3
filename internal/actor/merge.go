package actor

import (
	"bytes"
	"container/heap"
	"errors"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/storage"
)

// merged walks the keys of many partitions in order. No key is in two.
type merged struct {
	all []storage.Iterator
	// standing are those that stand on a key, the next one first.
	standing standing
	closed   bool
}

var _ storage.Iterator = (*merged)(nil)

func newMerged(root *btree.Map[uint64, *view], o storage.IterOptions) (*merged, error) {
	m := &merged{}
	var err error
	root.Scan(func(_ uint64, v *view) bool {
		t, loadErr := v.warm()
		if loadErr != nil {
			err = loadErr
			return false
		}
		if t.Len() > 0 {
			m.all = append(m.all, t.NewIter(o))
		}
		return true
	})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// mergePresent is newMerged of now, if all partitions are in memory. Only those that
// have keys within the bounds are held against the next write: the search for keys
// that are due finds none nearly always.
func (s *Store) mergePresent(o storage.IterOptions) (*merged, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, false
	}
	m := &merged{}
	for _, p := range s.partitions.all {
		t := p.view.tree.Load()
		if t == nil {
			return nil, false
		}
		if it := t.NewIter(o); it.First() {
			p.view.epoch.Store(0)
			m.all = append(m.all, it)
		}
	}
	return m, true
}

// standing orders iterators by their keys: ascending, or descending when walking
// backwards.
type standing struct {
	iters     []storage.Iterator
	backwards bool
}

func (s *standing) Len() int { return len(s.iters) }

func (s *standing) Less(i, j int) bool {
	c := bytes.Compare(s.iters[i].Key(), s.iters[j].Key())
	return c < 0 != s.backwards
}

func (s *standing) Swap(i, j int) { s.iters[i], s.iters[j] = s.iters[j], s.iters[i] }

func (s *standing) Push(x any) {
	if it, ok := x.(storage.Iterator); ok {
		s.iters = append(s.iters, it)
	}
}

func (s *standing) Pop() any {
	last := s.iters[len(s.iters)-1]
	s.iters = s.iters[:len(s.iters)-1]
	return last
}

// place positions all iterators and orders those that found a key.
func (m *merged) place(backwards bool, move func(it storage.Iterator) bool) bool {
	m.standing.iters, m.standing.backwards = m.standing.iters[:0], backwards
	for _, it := range m.all {
		if move(it) {
			m.standing.iters = append(m.standing.iters, it)
		}
	}
	heap.Init(&m.standing)
	return m.Valid()
}

func (m *merged) First() bool { return m.place(false, storage.Iterator.First) }

func (m *merged) Last() bool { return m.place(true, storage.Iterator.Last) }

func (m *merged) SeekGE(key []byte) bool {
	return m.place(false, func(it storage.Iterator) bool { return it.SeekGE(key) })
}

func (m *merged) SeekLT(key []byte) bool {
	return m.place(true, func(it storage.Iterator) bool { return it.SeekLT(key) })
}

func (m *merged) Next() bool { return m.step(false, storage.Iterator.Next) }

func (m *merged) Prev() bool { return m.step(true, storage.Iterator.Prev) }

func (m *merged) step(backwards bool, move func(it storage.Iterator) bool) bool {
	if !m.Valid() {
		return false
	}
	if m.standing.backwards != backwards {
		// The others stand on the far side of the present key.
		present := bytes.Clone(m.Key())
		if backwards {
			return m.SeekLT(present)
		}
		return m.SeekGE(append(present, 0))
	}
	if move(m.standing.iters[0]) {
		heap.Fix(&m.standing, 0)
	} else {
		heap.Remove(&m.standing, 0)
	}
	return m.Valid()
}

func (m *merged) Valid() bool { return len(m.standing.iters) > 0 }

func (m *merged) Key() []byte { return m.standing.iters[0].Key() }

func (m *merged) Value() ([]byte, error) { return m.standing.iters[0].Value() }

func (m *merged) Error() error {
	if m.closed {
		return storage.ErrClosed
	}
	var errs []error
	for _, it := range m.all {
		errs = append(errs, it.Error())
	}
	return errors.Join(errs...)
}

func (m *merged) Close() error {
	if m.closed {
		return storage.ErrClosed
	}
	var errs []error
	for _, it := range m.all {
		errs = append(errs, it.Close())
	}
	*m = merged{closed: true}
	return errors.Join(errs...)
}
