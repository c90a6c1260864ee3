package keyspace

import (
	"slices"
	"sort"
)

// RemoveByRank removes the members ranked start to stop, both included and from 0 (the
// caller has clamped them), and returns how many there were. Costs as Rank, and O(1)
// for each of them.
func (z *ZSet) RemoveByRank(start, stop int64) (int64, error) {
	return z.removeEach(false, func(fn func([]byte, float64) (bool, error)) error {
		return z.RangeByRank(start, stop, false, fn)
	})
}

// RemoveByScore removes the members with scores from lo to hi. Costs as RemoveByRank.
func (z *ZSet) RemoveByScore(lo, hi ScoreBound) (int64, error) {
	return z.removeEach(false, func(fn func([]byte, float64) (bool, error)) error {
		return z.RangeByScore(lo, hi, false, 0, -1, fn)
	})
}

// RemoveByLex removes the members from lo to hi, as RangeByLex gives them. Costs as
// RemoveByRank.
func (z *ZSet) RemoveByLex(lo, hi LexBound) (int64, error) {
	return z.removeEach(false, func(fn func([]byte, float64) (bool, error)) error {
		return z.RangeByLex(lo, hi, false, 0, -1, fn)
	})
}

// Pop removes the first count members, or the last ones from the last on, and calls fn
// for each before that. The slice is valid during the call only. Costs as RemoveByRank.
func (z *ZSet) Pop(count int64, last bool, fn func(member []byte, score float64)) error {
	_, err := z.removeEach(last, func(add func([]byte, float64) (bool, error)) error {
		return z.RangeByRank(0, count-1, last, func(member []byte, score float64) (bool, error) {
			fn(member, score)
			return add(member, score)
		})
	})
	return err
}

// removeEach removes the members that each gives, which stand next to one another, in
// order or in reverse.
func (z *ZSet) removeEach(reverse bool, each func(fn func([]byte, float64) (bool, error)) error) (int64, error) {
	var p places
	err := each(func(member []byte, score float64) (bool, error) {
		p.add(score, member)
		return true, nil
	})
	if err != nil || len(p.list) == 0 {
		return 0, err
	}
	if reverse {
		slices.Reverse(p.list)
	}
	return int64(len(p.list)), z.removePlaces(&p)
}

const (
	// discardFrom is the size from which on a collection that loses all it has is left
	// to the collector. A smaller one is removed for less than it costs to queue it.
	discardFrom = 64
	// keepRatio is how many times more has to be removed than stays for that to be
	// written anew: with two entries for each member and none for one removed, this is
	// where it costs half of what removing does, and leaves no deletions behind.
	keepRatio = 4
)

// removePlaces removes members that stand next to one another, in order.
func (z *ZSet) removePlaces(p *places) error {
	n := int64(len(p.list))
	switch rest := z.Size - n; {
	case n < discardFrom:
	case rest == 0:
		return z.Delete()
	case rest*keepRatio <= n:
		return z.keepOthers(p)
	}
	err := p.eachByName(func(hash uint64, place []byte) error {
		z.r.subBuf = appendMember(z.r.subBuf[:0], z.version, hash, place[8:])
		return z.r.w.Delete(z.r.subBuf)
	})
	if err != nil {
		return err
	}
	z.r.cutEnds(z.version, string(p.list[0]), string(p.list[n-1]))
	if err := z.deletePlaces(p.list); err != nil {
		return err
	}
	if z.ranked {
		if err := z.countOutAll(p.list); err != nil {
			return err
		}
	}
	z.Size -= n
	z.bytes -= p.bytes
	if err := z.stopRanks(); err != nil {
		return err
	}
	if err := z.save(); err != nil {
		return err
	}
	return z.removed(int(n))
}

