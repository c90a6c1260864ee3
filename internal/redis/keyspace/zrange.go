package keyspace

import "math"

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
	if reverse {
		start, stop = z.Size-1-stop, z.Size-1-start
	}
	lower, upper := z.section(sectionOrdered)
	if reverse && stop < z.Size-1 {
		// The member after the last one wanted.
		at, err := z.orderedAt(stop + 1)
		if err != nil {
			return err
		}
		upper = append(lower[:len(lower):len(lower)], at...)
	}
	if !reverse && start > 0 {
		at, err := z.orderedAt(start)
		if err != nil {
			return err
		}
		lower = append(lower, at...)
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
	lower, upper := z.scoreRange(lo, hi)
	return z.eachOrdered(lower, upper, reverse, limited(offset, limit, fn))
}

// CountByScore is the number of members with scores from lo to hi. Costs as
// Rank.
func (z *ZSet) CountByScore(lo, hi ScoreBound) (int64, error) {
	if z.Type == TypeNone {
		return 0, nil
	}
	return z.countRange(z.scoreRange(lo, hi))
}

// RangeByLex is RangeByScore by name, for sets whose members all have one
// score; for others the result is unspecified, as in redis-server.
func (z *ZSet) RangeByLex(lo, hi LexBound, reverse bool, offset, limit int64, fn func(member []byte, score float64) (more bool, err error)) error {
	if z.Type == TypeNone || limit == 0 {
		return nil
	}
	lower, upper, err := z.lexRange(lo, hi)
	if err != nil {
		return err
	}
	return z.eachOrdered(lower, upper, reverse, limited(offset, limit, fn))
}

// CountByLex is the number of members from lo to hi. Costs as Rank.
func (z *ZSet) CountByLex(lo, hi LexBound) (int64, error) {
	if z.Type == TypeNone {
		return 0, nil
	}
	lower, upper, err := z.lexRange(lo, hi)
	if err != nil {
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
	if string(lower) >= string(upper) {
		return nil
	}
	return z.r.scanRange(lower, upper, reverse, func(key, _ []byte) (bool, error) {
		score, member := splitOrdered(key[subPrefixLen:])
		return fn(member, score)
	})
}

// scoreRange gives the ordered subkeys of a range of scores: from the first of
// lo (or of the next score if it is excluded) to the first after hi.
func (z *ZSet) scoreRange(lo, hi ScoreBound) (lower, upper []byte) {
	prefix, end := z.section(sectionOrdered)
	prefix = prefix[:len(prefix):len(prefix)]
	if lo.Exclusive {
		if math.IsInf(lo.Score, 1) {
			return end, end
		}
		lo.Score = math.Nextafter(lo.Score, math.Inf(1))
	}
	lower = appendScore(prefix, positiveZero(lo.Score))
	if hi.Exclusive {
		return lower, appendScore(prefix, positiveZero(hi.Score))
	}
	if math.IsInf(hi.Score, 1) {
		return lower, end
	}
	return lower, appendScore(prefix, positiveZero(math.Nextafter(hi.Score, math.Inf(1))))
}

// positiveZero keeps -0 and 0 one score.
func positiveZero(f float64) float64 {
	if f == 0 {
		return 0
	}
	return f
}

// lexRange gives the ordered subkeys of a range of members. All members have
// the first one's score.
func (z *ZSet) lexRange(lo, hi LexBound) (lower, upper []byte, err error) {
	prefix, end := z.section(sectionOrdered)
	var first []byte
	err = z.r.scanRange(prefix, end, false, func(key, _ []byte) (bool, error) {
		first = append(first, key[:subPrefixLen+8]...)
		return false, nil
	})
	if err != nil || first == nil {
		return nil, nil, err
	}
	first = first[:len(first):len(first)]
	bound := func(b LexBound, after bool) []byte {
		switch {
		case b.Infinite < 0:
			return prefix
		case b.Infinite > 0:
			return end
		}
		key := append(first, b.Member...)
		if after {
			key = append(key, 0)
		}
		return key
	}
	return bound(lo, lo.Exclusive), bound(hi, !hi.Exclusive), nil
}
