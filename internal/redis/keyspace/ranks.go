package keyspace

import (
	"encoding/binary"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// Rank counts of large sorted sets. Level 1 cuts the order of members into
// stretches of at most 2*rankFanout members: an entry under the place where a
// stretch begins holds their number. Level 2 does the same with stretches of at
// most 2*rankFanout² members, which begin where a level-1 stretch begins. The
// first stretch of each level begins at the empty place, before everything.
//
// A change of the order costs one seek and one write at each level; finding a
// rank costs a walk over level 2, one over level 1 within a level-2 stretch,
// and one over members within a level-1 stretch.
const (
	rankFanout = 128
	// rankedFrom is the size from which counts are kept, unrankedBelow the one
	// under which they are dropped again.
	rankedFrom    = 512
	unrankedBelow = 128
)

var rankSections = [...]byte{sectionRank1, sectionRank2}

// rankLimit is the count at which a stretch of a level is split.
func rankLimit(level int) int64 {
	if level == 0 {
		return 2 * rankFanout
	}
	return 2 * rankFanout * rankFanout
}

var errRanks = errors.New("rank counts of a sorted set do not decode")

// startRanks begins counting when the set has grown enough: one stretch of
// everything, which is split at once.
func (z *ZSet) startRanks() error {
	if z.ranked || z.Size < rankedFrom {
		return nil
	}
	z.ranked = true
	for level := len(rankSections) - 1; level >= 0; level-- {
		if err := z.setCount(level, nil, z.Size); err != nil {
			return err
		}
	}
	return z.split(0, nil, z.Size)
}

// stopRanks drops the counts of a set that has become small.
func (z *ZSet) stopRanks() error {
	if !z.ranked || z.Size >= unrankedBelow {
		return nil
	}
	z.ranked = false
	for _, section := range rankSections {
		lower, upper := z.section(section)
		err := z.r.scanRange(lower, upper, false, func(key, _ []byte) (bool, error) {
			return true, z.r.w.Delete(key)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (z *ZSet) countKey(level int, place []byte) []byte {
	z.r.subBuf = append(z.sub(rankSections[level]), place...)
	return z.r.subBuf
}

func (z *ZSet) setCount(level int, place []byte, n int64) error {
	var buf [binary.MaxVarintLen64]byte
	return z.r.w.Set(z.countKey(level, place), binary.AppendUvarint(buf[:0], uint64(n)))
}

func decodeCount(b []byte) (int64, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, corrupt(errRanks)
	}
	return int64(n), nil
}

// stretch returns where the stretch begins that place is in, and its count.
func (z *ZSet) stretch(level int, place []byte) (begin []byte, n int64, err error) {
	lower, _ := z.section(rankSections[level])
	upper := append(append(lower[:len(lower):len(lower)], place...), 0)
	found := false
	err = z.r.scanRange(lower, upper, true, func(key, value []byte) (bool, error) {
		found = true
		begin = append([]byte{}, key[subPrefixLen:]...)
		n, err = decodeCount(value)
		return false, err
	})
	if err == nil && !found {
		err = corrupt(errRanks)
	}
	return begin, n, err
}

// countIn counts a member that was put at place.
func (z *ZSet) countIn(place []byte) error {
	for level := range rankSections {
		begin, n, err := z.stretch(level, place)
		if err != nil {
			return err
		}
		if err := z.setCount(level, begin, n+1); err != nil {
			return err
		}
		if err := z.split(level, begin, n+1); err != nil {
			return err
		}
	}
	return nil
}

// countOut counts off a member that was removed from place.
func (z *ZSet) countOut(place []byte) error {
	for level := range rankSections {
		begin, n, err := z.stretch(level, place)
		if err != nil {
			return err
		}
		if err := z.setCount(level, begin, n-1); err != nil {
			return err
		}
		if n == 1 {
			if err := z.dropStretch(level, begin); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropStretch removes an empty stretch; the one before it then covers its
// place. One where a level-2 stretch begins must stay with it.
func (z *ZSet) dropStretch(level int, begin []byte) error {
	if len(begin) == 0 {
		return nil
	}
	if level == 0 {
		_, err := z.r.w.Get(z.countKey(1, begin))
		if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	} else if err := z.r.w.Delete(z.countKey(0, begin)); err != nil {
		return err
	}
	return z.r.w.Delete(z.countKey(level, begin))
}

// split cuts the stretch of n members that begins at begin, if that is too
// many, until no part is.
func (z *ZSet) split(level int, begin []byte, n int64) error {
	if n <= rankLimit(level) {
		return nil
	}
	// Walk what the stretch is made of: members at level 1, level-1 stretches
	// at level 2.
	unit := byte(sectionOrdered)
	if level > 0 {
		unit = rankSections[level-1]
	}
	lower, upper := z.section(unit)
	lower = append(lower, begin...)
	step := rankLimit(level) / 2
	var sum int64
	at := begin
	err := z.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		place := key[subPrefixLen:]
		if sum >= step {
			if err := z.setCount(level, at, sum); err != nil {
				return false, err
			}
			at = append([]byte{}, place...)
			n -= sum
			sum = 0
			if n <= rankLimit(level) {
				return false, nil
			}
		}
		if level == 0 {
			sum++
			return true, nil
		}
		c, err := decodeCount(value)
		sum += c
		return true, err
	})
	if err != nil {
		return err
	}
	return z.setCount(level, at, n)
}

// countBefore is the number of members that stand before place.
func (z *ZSet) countBefore(place []byte) (int64, error) {
	var total int64
	begin := []byte{}
	if z.ranked {
		for level := len(rankSections) - 1; level >= 0; level-- {
			n, at, err := z.sumStretches(level, begin, place)
			if err != nil {
				return 0, err
			}
			total += n
			begin = at
		}
	}
	prefix, _ := z.section(sectionOrdered)
	prefix = prefix[:len(prefix):len(prefix)]
	err := z.r.scanRange(append(prefix, begin...), append(prefix, place...), false,
		func(_, _ []byte) (bool, error) {
			total++
			return true, nil
		})
	return total, err
}

// sumStretches adds up the stretches of a level from begin on that end before
// place, and returns where the one with place in it begins.
func (z *ZSet) sumStretches(level int, begin, place []byte) (total int64, at []byte, err error) {
	prefix, _ := z.section(rankSections[level])
	prefix = prefix[:len(prefix):len(prefix)]
	upper := append(append(prefix, place...), 0)
	var last int64
	at = begin
	err = z.r.scanRange(append(prefix, begin...), upper, false, func(key, value []byte) (bool, error) {
		total += last
		at = append([]byte{}, key[subPrefixLen:]...)
		last, err = decodeCount(value)
		return true, err
	})
	return total, at, err
}

// orderedAt returns the place of the member with this rank.
func (z *ZSet) orderedAt(rank int64) (place []byte, err error) {
	begin := []byte{}
	if z.ranked {
		for level := len(rankSections) - 1; level >= 0; level-- {
			if begin, rank, err = z.skipStretches(level, begin, rank); err != nil {
				return nil, err
			}
		}
	}
	lower, upper := z.section(sectionOrdered)
	lower = append(lower, begin...)
	err = z.r.scanRange(lower, upper, false, func(key, _ []byte) (bool, error) {
		if rank == 0 {
			place = append([]byte{}, key[subPrefixLen:]...)
			return false, nil
		}
		rank--
		return true, nil
	})
	if err == nil && place == nil {
		err = corrupt(errRanks)
	}
	return place, err
}

// skipStretches passes over the stretches of a level, from begin on, that end
// before the rank, and returns where the one with it begins and the rank in it.
func (z *ZSet) skipStretches(level int, begin []byte, rank int64) (at []byte, left int64, err error) {
	lower, upper := z.section(rankSections[level])
	lower = append(lower, begin...)
	at, left = begin, rank
	err = z.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		n, err := decodeCount(value)
		if err != nil {
			return false, err
		}
		if left < n {
			at = append([]byte{}, key[subPrefixLen:]...)
			return false, nil
		}
		left -= n
		return true, nil
	})
	return at, left, err
}

// countRange is the number of ordered subkeys in [lower, upper).
func (z *ZSet) countRange(lower, upper []byte) (int64, error) {
	if string(lower) >= string(upper) {
		return 0, nil
	}
	to := z.Size
	if _, end := z.section(sectionOrdered); string(upper) < string(end) {
		var err error
		if to, err = z.countBefore(upper[subPrefixLen:]); err != nil {
			return 0, err
		}
	}
	from, err := z.countBefore(lower[subPrefixLen:])
	return to - from, err
}
