package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

var dumpSpec = &command.Spec{
	Name:     "dump",
	Arity:    2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "read", "slow"},
	Group:      "generic",
	Since:      "2.6.0",
	Complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
	Summary:    "Return a serialized version of the value stored at the specified key.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Long:    true,
	Handler: runDump,
}

func runDump(c *command.Ctx) error {
	k, err := c.Keys.Peek(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !k.Exists() {
		c.Out.Null()
		return nil
	}
	payload, err := dump(c, &k)
	if err != nil {
		return err
	}
	c.Out.Bulk(payload)
	return nil
}

// dump is the serialized value of the command's key.
func dump(c *command.Ctx, k *keyspace.Key) ([]byte, error) {
	key := c.Args[1]
	switch k.Type {
	case keyspace.TypeString:
		return rdb.EncodeString(k.Value()), nil
	case keyspace.TypeList:
		return dumpList(c, key)
	case keyspace.TypeSet:
		return dumpSet(c, key)
	case keyspace.TypeHash:
		return dumpHash(c, key)
	case keyspace.TypeZSet:
		return dumpSortedSet(c, key)
	default:
		return nil, command.ErrNotSupported("DUMP of a " + k.Type.String())
	}
}

func dumpList(c *command.Ctx, key []byte) ([]byte, error) {
	l, err := c.Keys.List(c.DB, key)
	if err != nil {
		return nil, err
	}
	e := rdb.NewEncoder(rdb.List, l.Len())
	err = l.Range(0, l.Len()-1, func(_ int64, value []byte) (bool, error) {
		e.Item(value)
		return true, nil
	})
	return e.Payload(), err
}

func dumpSet(c *command.Ctx, key []byte) ([]byte, error) {
	s, err := c.Keys.Set(c.DB, key)
	if err != nil {
		return nil, err
	}
	e := rdb.NewEncoder(rdb.Set, s.Len())
	err = s.Each(func(member []byte) (bool, error) {
		e.Item(member)
		return true, nil
	})
	return e.Payload(), err
}

func dumpHash(c *command.Ctx, key []byte) ([]byte, error) {
	h, err := c.Keys.Hash(c.DB, key)
	if err != nil {
		return nil, err
	}
	e := rdb.NewEncoder(rdb.Hash, h.Len())
	err = h.Each(func(field, value []byte) (bool, error) {
		e.Item(field)
		e.Item(value)
		return true, nil
	})
	return e.Payload(), err
}

func dumpSortedSet(c *command.Ctx, key []byte) ([]byte, error) {
	z, err := c.Keys.ZSet(c.DB, key)
	if err != nil {
		return nil, err
	}
	e := rdb.NewEncoder(rdb.ZSet, z.Len())
	err = z.Each(func(member []byte, score float64) (bool, error) {
		e.Item(member)
		e.Score(score)
		return true, nil
	})
	return e.Payload(), err
}
