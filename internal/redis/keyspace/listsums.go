package keyspace

import "slices"

// What the elements of a list take has to be known when they are removed, and trimming
// half of a large list should not read half of it. So of large lists in use sums are
// remembered (recent.go), for blocks of indexes; what is not known is read.
const (
	sumBlockBits = 7
	// summedFrom is the size from which on a list has sums.
	summedFrom = 512
	unknownSum = -1
)

// listSums are what the elements of a list in each block of indexes take. The blocks
// reach from that of the first element to that of the last one, at least.
type listSums struct {
	first int64 // number of the first block
	bytes []int64
	size  int // as counted by recent
}

// sumBlock is the block of an index. Indexes are the stored ones, not places from 0.
func sumBlock(index int64) int64 { return index >> sumBlockBits }

// at is the sum of a block; one that was beyond the others has nothing yet.
func (s *listSums) at(block int64) *int64 {
	if block < s.first {
		s.bytes = slices.Insert(s.bytes, 0, make([]int64, s.first-block)...)
		s.first = block
	}
	for s.first+int64(len(s.bytes)) <= block {
		s.bytes = append(s.bytes, 0)
	}
	return &s.bytes[block-s.first]
}

// add changes the sum of an index's block, if that is known.
func (s *listSums) add(index, bytes int64) {
	if sum := s.at(sumBlock(index)); *sum != unknownSum {
		*sum += bytes
	}
}

// forget makes the sums of the blocks from index start to stop unknown.
func (s *listSums) forget(start, stop int64) {
	for block := sumBlock(start); block <= sumBlock(stop); block++ {
		*s.at(block) = unknownSum
	}
}

// keep drops the blocks without an index from start to stop. Of those at the ends what
// is left is unknown if they are cut.
func (s *listSums) keep(start, stop int64, cut bool) {
	if n := sumBlock(start) - s.first; n > 0 {
		s.bytes, s.first = s.bytes[n:], s.first+n
	}
	if n := sumBlock(stop) - s.first + 1; n < int64(len(s.bytes)) {
		s.bytes = s.bytes[:n]
	}
	if cut {
		s.bytes[0], s.bytes[len(s.bytes)-1] = unknownSum, unknownSum
	}
}

// sums are what is remembered of the list, nil if nothing is. Whoever changes them
// calls sumsChanged.
func (l *List) sums() *listSums {
	if l.aside || l.r.bulk != nil {
		return nil
	}
	return l.r.ks.recent.sums(l.version)
}

// startSums begins to remember what the list takes, as unknown.
func (l *List) startSums() *listSums {
	if l.Size < summedFrom || l.aside || l.r.bulk != nil {
		return nil
	}
	s := &listSums{first: sumBlock(l.head)}
	s.forget(l.head, l.head+l.Size-1)
	return s
}

// sumsChanged keeps s, of which this run may have changed something.
func (l *List) sumsChanged(s *listSums) {
	switch {
	case s == nil:
		return
	case l.Size == 0:
		l.r.ks.recent.remove(l.version)
	default:
		l.r.ks.recent.keepSums(l.version, s)
	}
	l.r.unsure(l.version)
}

// sumBytes is what the elements from start up to and without end take. O(1) for each
// block that is known, and O(elements) for what is not.
func (l *List) sumBytes(start, end int64) (n int64, err error) {
	s := l.sums()
	if s == nil {
		s = l.startSums()
	}
	if s == nil {
		return l.readBytes(start, end)
	}
	defer l.sumsChanged(s)
	for at := start; at < end; {
		block := sumBlock(l.head + at)
		first := max(block<<sumBlockBits-l.head, 0) // of the list's elements in the block
		behind := min((block+1)<<sumBlockBits-l.head, l.Size)
		next := min(behind, end)
		sum := s.at(block)
		bytes := *sum
		if whole := at == first && next == behind; !whole || bytes == unknownSum {
			if bytes, err = l.readBytes(at, next); err != nil {
				return 0, err
			}
			if whole {
				*sum = bytes
			}
		}
		n += bytes
		at = next
	}
	return n, nil
}

// readBytes is sumBytes without what is remembered.
func (l *List) readBytes(start, end int64) (n int64, err error) {
	err = l.Range(start, end-1, func(_ int64, value []byte) (bool, error) {
		n += elementBytes(len(value))
		return true, nil
	})
	return n, err
}
