package keyspace

import (
	"bytes"
	"math"
	"slices"
)

// ScoreBound is one end of a range of scores.
type ScoreBound struct {
	Score     float64 // ±Inf for an open end
	Exclusive bool
}

// LexBound is one end of a range of members of one score.
type LexBound struct {
	Member    []byte
	Exclusive bool
	Infinite  int // -1: before all members, 1: after all
}

// Rank is the number of members before this one; Len-1-Rank is the rank from
// the other end. ok is false if the member is not there. O(N) below rankedFrom
// members, N/128 additions and at most 256 steps from there on.
func (z *ZSet) Rank(member []byte) (rank int64, score float64, ok bool, err error) {
	score, ok, err = z.Score(member)
	if err != nil || !ok {
		return 0, 0, false, err
	}
	rank, err = z.countBefore(appendOrdered(nil, score, member))
	return rank, score, err == nil, err
}

// RangeByRank calls fn for the members ranked start to stop, both included and
// from 0 (the caller has clamped them), until it returns false; in reverse,
// ranks count from the last member. The slice is valid during the call only; fn
// may change the set. Costs as Rank, and O(1) for each member.
func (z *ZSet) RangeByRank(start, stop int64, reverse bool, fn func(member []byte, score float64) (more bool, err error)) error {
	start, stop = max(start, 0), min(stop, z.Size-1)
	if start > stop {
		return nil
	}
	n := stop - start + 1
	if start == 0 && n <= popAhead {
		return z.eachFromEnd(int(n), reverse, fn)
	}
	if reverse {
		start, stop = z.Size-1-stop, z.Size-1-start
	}
	var lower, upper []byte
	var err error
	switch {
	case reverse && stop < z.Size-1: // the member after the last one wanted
		upper, err = z.orderedAt(stop + 1)
	case !reverse && start > 0:
		lower, err = z.orderedAt(start)
	}
	if err != nil {
		return err
	}
	return z.eachOrdered(lower, upper, reverse, limited(0, n, fn))
}

// RangeByScore calls fn for the members with scores from lo to hi, in order or
// in reverse, after skipping offset of them and until there were limit (all if
// negative) or fn returns false. The slice is valid during the call only; fn
// may change the set. O(1) for each member given, plus the skipped ones: few
// steps for each, or as Rank in a large set.
func (z *ZSet) RangeByScore(lo, hi ScoreBound, reverse bool, offset, limit int64, fn func(member []byte, score float64) (more bool, err error)) error {
	if z.Type == TypeNone || limit == 0 {
		return nil
	}
	lower, upper, ok := scoreRange(lo, hi)
	if !ok {
		return nil
	}
	return z.eachOrdered(lower, upper, reverse, limited(offset, limit, fn))
}

// CountByScore is the number of members with scores from lo to hi. Costs as
// Rank.
func (z *ZSet) CountByScore(lo, hi ScoreBound) (int64, error) {
	if z.Type == TypeNone {
		return 0, nil
	}
	lower, upper, ok := scoreRange(lo, hi)
	if !ok {
		return 0, nil
	}
	return z.countRange(lower, upper)
}

// RangeByLex is RangeByScore by name, for sets whose members all have one score;
// see mixedRange for others.
func (z *ZSet) RangeByLex(lo, hi LexBound, reverse bool, offset, limit int64, fn func(member []byte, score float64) (more bool, err error)) error {
	if z.Type == TypeNone || limit == 0 {
		return nil
	}
	lower, upper, ok, err := z.lexRange(lo, hi)
	if err != nil || !ok {
		return err
	}
	return z.eachOrdered(lower, upper, reverse, limited(offset, limit, fn))
}

// CountByLex is the number of members from lo to hi. Costs as Rank.
func (z *ZSet) CountByLex(lo, hi LexBound) (int64, error) {
	if z.Type == TypeNone {
		return 0, nil
	}
	lower, upper, ok, err := z.lexRange(lo, hi)
	if err != nil || !ok {
		return 0, err
	}
	return z.countRange(lower, upper)
}

// limited passes on limit calls (all if negative) after the first offset ones.
func limited(offset, limit int64, fn func([]byte, float64) (bool, error)) func([]byte, float64) (bool, error) {
	return func(member []byte, score float64) (bool, error) {
		if offset > 0 {
			offset--
			return true, nil
		}
		if limit > 0 {
			limit--
		}
		more, err := fn(member, score)
		return more && limit != 0, err
	}
}

func (z *ZSet) eachOrdered(lower, upper []byte, reverse bool, fn func([]byte, float64) (bool, error)) error {
	return z.scanOrdered(lower, upper, reverse, func(place []byte) (bool, error) {
		score, member := splitOrdered(place)
		return fn(member, score)
	})
}

