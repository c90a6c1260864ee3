package set

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// operation calls fn for every member of the result, once each, until it
// returns false. The slice is valid during the call only.
type operation func(sets []keyspace.Set, fn func(member []byte) (more bool, err error)) error

// open opens the sets under keys.
func open(c *command.Ctx, keys [][]byte) ([]keyspace.Set, error) {
	sets := make([]keyspace.Set, len(keys))
	for i, key := range keys {
		var err error
		if sets[i], err = c.Keys.Set(c.DB, key); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// reply answers with the result of op over the sets under keys.
func reply(c *command.Ctx, keys [][]byte, op operation) error {
	sets, err := open(c, keys)
	if err != nil {
		return err
	}
	n := 0
	result := c.Out.LaterSet()
	err = op(sets, func(member []byte) (bool, error) {
		c.Out.Bulk(member)
		n++
		return true, nil
	})
	if err != nil {
		return err
	}
	c.Out.Close(result, n)
	return nil
}

// store puts the result of op under dst, whatever was there, and answers with
// its size. The result is gathered first: dst may be one of keys.
func store(c *command.Ctx, dst []byte, keys [][]byte, op operation) error {
	sets, err := open(c, keys)
	if err != nil {
		return err
	}
	var members [][]byte
	err = op(sets, func(member []byte) (bool, error) {
		members = append(members, bytes.Clone(member))
		return true, nil
	})
	if err != nil {
		return err
	}
	if err := c.Keys.PutSet(c.DB, dst, members); err != nil {
		return err
	}
	c.Out.Int(int64(len(members)))
	return nil
}
