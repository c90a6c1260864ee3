package keyspace

import (
	"encoding/binary"
	"errors"
	"math"
)

// ZSet is an open sorted set. A method that leaves it empty removes the key.
//
// Members stand under their name with their score, and in the order of (score,
// name). From rankedFrom members on, counts of stretches of that order are kept
// (ranks.go), so that a rank or the member at a rank costs N/128 additions in
// memory and a walk over at most 256 members.
type ZSet struct {
	object
	built built // of one that is being built
}

// ZSet opens a key for a command on sorted sets: WRONGTYPE if it is another
// type. A key that does not exist is an empty one, created by the first Add.
func (r *Run) ZSet(db int, key []byte) (ZSet, error) {
	o, err := r.open(db, key, TypeZSet)
	return ZSet{object: o}, err
}

// Score is a member's score. O(1).
func (z *ZSet) Score(member []byte) (score float64, ok bool, err error) {
	raw, ok, err := z.member(member)
	if err != nil || !ok {
		return 0, false, err
	}
	score, err = decodeScore(raw)
	return score, err == nil, err
}

// Add gives a member a score, and says whether the member is new. The score
// must not be NaN. O(1), and for the first change of a large set since it was
// last in memory, reading its rank counts: O(N/128).
func (z *ZSet) Add(member []byte, score float64) (created bool, err error) {
	if len(member) > MaxKey {
		return false, ErrKeyTooLong
	}
	if score == 0 {
		score = 0 // -0 sorts as 0, and is stored as 0
	}
	old, had, err := z.Score(member)
	if err != nil || (had && old == score) {
		return false, err
	}
	if err := z.create(TypeZSet); err != nil {
		return false, err
	}
	if had {
		if err := z.removeOrdered(old, member); err != nil {
			return false, err
		}
		if err := z.removed(1); err != nil {
			return false, err
		}
	}
	z.r.valBuf = appendFloat(z.r.valBuf[:0], score)
	if err := z.r.setNew(z.memberKey(member), z.r.valBuf); err != nil {
		return false, err
	}
	if err := z.addOrdered(score, member); err != nil || had {
		return false, err
	}
	z.Size++
	z.bytes += rankedBytes(member)
	if z.aside {
		z.built.add(&z.object, score, member)
		return true, nil
	}
	if err := z.startRanks(); err != nil {
		return false, err
	}
	return true, z.save()
}

// Remove removes members and returns how many were there. Costs as Add.
func (z *ZSet) Remove(members ...[]byte) (int, error) {
	removed := 0
	for _, m := range members {
		score, ok, err := z.Score(m)
		if err != nil {
			return removed, err
		}
		if !ok {
			continue
		}
		if err := z.removeOrdered(score, m); err != nil {
			return removed, err
		}
		if err := z.r.w.Delete(z.memberKey(m)); err != nil {
			return removed, err
		}
		removed++
		z.Size--
		z.bytes -= rankedBytes(m)
		if err := z.stopRanks(); err != nil {
			return removed, err
		}
		if z.Size == 0 {
			break
		}
	}
	if removed == 0 {
		return 0, nil
	}
	if err := z.save(); err != nil {
		return removed, err
	}
	return removed, z.removed(removed)
}

// rankedBytes is what a member's two entries take: by name, with the score, and by
// score.
func rankedBytes(member []byte) int64 {
	return entryBytes(subPrefixLen+memberHashLen+len(member), 8) + entryBytes(subPrefixLen+8+len(member), 0)
}

func (z *ZSet) addOrdered(score float64, member []byte) error {
	key := z.orderedKey(score, member)
	if st := z.r.ks.recent.get(z.version); st != nil {
		st.widen(key[subPrefixLen:])
		z.r.changeEnds(z.version, key[subPrefixLen:], true)
	}
	if err := z.r.setNew(key, nil); err != nil || !z.ranked {
		return err
	}
	return z.countIn(appendOrdered(nil, score, member))
}

func (z *ZSet) removeOrdered(score float64, member []byte) error {
	key := z.orderedKey(score, member)
	z.r.changeEnds(z.version, key[subPrefixLen:], false)
	if err := z.r.w.Delete(key); err != nil || !z.ranked {
		return err
	}
	return z.countOut(appendOrdered(nil, score, member))
}

func (z *ZSet) orderedKey(score float64, member []byte) []byte {
	z.r.subBuf = appendOrdered(z.sub(sectionOrdered), score, member)
	return z.r.subBuf
}

// appendOrdered encodes a place in the order of a sorted set.
func appendOrdered(b []byte, score float64, member []byte) []byte {
	return append(appendScore(b, score), member...)
}

// appendScore makes float64s sort as bytes: positive ones with the sign bit
// set, negative ones with all bits flipped.
func appendScore(b []byte, score float64) []byte {
	bits := math.Float64bits(score)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(b, bits)
}

// splitOrdered undoes appendOrdered; member shares b.
func splitOrdered(b []byte) (score float64, member []byte) {
	bits := binary.BigEndian.Uint64(b)
	if bits>>63 == 1 {
		bits &^= 1 << 63
	} else {
		bits = ^bits
	}
	return math.Float64frombits(bits), b[8:]
}

// appendFloat encodes a score as it stands under a member's name.
func appendFloat(b []byte, score float64) []byte {
	return binary.BigEndian.AppendUint64(b, math.Float64bits(score))
}

func decodeScore(b []byte) (float64, error) {
	if len(b) != 8 {
		return 0, corrupt(errors.New("score does not decode"))
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// Each calls fn for every member, in no particular order, until it returns
// false. The slice is valid during the call only; fn may change the set. O(N).
func (z *ZSet) Each(fn func(member []byte, score float64) (more bool, err error)) error {
	return z.eachMember(func(name, value []byte) (bool, error) {
		score, err := decodeScore(value)
		if err != nil {
			return false, err
		}
		return fn(name, score)
	})
}

// Scan calls fn for about count members from cursor on and returns the next
// cursor, 0 at the end. A member that is there through the whole scan is given
// at least once. The slice is valid during the call only.
func (z *ZSet) Scan(cursor uint64, count int, fn func(member []byte, score float64) error) (next uint64, err error) {
	return z.scanMembers(cursor, count, func(name, value []byte) error {
		score, err := decodeScore(value)
		if err != nil {
			return err
		}
		return fn(name, score)
	})
}

// Random is a random member with its score; nil if the set is empty.
func (z *ZSet) Random() (member []byte, score float64, err error) {
	member, value, err := z.randomMember()
	if err != nil || member == nil {
		return nil, 0, err
	}
	score, err = decodeScore(value)
	return member, score, err
}

// RandomDistinct calls fn for count different random members, or all if there
// are fewer.
func (z *ZSet) RandomDistinct(count int64, fn func(member []byte, score float64) error) error {
	chosen, err := z.distinctMembers(count)
	if err != nil {
		return err
	}
	for _, p := range chosen {
		score, err := decodeScore(p.value)
		if err != nil {
			return err
		}
		if err := fn(p.name, score); err != nil {
			return err
		}
	}
	return nil
}