// scanOrdered calls fn for the places of members from lower up to and without
// upper (nil: no bound), in order or backwards, until it returns false. Where
// members were popped from an end, it begins behind what they left.
func (z *ZSet) scanOrdered(lower, upper []byte, reverse bool, fn func(place []byte) (bool, error)) error {
	var first, last []byte
	st := z.r.ks.recent.get(z.version)
	if st != nil {
		first, last = st.ends()
	}
	// Whether the scan begins at the very end, and so finds it.
	fromEnd := !reverse && string(lower) <= string(first) || reverse && (upper == nil || last != nil && string(upper) > string(last))
	if string(lower) < string(first) {
		lower = first
	}
	if last != nil && (upper == nil || string(upper) > string(last)) {
		upper = append(last[:len(last):len(last)], 0)
	}
	from, to := z.section(sectionOrdered)
	if upper != nil {
		if string(lower) >= string(upper) {
			return nil
		}
		to = append(from[:len(from):len(from)], upper...)
	}
	from = append(from, lower...)
	return z.r.scanRange(from, to, reverse, func(key, _ []byte) (bool, error) {
		place := key[subPrefixLen:]
		if fromEnd {
			fromEnd = false
			z.noteEnd(place, reverse)
		}
		return fn(place)
	})
}

// noteEnd remembers the place of the first or last member.
func (z *ZSet) noteEnd(place []byte, last bool) {
	if len(place) > maxNotedPlace {
		return
	}
	st := z.r.ks.recent.getOrAdd(z.version)
	if st.noteEnd(place, last) && z.r.w.Len() > 0 {
		z.r.unsure(z.version)
	}
}

// scoreRange gives the places of a range of scores: from the first of lo (or of
// the next score if it is excluded) up to the first after hi, nil if there is no
// end. ok is false if no place is in the range.
func scoreRange(lo, hi ScoreBound) (lower, upper []byte, ok bool) {
	if lo.Exclusive {
		if math.IsInf(lo.Score, 1) {
			return nil, nil, false
		}
		lo.Score = math.Nextafter(lo.Score, math.Inf(1))
	}
	lower = appendScore(nil, positiveZero(lo.Score))
	if !hi.Exclusive {
		if math.IsInf(hi.Score, 1) {
			return lower, nil, true
		}
		hi.Score = math.Nextafter(hi.Score, math.Inf(1))
	}
	upper = appendScore(nil, positiveZero(hi.Score))
	return lower, upper, string(lower) < string(upper)
}

// positiveZero keeps -0 and 0 one score.
func positiveZero(f float64) float64 {
	if f == 0 {
		return 0
	}
	return f
}

// lexRange gives the places of a range of members, as scoreRange does.
func (z *ZSet) lexRange(lo, hi LexBound) (lower, upper []byte, ok bool, err error) {
	var score []byte
	err = z.scanOrdered(nil, nil, false, func(place []byte) (bool, error) {
		score = append(score, place[:8]...)
		return false, nil
	})
	if err != nil || score == nil || lo.Infinite > 0 || hi.Infinite < 0 {
		return nil, nil, false, err
	}
	score = score[:8:8]
	one := true
	err = z.scanOrdered(nil, nil, true, func(place []byte) (bool, error) {
		one = string(place[:8]) == string(score)
		return false, nil
	})
	if err != nil || !one {
		lower, upper, err = z.mixedRange(lo, hi)
		return lower, upper, lower != nil, err
	}
	if lo.Infinite == 0 {
		lower = append(score, lo.Member...)
		if lo.Exclusive {
			lower = append(lower, 0)
		}
	}
	if hi.Infinite == 0 {
		upper = append(score, hi.Member...)
		if !hi.Exclusive {
			upper = append(upper, 0)
		}
		return lower, upper, string(lower) < string(upper), nil
	}
	return lower, nil, true, nil
}

// mixedRange is lexRange for members of several scores, whose names are in no
// order. The result is unspecified; redis-server's is what stands from the first
// member that is not before lo up to the next one that is after hi. O(N).
func (z *ZSet) mixedRange(lo, hi LexBound) (lower, upper []byte, err error) {
	err = z.scanOrdered(nil, nil, false, func(place []byte) (bool, error) {
		from, to := bytes.Compare(place[8:], lo.Member), bytes.Compare(place[8:], hi.Member)
		switch {
		case lower == nil && lo.Infinite == 0 && (from < 0 || from == 0 && lo.Exclusive):
		case hi.Infinite == 0 && (to > 0 || to == 0 && hi.Exclusive):
			upper = slices.Clone(place)
			return false, nil
		case lower == nil:
			lower = slices.Clone(place)
			return hi.Infinite == 0, nil // else all from here on are in the range
		}
		return true, nil
	})
	return lower, upper, err
}
