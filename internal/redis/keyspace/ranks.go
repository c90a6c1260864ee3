package keyspace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sort"
)

// Rank counts of large sorted sets. They cut the order of members into stretches
// of at most 2*rankFanout: an entry of section r under the place where a stretch
// begins holds the number of its members. The first stretch begins at the empty
// place, before everything.
//
// The stretches of sets in use are kept in memory as well (recent.go), because
// finding one in storage is a backward seek past every version of its count. A
// change of the order then costs one write; finding a rank adds up the counts
// before it, one addition for each 128 to 256 members, and walks one stretch.
const (
	rankFanout = 128
	// rankedFrom is the size from which counts are kept, unrankedBelow the one
	// under which they are dropped again.
	rankedFrom    = 512
	unrankedBelow = 128
)

var errRanks = errors.New("rank counts of a sorted set do not decode")

// stretches are the rank counts of one sorted set. Whoever changes them holds
// the key's lock exclusively, whoever reads them at least shared.
type stretches struct {
	begins []string // the places where they begin; the first is ""
	counts []int64
	size   int // as counted by recent
}

// find returns the stretch that place is in.
func (s *stretches) find(place []byte) int {
	return sort.Search(len(s.begins), func(i int) bool { return s.begins[i] > string(place) }) - 1
}

// before is the number of members before stretch i.
func (s *stretches) before(i int) (n int64) {
	for _, c := range s.counts[:i] {
		n += c
	}
	return n
}

// at returns the stretch of the member with this rank, and its rank in it.
func (s *stretches) at(rank int64) (i int, left int64) {
	for i < len(s.counts)-1 && rank >= s.counts[i] {
		rank -= s.counts[i]
		i++
	}
	return i, rank
}

func (s *stretches) insert(i int, begin string, n int64) {
	s.begins = append(s.begins, "")
	copy(s.begins[i+1:], s.begins[i:])
	s.begins[i] = begin
	s.counts = append(s.counts, 0)
	copy(s.counts[i+1:], s.counts[i:])
	s.counts[i] = n
}

func (s *stretches) remove(i int) {
	s.begins = append(s.begins[:i], s.begins[i+1:]...)
	s.counts = append(s.counts[:i], s.counts[i+1:]...)
}

// memory is the approximate number of bytes taken.
func (s *stretches) memory() int {
	n := 64
	for _, b := range s.begins {
		n += len(b) + 24
	}
	return n
}

// stretches are the set's rank counts, from memory or from storage.
func (z *ZSet) stretches() (*stretches, error) {
	if s := z.r.ks.recent.stretches(z.version); s != nil {
		return s, nil
	}
	s := &stretches{}
	lower, upper := z.section(sectionRanks)
	err := z.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		n, err := decodeCount(value)
		s.begins = append(s.begins, string(key[subPrefixLen:]))
		s.counts = append(s.counts, n)
		return true, err
	})
	if err == nil && (len(s.begins) == 0 || s.begins[0] != "") {
		err = corrupt(errRanks)
	}
	if err != nil {
		return nil, err
	}
	z.keepStretches(s)
	return s, nil
}

// keepStretches remembers s, which may hold what this run has not applied yet.
func (z *ZSet) keepStretches(s *stretches) {
	z.r.ks.recent.keep(z.version, s)
	z.r.unsure(z.version)
}

// startRanks begins counting when the set has grown enough: one stretch of
// everything, which is split at once.
func (z *ZSet) startRanks() error {
	if z.ranked || z.Size < rankedFrom {
		return nil
	}
	z.ranked = true
	return z.split(&stretches{begins: []string{""}, counts: []int64{z.Size}}, 0)
}

// stopRanks drops the counts of a set that has become small.
func (z *ZSet) stopRanks() error {
	if !z.ranked || z.Size >= unrankedBelow {
		return nil
	}
	s, err := z.stretches()
	if err != nil {
		return err
	}
	z.ranked = false
	z.keepStretches(nil)
	for _, begin := range s.begins {
		if err := z.r.w.Delete(z.countKey(begin)); err != nil {
			return err
		}
	}
	return nil
}

