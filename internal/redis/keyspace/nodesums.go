package keyspace

import (
	"slices"
	"sort"
)

// nodeSums are what the entries of a stream's nodes take, of the newest nodes: from some
// on, all that have been begun since. Remembered (recent.go) so that trimming a large
// stream need not read what it removes.
type nodeSums struct {
	nodes []nodeSum
	size  int // as counted by recent
}

type nodeSum struct {
	id    StreamID // of the node
	bytes int64
}

// countedFrom is the number of nodes from which on a stream has sums.
const countedFrom = 4

// nodeSums are what is remembered of the stream, nil if nothing is.
func (s *Stream) nodeSums() *nodeSums {
	if s.aside || s.r.bulk != nil {
		return nil
	}
	return s.r.ks.recent.nodeSums(s.version)
}

func (s *Stream) sumsChanged(sums *nodeSums) {
	s.r.ks.recent.keepNodeSums(s.version, sums)
	s.r.unsure(s.version)
}

// sumEntry adds an entry that has been counted in the last node.
func (s *Stream) sumEntry(id StreamID, bytes int64) {
	sums := s.nodeSums()
	begun := s.info.tail.id == id
	if sums == nil {
		if !begun || s.info.nodes < countedFrom || s.aside || s.r.bulk != nil {
			return
		}
		sums = &nodeSums{}
	}
	n := len(sums.nodes)
	switch {
	case begun:
		sums.nodes = append(sums.nodes, nodeSum{id, bytes})
	case n > 0 && sums.nodes[n-1].id == s.info.tail.id:
		sums.nodes[n-1].bytes += bytes
	default: // the last node is an earlier one again
		sums.nodes = nil
	}
	s.sumsChanged(sums)
}

// unsumEntry takes off an entry that is about to be counted out of its node.
func (s *Stream) unsumEntry(id StreamID, bytes int64) {
	sums := s.nodeSums()
	if sums == nil {
		return
	}
	i := sort.Search(len(sums.nodes), func(i int) bool { return id.Less(sums.nodes[i].id) }) - 1
	if i < 0 {
		return
	}
	if sums.nodes[i].bytes -= bytes; sums.nodes[i].bytes == 0 { // and the node goes
		sums.nodes = slices.Delete(sums.nodes, i, i+1)
	}
	s.sumsChanged(sums)
}

// known is the number of nodes, of some that follow one another, from which on it is
// known what they take, and that.
func (sums *nodeSums) known(ids []StreamID) (from int, bytes int64) {
	from = len(ids)
	if sums == nil || from == 0 {
		return from, 0
	}
	last := ids[from-1]
	i := sort.Search(len(sums.nodes), func(i int) bool { return !sums.nodes[i].id.Less(last) })
	for ; from > 0 && i >= 0 && i < len(sums.nodes) && sums.nodes[i].id == ids[from-1]; i-- {
		from--
		bytes += sums.nodes[i].bytes
	}
	return from, bytes
}

// drop forgets the nodes before one, of which bytes go.
func (sums *nodeSums) drop(before StreamID, part *streamNode, bytes int64) {
	n := sort.Search(len(sums.nodes), func(i int) bool { return !sums.nodes[i].id.Less(before) })
	sums.nodes = sums.nodes[n:]
	if part != nil && len(sums.nodes) > 0 && sums.nodes[0].id == part.id {
		if sums.nodes[0].bytes -= bytes; sums.nodes[0].bytes == 0 {
			sums.nodes = sums.nodes[1:]
		}
	}
}
