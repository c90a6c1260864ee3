package keyspace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// stretchCheck compares counts of stretches of an order with what is in them: each
// count stands under the place where its stretch begins. Both come in order. A nil one
// checks nothing.
type stretchCheck struct {
	it      storage.Iterator
	prefix  int // of the counts' keys before the place
	decode  func(value []byte) (int64, error)
	more    bool
	open    bool  // a stretch has begun
	expects int64 // left of it
	wrong   string
}

func (v *verifier) stretches(prefix []byte, decode func(value []byte) (int64, error)) (*stretchCheck, error) {
	it, err := v.r.NewIter(storage.IterOptions{Lower: prefix, Upper: storage.PrefixEnd(prefix)})
	if err != nil {
		return nil, err
	}
	return &stretchCheck{it: it, prefix: len(prefix), decode: decode, more: it.First()}, nil
}

// pass counts what stands at a place.
func (s *stretchCheck) pass(place []byte) error {
	if s == nil {
		return nil
	}
	for s.more && string(s.it.Key()[s.prefix:]) <= string(place) {
		if err := s.begin(); err != nil {
			return err
		}
	}
	if !s.open {
		s.fault(fmt.Sprintf("no count for what is at %x", place))
	}
	s.expects--
	return nil
}

// begin ends a stretch and goes on to the next.
func (s *stretchCheck) begin() error {
	s.check()
	value, err := s.it.Value()
	if err != nil {
		return err
	}
	if s.expects, err = s.decode(value); err != nil {
		s.fault("a count that does not decode")
	}
	s.open = true
	s.more = s.it.Next()
	return nil
}

func (s *stretchCheck) check() {
	if s.open && s.expects != 0 {
		s.fault(fmt.Sprintf("a count that is %d more than there are", s.expects))
	}
}

func (s *stretchCheck) fault(text string) {
	if s.wrong == "" {
		s.wrong = text
	}
}

// end says what is wrong, "" if nothing is.
func (s *stretchCheck) end() (wrong string, err error) {
	if s == nil {
		return "", nil
	}
	for s.more {
		if err := s.begin(); err != nil {
			return "", err
		}
	}
	s.check()
	return s.wrong, s.it.Error()
}

func (s *stretchCheck) close() error {
	if s == nil || s.it == nil {
		return nil
	}
	it := s.it
	s.it = nil
	return it.Close()
}

// openRanks begins to compare a sorted set's rank counts.
func (c *contents) openRanks() (err error) {
	if c.owner.ranked && c.ranks == nil {
		c.ranks, err = c.v.stretches(c.sub(sectionRanks, nil), decodeCount)
	}
	return err
}

func (c *contents) endZSet(m *Meta) error {
	c.count(m, c.sections[sectionMember])
	if c.byName != c.inOrder {
		c.beyond = true // bytes and rank counts follow
		return c.order()
	}
	wrong, err := c.ranks.end()
	if err != nil {
		return err
	}
	kept := c.sections[sectionRanks]
	if wrong == "" && (m.ranked || kept == 0) && (!m.ranked || kept > 0 || c.beyond) {
		return nil
	}
	if wrong == "" {
		wrong = countText(kept, "counts")
	}
	f := c.fault(FaultRanks, "a count for each stretch of the order, or none at all", wrong)
	m.ranked = false
	if !c.beyond {
		key, fixed, lower := appendMetaKey(nil, c.owner.id, []byte(c.owner.key)), m, c.sub(sectionRanks, nil)
		f.Mend = func(w storage.Writer) error {
			// They are counted anew when the set next grows.
			if err := w.DeleteRange(lower, storage.PrefixEnd(lower)); err != nil {
				return err
			}
			return w.Set(key, appendMeta(nil, fixed))
		}
	}
	c.faults = append(c.faults, f)
	return nil
}

// order reports the members that differ by name and in order. The score by name counts;
// a member that is in the order alone has lost its name's entry.
func (c *contents) order() error {
	lower := c.sub(sectionMember, nil)
	err := c.v.each(lower, storage.PrefixEnd(lower), func(key, value []byte) error {
		score, err := decodeScore(value)
		if err != nil || len(key) < subPrefixLen+memberHashLen {
			return nil //nolint:nilerr // reported
		}
		name := slices.Clone(key[subPrefixLen+memberHashLen:])
		place := c.sub(sectionOrdered, appendOrdered(nil, score, name))
		if entry, err := c.v.get(place); err != nil || entry != nil {
			return err
		}
		f := c.fault(FaultScore, fmt.Sprintf("member %q in order at %g", name, score), "it by name alone")
		f.Mend = func(w storage.Writer) error { return w.Set(place, nil) }
		return c.v.report(f)
	})
	if err != nil {
		return err
	}
	lower = c.sub(sectionOrdered, nil)
	return c.v.each(lower, storage.PrefixEnd(lower), func(key, _ []byte) error {
		rest := slices.Clone(key[subPrefixLen:])
		if len(rest) < 8 {
			return nil // reported
		}
		score, name := splitOrdered(rest)
		byName := c.sub(sectionMember, append(appendUint48(nil, memberHash(name)), name...))
		raw, err := c.v.get(byName)
		encoded := binary.BigEndian.AppendUint64(nil, math.Float64bits(score))
		if err != nil || bytes.Equal(raw, encoded) {
			return err
		}
		f := c.fault(FaultScore, fmt.Sprintf("member %q by name with score %g", name, score), "it in order alone")
		if raw == nil {
			f.Mend = func(w storage.Writer) error { return w.Set(byName, encoded) }
		} else {
			f.Found = fmt.Sprintf("%x by name", raw)
			f.Mend = func(w storage.Writer) error { return w.Delete(c.sub(sectionOrdered, rest)) }
		}
		return c.v.report(f)
	})
}
