package table

import (
	"bytes"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// Where tables have owners, everything under a storage id is one partition: a
// table's rows, an index. The catalog and the engine's own records are partition
// 0, which is no storage id.

// PartitionOf is the partition that a key of the store belongs to.
func PartitionOf(key []byte) uint64 {
	if len(key) > 0 && key[0] >= prefixRows {
		if id, _, ok := decodeOrdered(key, prefixRows); ok {
			return id
		}
	}
	return 0
}

// PartitionOfRange is the partition that all keys of [lower, upper) belong to;
// false if there may be several.
func PartitionOfRange(lower, upper []byte) (uint64, bool) {
	if len(lower) == 0 || len(upper) == 0 {
		return 0, false
	}
	if lower[0] < prefixRows {
		return 0, bytes.Compare(upper, []byte{prefixRows}) <= 0
	}
	id, rest, ok := decodeOrdered(lower, prefixRows)
	if !ok {
		return 0, false
	}
	prefix := lower[:len(lower)-len(rest)]
	return id, bytes.HasPrefix(upper, prefix) || bytes.Equal(upper, rowsPrefix(id+1))
}

// HoldsCatalog tells whether a store has a catalog, with tables or without.
func HoldsCatalog(r storage.Reader) (bool, error) {
	_, err := r.Get(metaKey(metaFormat))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
