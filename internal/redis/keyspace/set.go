package keyspace

import (
	"bytes"
	"strconv"
)

// Set is an open set. A method that leaves it empty removes the key.
type Set struct{ object }

// Set opens a key for a command on sets: WRONGTYPE if it is another type. A key
// that does not exist is an empty set, created by the first Add.
func (r *Run) Set(db int, key []byte) (Set, error) {
	o, err := r.open(db, key, TypeSet)
	return Set{o}, err
}

// Has says whether member is in the set. O(1).
func (s *Set) Has(member []byte) (bool, error) {
	_, ok, err := s.member(member)
	return ok, err
}

// Add adds members and returns how many are new. O(1) each.
func (s *Set) Add(members ...[]byte) (int, error) {
	for _, m := range members {
		if len(m) > MaxKey {
			return 0, ErrKeyTooLong
		}
	}
	if len(members) == 0 {
		return 0, nil
	}
	if err := s.create(TypeSet); err != nil {
		return 0, err
	}
	added := 0
	for _, m := range members {
		_, had, err := s.member(m)
		if err != nil {
			return added, err
		}
		if had {
			continue
		}
		place := s.memberKey(m)
		if err := s.r.setNew(place, nil); err != nil {
			return added, err
		}
		s.bytes += memberBytes(m)
		s.turned = s.turned || !isInteger(m)
		added++
	}
	if added == 0 {
		return 0, nil
	}
	s.Size += int64(added)
	return added, s.save()
}

// memberBytes is what a member of a set takes.
func memberBytes(member []byte) int64 { return entryBytes(subPrefixLen+memberHashLen+len(member), 0) }

// PutSet gives key a set of these members, all of them different, whatever it holds; of
// none, it removes the key.
func (r *Run) PutSet(db int, key []byte, members [][]byte) error {
	if _, err := r.Delete(db, key); err != nil || len(members) == 0 {
		return err
	}
	k, err := r.Key(db, key)
	if err != nil {
		return err
	}
	list := make([]hashed, len(members))
	m := Meta{}
	for i, name := range members {
		if len(name) > MaxKey {
			return ErrKeyTooLong
		}
		list[i] = hashed{hash: memberHash(name), name: name}
		m.bytes += memberBytes(name)
		m.turned = m.turned || !isInteger(name)
	}
	sortHashed(list)
	m.Size = int64(len(list))
	return r.putMembers(&k, m, list)
}

// putMembers gives a key a set of these members, which are in order, in the place of
// whatever it holds. m is its metadata but for type and version.
func (r *Run) putMembers(k *Key, m Meta, members []hashed) (err error) {
	if m.version, err = r.ks.newVersion(k.key); err != nil {
		return err
	}
	m.Type = TypeSet
	return r.fill(k, &m, m.bytes, func(set setter) error {
		var key []byte
		for _, member := range members {
			key = appendMember(key[:0], m.version, member.hash, member.name)
			if err := set(key, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// isInteger reports whether a member is an integer of 64 bits as redis-server writes
// it.
func isInteger(b []byte) bool {
	if len(b) == 0 || len(b) > len("-9223372036854775808") || b[0] > '9' {
		return false
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	var canonical [20]byte
	return err == nil && bytes.Equal(strconv.AppendInt(canonical[:0], n, 10), b)
}

// Remove removes members and returns how many were there. O(1) each.
func (s *Set) Remove(members ...[]byte) (int, error) { return s.removeMembers(members) }

// Each calls fn for every member, in no particular order, until it returns
// false. The slice is valid during the call only; fn may change the set. O(N).
func (s *Set) Each(fn func(member []byte) (more bool, err error)) error {
	return s.eachMember(func(name, _ []byte) (bool, error) { return fn(name) })
}

// Scan calls fn for about count members from cursor on and returns the next
// cursor, 0 at the end. A member that is there through the whole scan is given
// at least once. The slice is valid during the call only.
func (s *Set) Scan(cursor uint64, count int, fn func(member []byte) error) (next uint64, err error) {
	return s.scanMembers(cursor, count, func(name, _ []byte) error { return fn(name) })
}

// Random is a random member; nil if the set is empty.
func (s *Set) Random() ([]byte, error) {
	name, _, err := s.randomMember()
	return name, err
}

// RandomDistinct returns count different random members, or all if there are
// fewer.
func (s *Set) RandomDistinct(count int64) ([][]byte, error) {
	chosen, err := s.distinctMembers(count)
	members := make([][]byte, len(chosen))
	for i, p := range chosen {
		members[i] = p.name
	}
	return members, err
}
