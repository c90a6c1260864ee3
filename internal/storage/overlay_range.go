package storage

import "sort"

// keyRange is a range delete of [lower, upper), which is not empty.
type keyRange struct{ lower, upper string }

// covering returns the index of the range that holds key, or -1.
func covering(ranges []keyRange, key string) int {
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
func withRange(ranges []keyRange, r keyRange) []keyRange {
	out := make([]keyRange, 0, len(ranges)+1)
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
