package storage

import "sort"

// Ranges is a set of key ranges, each [lower, upper) and not empty: sorted,
// disjoint, never modified in place. The zero value is the empty set.
type Ranges []keyRange

// keyRange is a range delete of [lower, upper), which is not empty.
type keyRange struct{ lower, upper string }

// Covers says whether one of the ranges holds key.
func (rs Ranges) Covers(key []byte) bool { return covering(rs, asString(key)) >= 0 }

// With returns the set with [lower, upper) in it; it copies the bounds.
func (rs Ranges) With(lower, upper []byte) Ranges {
	if string(lower) >= string(upper) {
		return rs
	}
	return withRange(rs, keyRange{string(lower), string(upper)})
}

// Each calls f for each range, in order, until f fails. f must not modify the
// bounds.
func (rs Ranges) Each(f func(lower, upper []byte) error) error {
	for _, r := range rs {
		if err := f(asBytes(r.lower), asBytes(r.upper)); err != nil {
			return err
		}
	}
	return nil
}

// meets says whether a range has keys in common with [lower, upper); an upper
// that does not count is open.
func (rs Ranges) meets(lower, upper string, bounded bool) bool {
	i := sort.Search(len(rs), func(i int) bool { return rs[i].upper > lower })
	return i < len(rs) && (!bounded || rs[i].lower < upper)
}

// covering returns the index of the range that holds key, or -1.
func covering(ranges Ranges, key string) int {
	if len(ranges) == 0 {
		return -1
	}
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].upper > key })
	if i < len(ranges) && ranges[i].lower <= key {
		return i
	}
	return -1
}

// withRange returns a new set of ranges with r in it. Ranges that overlap or
// touch become one.
func withRange(ranges Ranges, r keyRange) Ranges {
	out := make(Ranges, 0, len(ranges)+1)
	i := 0
	for ; i < len(ranges) && ranges[i].upper < r.lower; i++ {
		out = append(out, ranges[i])
	}
	for ; i < len(ranges) && ranges[i].lower <= r.upper; i++ {
		r.lower = min(r.lower, ranges[i].lower)
		r.upper = max(r.upper, ranges[i].upper)
	}
	out = append(out, r)
	return append(out, ranges[i:]...)
}
