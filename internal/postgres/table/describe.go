package table

import (
	"encoding/binary"
	"fmt"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// DescribeKey says in words what a key of the store is of; names are StorageNames'.
func DescribeKey(names map[uint64]StorageName, key []byte) string {
	if len(key) == 0 {
		return "nothing"
	}
	if id, rest, ok := decodeOrdered(key, prefixRows); ok {
		n, known := names[id]
		if !known {
			return fmt.Sprintf("storage id %d, %x", id, rest)
		}
		return fmt.Sprintf("%s.%s.%s, %x", n.Database, n.Schema, n.Relation, rest)
	}
	switch prefix := key[0]; {
	case prefix == prefixMeta:
		return fmt.Sprintf("counter or format %q", key[1:])
	case prefix == catalog.KeyPrefix && len(key) == 10:
		return fmt.Sprintf("catalog object %c %d of database %d", key[1], types.OID(binary.BigEndian.Uint32(key[6:])), binary.BigEndian.Uint32(key[2:]))
	case len(key) == 9:
		id := binary.BigEndian.Uint64(key[1:])
		kind := map[byte]string{prefixSequence: "sequence", prefixGarbage: "garbage", prefixStats: "row count"}[prefix]
		if kind == "" {
			break
		}
		if n, known := names[id]; known {
			return fmt.Sprintf("%s of %s.%s.%s", kind, n.Database, n.Schema, n.Relation)
		}
		return fmt.Sprintf("%s of storage id %d", kind, id)
	}
	return fmt.Sprintf("%x", key)
}
