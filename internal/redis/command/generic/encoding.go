package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// embeddedString is the longest string that redis-server keeps in its object.
const embeddedString = 44

// limit is one of those up to which redis-server keeps a collection in a compact
// form: its parameters, or their defaults where there is no server (a test).
func limit(c *command.Ctx, name string, otherwise int64) int64 {
	if c.Server == nil {
		return otherwise
	}
	return c.Server.Params().Int(name)
}

// encoding names the representation that redis-server 7.0 would choose for the
// value, made as it is. Clients and tests ask for it; orbit stores all sizes alike.
func encoding(c *command.Ctx, k *keyspace.Key) (string, error) {
	switch k.Type {
	case keyspace.TypeString:
		value, ok := k.Short()
		if k.Turned() || !ok {
			return "raw", nil
		}
		return stringEncoding(value), nil
	case keyspace.TypeList:
		return "quicklist", nil
	case keyspace.TypeSet:
		if k.Turned() {
			return "hashtable", nil
		}
		return setEncoding(c)
	case keyspace.TypeHash:
		return hashEncoding(c)
	case keyspace.TypeZSet:
		return sortedSetEncoding(c)
	default:
		return k.Type.String(), nil
	}
}

func stringEncoding(value []byte) string {
	if isInteger(value) {
		return "int"
	}
	if len(value) <= embeddedString {
		return "embstr"
	}
	return "raw"
}

func isInteger(b []byte) bool {
	_, err := command.ParseInt(b)
	return err == nil
}

func setEncoding(c *command.Ctx) (string, error) {
	s, err := c.Keys.Set(c.DB, c.Args[2])
	if err != nil || s.Len() > limit(c, "set-max-intset-entries", 512) {
		return "hashtable", err
	}
	name := "intset"
	err = s.Each(func(member []byte) (bool, error) {
		if !isInteger(member) {
			name = "hashtable"
		}
		return name == "intset", nil
	})
	return name, err
}

func hashEncoding(c *command.Ctx) (string, error) {
	h, err := c.Keys.Hash(c.DB, c.Args[2])
	if err != nil || h.Len() > limit(c, "hash-max-listpack-entries", 512) {
		return "hashtable", err
	}
	longest := limit(c, "hash-max-listpack-value", 64)
	name := "listpack"
	if h.Timed() {
		name = "listpackex"
	}
	err = h.Each(func(field, value []byte) (bool, error) {
		if int64(max(len(field), len(value))) > longest {
			name = "hashtable"
			return false, nil
		}
		return true, nil
	})
	return name, err
}

func sortedSetEncoding(c *command.Ctx) (string, error) {
	z, err := c.Keys.ZSet(c.DB, c.Args[2])
	if err != nil || z.Len() > limit(c, "zset-max-listpack-entries", 128) {
		return "skiplist", err
	}
	longest := limit(c, "zset-max-listpack-value", 64)
	name := "listpack"
	err = z.Each(func(member []byte, _ float64) (bool, error) {
		if int64(len(member)) > longest {
			name = "skiplist"
			return false, nil
		}
		return true, nil
	})
	return name, err
}
