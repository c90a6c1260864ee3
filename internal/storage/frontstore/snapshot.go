package frontstore

import "github.com/orbit-server/orbit/internal/storage"

// layers are the tables as they are at one moment, the newest first.
type layers []storage.Layer

// over merges the layers with base, an iterator with the bounds of o.
func (ls layers) over(base storage.Iterator, o storage.IterOptions) storage.Iterator {
	for i := len(ls) - 1; i >= 0; i-- {
		base = ls[i].Over(base, o)
	}
	return base
}

// read calls f with the tables as they are now, as far as [lower, upper) goes.
// Until f returns nothing changes in them and nothing new reaches Pebble, so what
// f makes of Pebble belongs to the same state.
func (s *Store) read(lower, upper []byte, f func(layers)) {
	s.mu.RLock()
	if s.active.inOrder(lower, upper) && (s.frozen == nil || s.frozen.inOrder(lower, upper)) {
		f(s.layers())
		s.mu.RUnlock()
		return
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active.order(lower, upper)
	if s.frozen != nil {
		s.frozen.order(lower, upper)
	}
	f(s.layers())
}

func (s *Store) layers() layers {
	ls := layers{s.active.layer()}
	if s.frozen != nil {
		ls = append(ls, s.frozen.layer())
	}
	return ls
}

// NewIter returns an iterator over the state of now.
func (s *Store) NewIter(o storage.IterOptions) (it storage.Iterator, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	var ls layers
	s.read(o.Lower, o.Upper, func(now layers) {
		ls = now
		it, err = s.inner.NewIter(o)
	})
	if err != nil {
		return nil, err
	}
	return ls.over(it, o), nil
}

// snapshot is a storage.Snapshot.
type snapshot struct {
	layers layers
	inner  storage.Snapshot // nil when closed
}

var _ storage.Snapshot = (*snapshot)(nil)

// NewSnapshot returns a view of the state of now. It must be closed.
func (s *Store) NewSnapshot() storage.Snapshot {
	if s.enter() != nil {
		return &snapshot{}
	}
	defer s.life.RUnlock()
	sn := &snapshot{}
	s.read(nil, nil, func(now layers) { sn.layers, sn.inner = now, s.inner.NewSnapshot() })
	return sn
}

func (sn *snapshot) Get(key []byte) ([]byte, error) {
	if sn.inner == nil {
		return nil, storage.ErrClosed
	}
	for _, l := range sn.layers {
		if value, deleted, ok := l.Get(key); deleted {
			return nil, storage.ErrNotFound
		} else if ok {
			return value, nil
		}
	}
	return sn.inner.Get(key)
}

func (sn *snapshot) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if sn.inner == nil {
		return nil, storage.ErrClosed
	}
	it, err := sn.inner.NewIter(o)
	if err != nil {
		return nil, err
	}
	return sn.layers.over(it, o), nil
}

func (sn *snapshot) Close() error {
	if sn.inner == nil {
		return storage.ErrClosed
	}
	err := sn.inner.Close()
	*sn = snapshot{}
	return err
}
