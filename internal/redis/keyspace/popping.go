package keyspace

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// Popping reads from storage once for many elements: an iterator costs some ten
// times what reading and removing an entry does, and more the more removed entries
// lie about.

const (
	// popAhead is the number of members that are read at a time.
	popAhead = 64
	// endMax is the length to which members that are added may extend what is known
	// of an end.
	endMax = 2 * popAhead
)

// popping is what recentState knows for pops. Whoever removes or adds members holds
// the key's lock exclusively; mu is for those who only read.
type popping struct {
	// Members of a set from a random one on, in random order, and the place behind
	// them. They may have gone since.
	members []string
	behind  []byte
	// The places of a sorted set's first members, and of its last ones from the last
	// on, with none missing between. Replaced, never changed.
	ends [2][]string
}

// Pop removes a random member and returns it; nil if the set is empty.
func (s *Set) Pop() (member []byte, err error) {
	for s.Size > exactRandomSize {
		member, err := s.nextToPop()
		if err != nil {
			return nil, err
		}
		if n, err := s.removeMembers([][]byte{member}); err != nil || n == 1 {
			return member, err
		}
	}
	if member, err = s.Random(); err == nil && member != nil {
		_, err = s.removeMembers([][]byte{member})
	}
	return member, err
}

// PopMany removes count random members, or all if there are fewer, and returns them.
// O(members removed), or O(N) when they are many.
func (s *Set) PopMany(count int64) ([][]byte, error) {
	all := count >= s.Size
	chosen, err := s.distinctMembers(min(count, s.Size))
	if err != nil || len(chosen) == 0 {
		return nil, err
	}
	members := make([][]byte, len(chosen))
	gone := make([]hashed, len(chosen))
	for i, p := range chosen {
		members[i] = p.name
		gone[i] = hashed{hash: memberHash(p.name), name: p.name}
		s.bytes -= memberBytes(p.name)
	}
	if all && len(gone) >= discardFrom {
		return members, s.Delete()
	}
	sortHashed(gone)
	if rest := s.Size - int64(len(gone)); len(gone) >= discardFrom && rest*keepRatio <= int64(len(gone)) {
		return members, s.keepOthers(gone)
	}
	for _, m := range gone {
		s.r.subBuf = appendMember(s.r.subBuf[:0], s.version, m.hash, m.name)
		if err := s.r.w.Delete(s.r.subBuf); err != nil {
			return nil, err
		}
	}
	s.Size -= int64(len(gone))
	if err := s.save(); err != nil {
		return nil, err
	}
	return members, s.removed(len(gone))
}

// keepOthers moves all members but these, which are in order, to a new version. Their
// bytes are off the set's already.
func (s *Set) keepOthers(gone []hashed) error {
	m := s.Meta
	m.Size -= int64(len(gone))
	kept := make([]hashed, 0, m.Size)
	err := s.eachMember(func(name, _ []byte) (bool, error) {
		if len(gone) > 0 && string(gone[0].name) == string(name) {
			gone = gone[1:]
			return true, nil
		}
		kept = append(kept, hashed{hash: memberHash(name), name: bytes.Clone(name)})
		return true, nil
	})
	if err != nil {
		return err
	}
	k := Key{s.object}
	err = s.r.putMembers(&k, m, kept)
	s.object = k.object
	return err
}

func (s *Set) nextToPop() ([]byte, error) {
	st := s.r.ks.recent.getOrAdd(s.version)
	st.mu.Lock()
	defer st.mu.Unlock()
	p := &st.popping
	if len(p.members) == 0 {
		if err := s.readAhead(p); err != nil {
			return nil, err
		}
		s.r.ks.recent.resize(s.version, st, p.memory())
	}
	last := len(p.members) - 1
	member := p.members[last]
	p.members = p.members[:last]
	return []byte(member), nil
}

