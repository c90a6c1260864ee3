package keyspace

import (
	"encoding/binary"
	"slices"
)

// redis-server keeps entries in nodes of a bounded size, and XTRIM ~ removes
// whole nodes. Nodes are kept here as counts alone, so that it removes what it
// would there: the last node, which grows, in the metadata, the full ones before
// it in section n under the id of the first entry they ever had.
type streamNode struct {
	id    StreamID
	live  int64 // entries
	total int64 // entries, removed ones included
	bytes int64 // of fields and values: somewhat less than the node there
}

// NodeLimits is when a node is full: stream-node-max-entries and
// stream-node-max-bytes, 0 for no limit.
type NodeLimits struct{ Entries, Bytes int64 }

func (n *streamNode) append(b []byte) []byte {
	return binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(b, n.live), n.total), n.bytes)
}

func (n *streamNode) decode(d *record) { n.live, n.total, n.bytes = d.int(), d.int(), d.int() }

func (s *Stream) nodeKey(id StreamID) []byte {
	s.r.subBuf = appendStreamID(s.sub(sectionNode), id)
	return s.r.subBuf
}

func (s *Stream) saveNode(n *streamNode) error {
	return s.r.w.Set(s.nodeKey(n.id), n.append(nil))
}

// countInNode counts a new entry in the last node, or in a new one if that is
// full.
func (s *Stream) countInNode(id StreamID, size int64, limits NodeLimits) error {
	tail := &s.info.tail
	full := limits.Entries > 0 && tail.total >= limits.Entries || limits.Bytes > 0 && tail.bytes+size >= limits.Bytes
	if tail.live > 0 && full {
		if err := s.saveNode(tail); err != nil {
			return err
		}
	}
	if tail.live == 0 || full {
		*tail = streamNode{id: id}
		s.info.nodes++
	}
	tail.live++
	tail.total++
	tail.bytes += size
	return nil
}

// uncount takes a removed entry out of its node.
func (s *Stream) uncount(id StreamID) error {
	if tail := &s.info.tail; !id.Less(tail.id) {
		if tail.live--; tail.live == 0 {
			*tail = streamNode{}
			s.info.nodes--
			return s.reopenTail()
		}
		return nil
	}
	node, ok, err := s.nodeBefore(id)
	if err != nil || !ok {
		return err
	}
	if node.live--; node.live > 0 {
		return s.saveNode(&node)
	}
	s.info.nodes--
	return s.r.w.Delete(s.nodeKey(node.id))
}

// reopenTail makes the last full node the tail when the tail is gone.
func (s *Stream) reopenTail() error {
	node, ok, err := s.nodeBefore(MaxStreamID)
	if err != nil || !ok {
		return err
	}
	s.info.tail = node
	return s.r.w.Delete(s.nodeKey(node.id))
}

// nodeBefore is the last full node that begins at id or before.
func (s *Stream) nodeBefore(id StreamID) (node streamNode, ok bool, err error) {
	lower, _ := s.section(sectionNode)
	upper := append(slices.Clone(s.nodeKey(id)), 0)
	err = s.r.scanRange(lower, upper, true, func(key, value []byte) (bool, error) {
		node, err = readNode(key, value)
		ok = err == nil
		return false, err
	})
	return node, ok, err
}

func readNode(key, value []byte) (n streamNode, err error) {
	d := record{b: value}
	n.id = lastStreamID(key)
	n.decode(&d)
	return n, d.err()
}

// NodeIDs are the ids at which the stream's nodes begin.
func (s *Stream) NodeIDs(fn func(id StreamID) error) error {
	lower, upper := s.section(sectionNode)
	err := s.r.scanRange(lower, upper, false, func(key, _ []byte) (bool, error) {
		return true, fn(lastStreamID(key))
	})
	if err != nil || s.info.tail.live == 0 {
		return err
	}
	return fn(s.info.tail.id)
}
