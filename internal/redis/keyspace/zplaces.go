package keyspace

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// places are members of a sorted set that are put or removed together, as their places
// in its order. Names lie in the order of their hashes: they are written in it, for
// writes that come in order cost a run's buffer least.
type places struct {
	list  [][]byte
	arena []byte // what the newest of them share
	bytes int64  // what the members' entries take
}

// How much memory for places is asked for at first, for a pop has one of them, and at
// most.
const (
	firstArena  = 128
	placesArena = 64 << 10
)

// add puts a member behind the others.
func (p *places) add(score float64, member []byte) {
	if need := 8 + len(member); cap(p.arena)-len(p.arena) < need {
		p.arena = make([]byte, 0, max(min(max(2*cap(p.arena), firstArena), placesArena), need))
	}
	at := len(p.arena)
	p.arena = appendOrdered(p.arena, score, member)
	p.list = append(p.list, p.arena[at:len(p.arena):len(p.arena)])
	p.bytes += rankedBytes(member)
}

// sort puts the places in order: by score first, for which no place has to be read.
func (p *places) sort() {
	type scored struct {
		score uint64
		place []byte
	}
	order := make([]scored, len(p.list))
	for i, place := range p.list {
		order[i] = scored{binary.BigEndian.Uint64(place), place}
	}
	slices.SortFunc(order, func(a, b scored) int {
		if c := cmp.Compare(a.score, b.score); c != 0 {
			return c
		}
		return bytes.Compare(a.place, b.place)
	})
	for i := range order {
		p.list[i] = order[i].place
	}
}

// eachByName calls fn for the members in the order of their names' subkeys.
func (p *places) eachByName(fn func(hash uint64, place []byte) error) error {
	names := make([]hashed, len(p.list))
	for i, place := range p.list {
		names[i] = hashed{memberHash(place[8:]), place[8:], place}
	}
	sortHashed(names)
	for i := range names {
		if err := fn(names[i].hash, names[i].place); err != nil {
			return err
		}
	}
	return nil
}

// hashed is a member's name with its hash, and its place if it is a sorted set's.
type hashed struct {
	hash        uint64
	name, place []byte
}

// sortHashed puts members in the order of their subkeys.
func sortHashed(members []hashed) {
	slices.SortFunc(members, func(a, b hashed) int {
		if c := cmp.Compare(a.hash, b.hash); c != 0 {
			return c
		}
		return bytes.Compare(a.name, b.name)
	})
}

// appendMember is the subkey of a member whose hash is known.
func appendMember(b []byte, version, hash uint64, name []byte) []byte {
	return append(appendUint48(appendSubPrefix(b, version, sectionMember), hash), name...)
}

// writeTo makes places, in order, all that a new version has, and returns its rank
// counts, nil if it is too small for any.
func (p *places) writeTo(version uint64, set setter) (*stretches, error) {
	var key, value []byte
	err := p.eachByName(func(hash uint64, place []byte) error {
		score, name := splitOrdered(place)
		key = appendMember(key[:0], version, hash, name)
		value = appendFloat(value[:0], score)
		return set(key, value)
	})
	if err != nil {
		return nil, err
	}
	for _, place := range p.list {
		key = append(appendSubPrefix(key[:0], version, sectionOrdered), place...)
		if err := set(key, nil); err != nil {
			return nil, err
		}
	}
	if len(p.list) < rankedFrom {
		return nil, nil
	}
	s := &stretches{}
	for from := 0; from < len(p.list); {
		n, begin := len(p.list)-from, ""
		if n > 2*rankFanout {
			n = rankFanout
		}
		if from > 0 {
			begin = string(p.list[from])
		}
		s.begins, s.counts = append(s.begins, begin), append(s.counts, int64(n))
		key = append(appendSubPrefix(key[:0], version, sectionRanks), begin...)
		value = binary.AppendUvarint(value[:0], uint64(n))
		if err := set(key, value); err != nil {
			return nil, err
		}
		from += n
	}
	return s, nil
}

// putPlaces gives a key a sorted set of these members, which are in order, in the place
// of whatever it holds. m is its metadata but for what follows from them.
func (r *Run) putPlaces(k *Key, m Meta, p *places) (err error) {
	if m.version, err = r.ks.newVersion(k.key); err != nil {
		return err
	}
	m.Type, m.Size, m.bytes, m.ranked = TypeZSet, int64(len(p.list)), p.bytes, len(p.list) >= rankedFrom
	var s *stretches
	err = r.fill(k, &m, m.bytes, func(set setter) (err error) {
		s, err = p.writeTo(m.version, set)
		return err
	})
	if err == nil && s != nil {
		z := ZSet{object: k.object}
		z.keepStretches(s)
	}
	return err
}

// PutZSet gives key a sorted set of n members, whatever it holds; of none, it removes
// the key. member gives each, all of them different, and its score, which is not NaN.
func (r *Run) PutZSet(db int, key []byte, n int, member func(i int) (name []byte, score float64)) error {
	if _, err := r.Delete(db, key); err != nil || n == 0 {
		return err
	}
	k, err := r.Key(db, key)
	if err != nil {
		return err
	}
	p := places{list: make([][]byte, 0, n)}
	for i := range n {
		name, score := member(i)
		if len(name) > MaxKey {
			return ErrKeyTooLong
		}
		p.add(positiveZero(score), name)
	}
	p.sort()
	return r.putPlaces(&k, Meta{}, &p)
}