// readAhead goes on where it ended, past what was popped, and from the first member
// after the last one.
func (s *Set) readAhead(p *popping) (err error) {
	lower, upper := s.section(sectionMember)
	if p.behind == nil {
		p.behind = appendUint48(lower[:len(lower):len(lower)], rand.Uint64()>>16)
	}
	it, err := s.r.w.NewIter(storage.IterOptions{Lower: lower, Upper: upper, KeysOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	size := 0
	for ok := it.SeekGE(p.behind); len(p.members) < popAhead && size < popAhead*maxNotedPlace; ok = it.Next() {
		if !ok && (it.Error() != nil || !it.First()) {
			return errors.Join(it.Error(), corrupt(errors.New("a collection lacks its members")))
		}
		p.members = append(p.members, string(it.Key()[subPrefixLen+memberHashLen:]))
		size += len(it.Key())
		p.behind = append(append(p.behind[:0], it.Key()...), 0)
	}
	rand.Shuffle(len(p.members), func(i, j int) { p.members[i], p.members[j] = p.members[j], p.members[i] })
	return nil
}

// memory is the approximate number of bytes taken.
func (p *popping) memory() int {
	n := len(p.behind)
	for _, list := range [...][]string{p.members, p.ends[0], p.ends[1]} {
		for _, s := range list {
			n += len(s) + 16
		}
	}
	return n
}

// eachFromEnd calls fn for the first n members, or the last ones from the last on,
// until it returns false. n is at most popAhead and Len.
func (z *ZSet) eachFromEnd(n int, last bool, fn func(member []byte, score float64) (bool, error)) error {
	st := z.r.ks.recent.getOrAdd(z.version)
	end := st.end(last)
	if len(end) < n {
		var err error
		if end, err = z.readEnd(st, last); err != nil {
			return err
		}
	}
	for _, place := range end[:min(n, len(end))] {
		score, member := splitOrdered([]byte(place))
		if more, err := fn(member, score); err != nil || !more {
			return err
		}
	}
	return nil
}

// readEnd remembers what stands at an end, if it is short.
func (z *ZSet) readEnd(st *recentState, last bool) (end []string, err error) {
	size := 0
	err = z.scanOrdered(nil, nil, last, func(place []byte) (bool, error) {
		end = append(end, string(place))
		size += len(place)
		return len(end) < popAhead, nil
	})
	if err != nil || size > popAhead*maxNotedPlace {
		return end, err
	}
	st.mu.Lock()
	st.popping.ends[endIndex(last)] = end
	size = st.popping.memory()
	st.mu.Unlock()
	z.r.ks.recent.resize(z.version, st, size)
	if z.r.w.Len() > 0 {
		z.r.unsure(z.version)
	}
	return end, nil
}

func endIndex(last bool) int {
	if last {
		return 1
	}
	return 0
}

func (st *recentState) end(last bool) []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.popping.ends[endIndex(last)]
}

// compareFrom compares places in the order of an end.
func compareFrom(last bool) func(a, b string) int {
	if last {
		return func(a, b string) int { return compareStrings(b, a) }
	}
	return compareStrings
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// changeEnds has what is known of a sorted set's ends follow a member that was added
// or removed.
func (r *Run) changeEnds(version uint64, place []byte, added bool) {
	st := r.ks.recent.get(version)
	if st == nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, last := range [...]bool{false, true} {
		end := &st.popping.ends[endIndex(last)]
		if len(*end) == 0 {
			continue
		}
		at, found := slices.BinarySearchFunc(*end, string(place), compareFrom(last))
		switch {
		case added == found || at == len(*end): // it does not stand there, or no longer
			continue
		case added:
			*end = slices.Insert(slices.Clone(*end), at, string(place))
			if len(*end) > endMax {
				*end = (*end)[:endMax:endMax]
			}
		case at == 0:
			*end = (*end)[1:]
		default:
			*end = slices.Delete(slices.Clone(*end), at, at+1)
		}
		r.unsure(version)
	}
}