func (z *ZSet) countKey(begin string) []byte {
	z.r.subBuf = append(z.sub(sectionRanks), begin...)
	return z.r.subBuf
}

// setCount changes the count of a stretch, in memory and in storage.
func (z *ZSet) setCount(s *stretches, i int, n int64) error {
	s.counts[i] = n
	z.r.unsure(z.version)
	var buf [binary.MaxVarintLen64]byte
	return z.r.w.Set(z.countKey(s.begins[i]), binary.AppendUvarint(buf[:0], uint64(n)))
}

func decodeCount(b []byte) (int64, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, corrupt(errRanks)
	}
	return int64(n), nil
}

// countIn counts a member that was put at place.
func (z *ZSet) countIn(place []byte) error {
	s, err := z.stretches()
	if err != nil {
		return err
	}
	i := s.find(place)
	s.counts[i]++
	return z.split(s, i)
}

// countOut counts off a member that was removed from place. A stretch that has
// become small joins the one before it.
func (z *ZSet) countOut(place []byte) error {
	s, err := z.stretches()
	if err != nil {
		return err
	}
	i := s.find(place)
	n := s.counts[i] - 1
	if i == 0 || n+s.counts[i-1] > rankFanout {
		return z.setCount(s, i, n)
	}
	if err := z.r.w.Delete(z.countKey(s.begins[i])); err != nil {
		return err
	}
	s.remove(i)
	return z.setCount(s, i-1, s.counts[i-1]+n)
}

// split writes the count of stretch i, after cutting off as many stretches of
// rankFanout members as it is too long.
func (z *ZSet) split(s *stretches, i int) error {
	if s.counts[i] <= 2*rankFanout {
		return z.setCount(s, i, s.counts[i])
	}
	seen, left := 0, s.counts[i]
	err := z.scanOrdered([]byte(s.begins[i]), nil, false, func(place []byte) (bool, error) {
		if seen == rankFanout {
			s.insert(i+1, string(place), 0)
			if err := z.setCount(s, i, rankFanout); err != nil {
				return false, err
			}
			seen, left, i = 0, left-rankFanout, i+1
		}
		seen++
		return left > 2*rankFanout, nil
	})
	if err != nil {
		return err
	}
	z.keepStretches(s)
	return z.setCount(s, i, left)
}

// countBefore is the number of members that stand before place.
func (z *ZSet) countBefore(place []byte) (total int64, err error) {
	begin := ""
	if z.ranked {
		s, err := z.stretches()
		if err != nil {
			return 0, err
		}
		i := s.find(place)
		begin, total = s.begins[i], s.before(i)
	}
	err = z.scanOrdered([]byte(begin), place, false, func([]byte) (bool, error) {
		total++
		return true, nil
	})
	return total, err
}

// orderedAt returns the place of the member with this rank.
func (z *ZSet) orderedAt(rank int64) (place []byte, err error) {
	begin := ""
	if z.ranked {
		s, err := z.stretches()
		if err != nil {
			return nil, err
		}
		var i int
		i, rank = s.at(rank)
		begin = s.begins[i]
	}
	err = z.scanOrdered([]byte(begin), nil, false, func(at []byte) (bool, error) {
		if rank == 0 {
			place = bytes.Clone(at)
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

// countRange is the number of members at places from lower up to upper, nil for
// the end.
func (z *ZSet) countRange(lower, upper []byte) (int64, error) {
	if upper != nil && string(lower) >= string(upper) {
		return 0, nil
	}
	to := z.Size
	if upper != nil {
		var err error
		if to, err = z.countBefore(upper); err != nil {
			return 0, err
		}
	}
	if len(lower) == 0 {
		return to, nil
	}
	from, err := z.countBefore(lower)
	return to - from, err
}
