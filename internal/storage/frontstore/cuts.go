package frontstore

import (
	"slices"
	"sort"
)

// cuts tell which entries of a table are gone because a range delete came after them.
// Taking them out one by one would have everybody wait who reads or writes: so they stay
// where they are, and are passed over, until the table is handed over.
//
// Each cut is [lower, upper), and they are sorted and disjoint. Range deletes are
// numbered from 1 on. A cut has the number of the newest one there, and an entry that of
// the newest one when it was written.
type cuts []cut

type cut struct {
	lower, upper string
	number       uint32
	// written says that the table has entries there which are newer.
	written bool
}

// at is the number of the first cut that ends after key.
func (cs cuts) at(key string) int {
	return sort.Search(len(cs), func(i int) bool { return cs[i].upper > key })
}

// covering is the cut that has the key, nil if none has.
func (cs cuts) covering(key string) *cut {
	if i := cs.at(key); i < len(cs) && cs[i].lower <= key {
		return &cs[i]
	}
	return nil
}

// with adds a range delete, the newest.
func (cs cuts) with(lower, upper string, number uint32) cuts {
	c := cut{lower: lower, upper: upper, number: number}
	from := sort.Search(len(cs), func(i int) bool { return cs[i].upper >= lower })
	to := from
	var parts [3]cut // what takes the place of those that c touches
	var left, right *cut
	for ; to < len(cs) && cs[to].lower <= upper; to++ {
		old := &cs[to]
		if old.lower < lower {
			left = old
		}
		if old.upper > upper {
			right = old
		}
	}
	// What stays of the old ones joins the new one if nothing was written there since.
	n := 0
	if left != nil {
		if left.written {
			parts[n] = *left
			parts[n].upper = lower
			n++
		} else {
			c.lower = left.lower
		}
	}
	if right != nil && !right.written {
		c.upper = right.upper
	}
	parts[n] = c
	n++
	if right != nil && right.written {
		parts[n] = *right
		parts[n].lower = upper
		n++
	}
	return slices.Replace(cs, from, to, parts[:n]...)
}
