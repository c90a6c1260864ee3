package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// Limits up to which redis-server 7.0 keeps a collection in a compact form, by
// default.
const (
	listpackEntries = 128
	listpackValue   = 64
	intsetEntries   = 512
	embeddedString  = 44
)

// encoding names the representation that redis-server 7.0 would choose for the
// value. Clients and tests ask for it; orbit stores all sizes alike.
func encoding(c *command.Ctx, k *keyspace.Key) (string, error) {
	switch k.Type {
	case keyspace.TypeString:
		return stringEncoding(k.Value()), nil
	case keyspace.TypeList:
		return "quicklist", nil
	case keyspace.TypeSet:
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
	if err != nil || s.Len() > intsetEntries {
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
	if err != nil || h.Len() > listpackEntries {
		return "hashtable", err
	}
	name := "listpack"
	err = h.Each(func(field, value []byte) (bool, error) {
		if len(field) > listpackValue || len(value) > listpackValue {
			name = "hashtable"
			return false, nil
		}
		return true, nil
	})
	return name, err
}

func sortedSetEncoding(c *command.Ctx) (string, error) {
	z, err := c.Keys.ZSet(c.DB, c.Args[2])
	if err != nil || z.Len() > listpackEntries {
		return "skiplist", err
	}
	name := "listpack"
	err = z.Each(func(member []byte, _ float64) (bool, error) {
		if len(member) > listpackValue {
			name = "skiplist"
			return false, nil
		}
		return true, nil
	})
	return name, err
}
