package keyspace

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// A key's place is a hash of its name. The keyspace can be cut into partitions by
// it: a power of two of them, MaxPartitions at most. Everything stored for a key
// is in the partition of its place; the keyspace's own records are in the first.
// (A collection that was renamed keeps its subkeys where they are.)
const placeBits = 10

// MaxPartitions is the largest number of partitions.
const MaxPartitions = 1 << placeBits

func placeOf(key []byte) uint64 { return xxhash.Sum64(key) >> (64 - placeBits) }

// PartitionOf is the partition, of so many, that a key of the store belongs to.
func PartitionOf(key []byte, partitions int) uint64 {
	return storePlace(key) & uint64(partitions-1)
}

func storePlace(key []byte) uint64 {
	if len(key) == 0 {
		return 0
	}
	switch tag := key[0]; {
	case tag == tagMeta && len(key) >= metaKeyLen:
		return placeOf(key[metaKeyLen:])
	case tag == tagSub && len(key) >= subPrefixLen-1:
		return binary.BigEndian.Uint64(key[1:]) % MaxPartitions
	case (tag == tagExpiry || tag == tagFields) && len(key) >= expiryPrefixLen:
		return placeOf(key[expiryPrefixLen:])
	case tag == tagGarbage && len(key) == 10 && key[1] == garbageVersion:
		return binary.BigEndian.Uint64(key[2:]) % MaxPartitions
	}
	return 0
}

// PartitionOfRange is the partition that all keys of [lower, upper) of the store
// belong to; false if there may be several.
func PartitionOfRange(lower, upper []byte, partitions int) (uint64, bool) {
	if len(lower) == 0 || len(upper) == 0 {
		return 0, false
	}
	switch lower[0] {
	case tagSystem, tagCounts:
		return 0, upper[0] == lower[0] || bytes.Equal(upper, []byte{lower[0] + 1})
	case tagSub:
		const n = subPrefixLen - 1
		if len(lower) < n || len(upper) < n || upper[0] != tagSub {
			return 0, false
		}
		from, to := binary.BigEndian.Uint64(lower[1:]), binary.BigEndian.Uint64(upper[1:])
		one := from == to || len(upper) == n && to == from+1
		return from % uint64(partitions), one
	}
	return 0, false
}

// HoldsKeys tells whether a store has keys of any database.
func HoldsKeys(r storage.Reader) (_ bool, err error) {
	it, err := r.NewIter(storage.IterOptions{Lower: []byte{tagMeta}, Upper: []byte{tagMeta + 1}, KeysOnly: true})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	return it.First(), it.Error()
}

// KeptByDiscard tells which keys of a store stay when all databases are emptied at
// once: the keyspace's own records and the libraries of functions.
func KeptByDiscard(key []byte) bool { return len(key) > 0 && key[0] == tagSystem }
