package dataset

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// nodeMax bounds what is held of a stream's node while it is written, beyond its
// first entry: where nodes are larger, they are written as several.
const nodeMax = 1 << 20

func encodeStream(e *rdb.Encoder, s *keyspace.Stream) error {
	n := int64(0)
	if err := eachNode(s, func([]rdb.ID, [][][]byte) error { n++; return nil }); err != nil {
		return err
	}
	e.BeginStream(n)
	err := eachNode(s, func(ids []rdb.ID, pairs [][][]byte) error {
		e.Node(ids, pairs)
		return e.Err()
	})
	if err != nil {
		return err
	}
	e.Info(rdb.StreamInfo{
		Length: uint64(s.Len()), Last: rdb.ID(s.LastID()), First: rdb.ID(s.FirstID()),
		MaxDeleted: rdb.ID(s.MaxDeleted()), Added: s.Added(),
	}, s.Groups())
	err = s.EachGroup(func(name []byte, g *keyspace.Group) error { return encodeGroup(e, name, g) })
	if err != nil {
		return err
	}
	return e.Err()
}

// eachNode calls fn for the entries of each node. The slices are valid during the
// call only.
func eachNode(s *keyspace.Stream, fn func(ids []rdb.ID, pairs [][][]byte) error) error {
	var begins []keyspace.StreamID
	err := s.NodeIDs(func(id keyspace.StreamID) error {
		begins = append(begins, id)
		return nil
	})
	if err != nil {
		return err
	}
	var (
		ids   []rdb.ID
		pairs [][][]byte
		size  int
	)
	flush := func() error {
		if len(ids) == 0 {
			return nil
		}
		err := fn(ids, pairs)
		ids, pairs, size = ids[:0], pairs[:0], 0
		return err
	}
	err = s.Range(keyspace.StreamID{}, keyspace.MaxStreamID, false, func(id keyspace.StreamID, entry [][]byte) (bool, error) {
		begin := false
		for len(begins) > 0 && !id.Less(begins[0]) {
			begins, begin = begins[1:], true
		}
		if begin || size > nodeMax {
			if err := flush(); err != nil {
				return false, err
			}
		}
		kept := make([][]byte, len(entry))
		for i, b := range entry {
			kept[i] = bytes.Clone(b)
			size += len(b) + 8
		}
		ids, pairs = append(ids, rdb.ID(id)), append(pairs, kept)
		return true, nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func encodeGroup(e *rdb.Encoder, name []byte, g *keyspace.Group) error {
	e.Group(rdb.StreamGroup{Name: name, Last: rdb.ID(g.LastID), Read: g.EntriesRead, Pending: g.Pending})
	err := g.EachPending(keyspace.StreamID{}, keyspace.MaxStreamID, func(p keyspace.PendingEntry) (bool, error) {
		e.GroupPending(rdb.ID(p.ID), p.Time, p.Count)
		return true, e.Err()
	})
	if err != nil {
		return err
	}
	e.Consumers(g.Consumers)
	return g.EachConsumer(func(c *keyspace.Consumer) error {
		e.Consumer(c.Name, c.SeenTime, c.Pending)
		err := g.EachPendingID(c, func(id keyspace.StreamID) error {
			e.ConsumerPending(rdb.ID(id))
			return e.Err()
		})
		if err != nil {
			return err
		}
		e.EndConsumer()
		return e.Err()
	})
}