// keepOthers moves all members but these to a new version.
func (z *ZSet) keepOthers(p *places) error {
	var kept places
	keep := func(place []byte) (bool, error) {
		score, member := splitOrdered(place)
		kept.add(score, member)
		return true, nil
	}
	if err := z.scanOrdered(nil, p.list[0], false, keep); err != nil {
		return err
	}
	behind := append(slices.Clone(p.list[len(p.list)-1]), 0)
	if err := z.scanOrdered(behind, nil, false, keep); err != nil {
		return err
	}
	k := Key{z.object}
	err := z.r.putPlaces(&k, z.Meta, &kept)
	z.object = k.object
	return err
}

// deletePlaces deletes the entries of places that stand next to one another. A range
// reaches to the member before them: so the ranges of a set that is trimmed again and
// again at its beginning become one.
func (z *ZSet) deletePlaces(list [][]byte) error {
	if len(list) < rangeDeleteSize {
		for _, place := range list {
			z.r.subBuf = append(z.sub(sectionOrdered), place...)
			if err := z.r.w.Delete(z.r.subBuf); err != nil {
				return err
			}
		}
		return nil
	}
	lower, _ := z.section(sectionOrdered)
	upper := append(append(slices.Clone(lower), list[len(list)-1]...), 0)
	err := z.scanOrdered(nil, list[0], true, func(place []byte) (bool, error) {
		lower = append(append(lower, place...), 0)
		return false, nil
	})
	if err != nil {
		return err
	}
	return z.r.w.DeleteRange(lower, upper)
}

// countOutAll counts off members that were removed from places that stand next to one
// another.
func (z *ZSet) countOutAll(list [][]byte) error {
	s, err := z.stretches()
	if err != nil {
		return err
	}
	first, last := s.find(list[0]), s.find(list[len(list)-1])
	if first == last {
		s.counts[first] -= int64(len(list))
	} else {
		after := func(begin string) int { // where the places of a stretch begin
			return sort.Search(len(list), func(i int) bool { return string(list[i]) >= begin })
		}
		s.counts[first] -= int64(after(s.begins[first+1]))
		s.counts[last] -= int64(len(list) - after(s.begins[last]))
	}
	// Those between have none left. Small ones join, as in countOut.
	from, to := first+1, max(last, first+1)
	lastStays := last > first
	if lastStays && s.counts[first]+s.counts[last] <= rankFanout {
		s.counts[first] += s.counts[last]
		to, lastStays = last+1, false
	}
	if first > 0 && s.counts[first-1]+s.counts[first] <= rankFanout {
		s.counts[first-1] += s.counts[first]
		first, from = first-1, first
	}
	if from < to {
		if err := z.deleteCounts(s.begins[from:to]); err != nil {
			return err
		}
		s.begins = slices.Delete(s.begins, from, to)
		s.counts = slices.Delete(s.counts, from, to)
		z.keepStretches(s)
	}
	if err := z.setCount(s, first, s.counts[first]); err != nil || !lastStays {
		return err
	}
	return z.setCount(s, first+1, s.counts[first+1])
}

// deleteCounts deletes the counts of stretches that follow one another.
func (z *ZSet) deleteCounts(begins []string) error {
	if len(begins) >= rangeDeleteSize {
		lower := slices.Clone(z.countKey(begins[0]))
		return z.r.w.DeleteRange(lower, append(z.countKey(begins[len(begins)-1]), 0))
	}
	for _, begin := range begins {
		if err := z.r.w.Delete(z.countKey(begin)); err != nil {
			return err
		}
	}
	return nil
}

// cutEnds forgets the places from first to last in what is known of a sorted set's ends.
func (r *Run) cutEnds(version uint64, first, last string) {
	st := r.ks.recent.get(version)
	if st == nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for i := range st.popping.ends {
		end := &st.popping.ends[i]
		within := func(place string) bool { return place >= first && place <= last }
		at := slices.IndexFunc(*end, within)
		if at < 0 {
			continue
		}
		n := 1
		for at+n < len(*end) && within((*end)[at+n]) {
			n++
		}
		if at == 0 {
			*end = (*end)[n:]
		} else {
			*end = slices.Delete(slices.Clone(*end), at, at+n)
		}
		r.unsure(version)
	}
}
