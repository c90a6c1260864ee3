package hybrid

import (
	"bytes"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// piece is a part of a range that lies in one of the halves.
type piece struct {
	memory bool
	o      storage.IterOptions
}

// pieces cuts a range into parts, in order. There is at least one.
func (s *Store) pieces(o storage.IterOptions) []piece {
	o.Upper = earlier(s.Base, o.Upper)
	if bytes.Compare(o.Upper, s.Lower) <= 0 || bytes.Compare(o.Lower, s.Upper) >= 0 {
		return []piece{{o: o}}
	}
	out := make([]piece, 0, 3)
	if bytes.Compare(o.Lower, s.Lower) < 0 {
		before := o
		before.Upper = s.Lower
		out = append(out, piece{o: before})
	}
	within := o
	within.Lower, within.Upper = later(o.Lower, s.Lower), earlier(s.Upper, o.Upper)
	out = append(out, piece{memory: true, o: within})
	if bytes.Compare(s.Upper, o.Upper) < 0 {
		after := o
		after.Lower = s.Upper
		out = append(out, piece{o: after})
	}
	return out
}

// later is the greater of two lower bounds.
func later(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

// earlier is the smaller of two upper bounds; b may be nil, which is none.
func earlier(a, b []byte) []byte {
	if b != nil && bytes.Compare(b, a) < 0 {
		return b
	}
	return a
}

// iterate makes an iterator over pieces.
func (s *Store) iterate(pieces []piece, home, memory storage.Reader) (storage.Iterator, error) {
	c := &chain{at: -1}
	for _, p := range pieces {
		of := home
		if p.memory {
			of = memory
		}
		if of == nil {
			if s.closed.Load() {
				return nil, errors.Join(storage.ErrClosed, c.Close())
			}
			of = nothing{}
		}
		it, err := of.NewIter(p.o)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		if len(pieces) == 1 {
			return it, nil
		}
		c.iters, c.lowers = append(c.iters, it), append(c.lowers, p.o.Lower)
	}
	return c, nil
}

// chain walks several ranges, one after the other.
type chain struct {
	iters  []storage.Iterator
	lowers [][]byte
	at     int // the one that stands on a key, if any
	closed bool
}

var _ storage.Iterator = (*chain)(nil)

// forward goes to the first key of the iterators from i on.
func (c *chain) forward(i int) bool {
	for ; i < len(c.iters); i++ {
		if c.iters[i].First() {
			c.at = i
			return true
		}
		if c.iters[i].Error() != nil {
			break
		}
	}
	c.at = -1
	return false
}

// backward goes to the last key of the iterators down from i.
func (c *chain) backward(i int) bool {
	for ; i >= 0; i-- {
		if c.iters[i].Last() {
			c.at = i
			return true
		}
		if c.iters[i].Error() != nil {
			break
		}
	}
	c.at = -1
	return false
}

// holding is the iterator in whose range a key would be.
func (c *chain) holding(key []byte) int {
	i := len(c.iters) - 1
	for ; i > 0 && bytes.Compare(key, c.lowers[i]) < 0; i-- {
	}
	return i
}

func (c *chain) First() bool { return c.forward(0) }

func (c *chain) Last() bool { return c.backward(len(c.iters) - 1) }

func (c *chain) SeekGE(key []byte) bool {
	if len(c.iters) == 0 {
		return false
	}
	i := c.holding(key)
	if c.iters[i].SeekGE(key) {
		c.at = i
		return true
	}
	return c.next(i)
}

func (c *chain) SeekLT(key []byte) bool {
	if len(c.iters) == 0 {
		return false
	}
	i := c.holding(key)
	if c.iters[i].SeekLT(key) {
		c.at = i
		return true
	}
	return c.prev(i)
}

func (c *chain) Next() bool {
	if !c.Valid() {
		return false
	}
	return c.iters[c.at].Next() || c.next(c.at)
}

func (c *chain) Prev() bool {
	if !c.Valid() {
		return false
	}
	return c.iters[c.at].Prev() || c.prev(c.at)
}

// next goes on after the end of iterator i.
func (c *chain) next(i int) bool {
	if c.iters[i].Error() != nil {
		i = len(c.iters)
	}
	return c.forward(i + 1)
}

func (c *chain) prev(i int) bool {
	if c.iters[i].Error() != nil {
		i = 0
	}
	return c.backward(i - 1)
}

func (c *chain) Valid() bool { return c.at >= 0 && c.at < len(c.iters) }

func (c *chain) Key() []byte { return c.iters[c.at].Key() }

func (c *chain) Value() ([]byte, error) { return c.iters[c.at].Value() }

func (c *chain) Error() error {
	if c.closed {
		return storage.ErrClosed
	}
	var errs []error
	for _, it := range c.iters {
		errs = append(errs, it.Error())
	}
	return errors.Join(errs...)
}

func (c *chain) Close() error {
	if c.closed {
		return storage.ErrClosed
	}
	var errs []error
	for _, it := range c.iters {
		errs = append(errs, it.Close())
	}
	*c = chain{closed: true, at: -1}
	return errors.Join(errs...)
}

// nothing is a half that has no keys.
type nothing struct{}

func (nothing) Get([]byte) ([]byte, error) { return nil, storage.ErrNotFound }

func (nothing) NewIter(storage.IterOptions) (storage.Iterator, error) { return &chain{at: -1}, nil }
