package stream

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// writeFull writes what XINFO STREAM FULL adds: up to count entries (0 for all)
// and the groups with up to count of their pending entries each.
func writeFull(c *command.Ctx, s *keyspace.Stream, count int64) error {
	c.Out.BulkString("entries")
	if err := writeRange(c, s, keyspace.StreamID{}, keyspace.MaxStreamID, false, count, nil); err != nil {
		return err
	}
	c.Out.BulkString("groups")
	c.Out.Array(int(s.Groups()))
	return s.EachGroup(func(name []byte, g *keyspace.Group) error {
		c.Out.Map(7)
		c.Out.BulkString("name")
		c.Out.Bulk(name)
		writeProgress(c, s, g)
		c.Out.BulkString("pel-count")
		c.Out.Int(g.Pending)
		c.Out.BulkString("pending")
		if err := writePending(c, count, true, func(fn func(keyspace.PendingEntry) (bool, error)) error {
			return g.EachPending(keyspace.StreamID{}, keyspace.MaxStreamID, fn)
		}); err != nil {
			return err
		}
		c.Out.BulkString("consumers")
		c.Out.Array(int(g.Consumers))
		return g.EachConsumer(func(consumer *keyspace.Consumer) error {
			c.Out.Map(4)
			c.Out.BulkString("name")
			c.Out.Bulk(consumer.Name)
			c.Out.BulkString("seen-time")
			c.Out.Int(consumer.SeenTime)
			c.Out.BulkString("pel-count")
			c.Out.Int(consumer.Pending)
			c.Out.BulkString("pending")
			return writePending(c, count, false, func(fn func(keyspace.PendingEntry) (bool, error)) error {
				return g.EachPendingOf(consumer, keyspace.StreamID{}, fn)
			})
		})
	})
}

// writePending writes up to count pending entries, with their consumers if
// named.
func writePending(c *command.Ctx, count int64, named bool, each func(func(keyspace.PendingEntry) (bool, error)) error) error {
	list, n := c.Out.Later(), 0
	err := each(func(p keyspace.PendingEntry) (bool, error) {
		n++
		if named {
			c.Out.Array(4)
		} else {
			c.Out.Array(3)
		}
		writeID(c, p.ID)
		if named {
			c.Out.Bulk(p.Consumer)
		}
		c.Out.Int(p.Time)
		c.Out.Int(p.Count)
		return count == 0 || int64(n) < count, nil
	})
	c.Out.Close(list, n)
	return err
}
