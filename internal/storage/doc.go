// Package storage is the floor both towers stand on: ordered byte keys with
// point and range reads, atomic batches, cheap snapshots, range deletes and
// stated durability.
//
// The contract is storage.go; overlay.go adds the private, ordered write buffer
// that a pipelined run of Redis commands and a SQL transaction both collect
// their writes in. Implementations are pebblestore (on disk) and memstore (in
// memory); both pass storagetest. Nothing here knows of keys' meaning.
package storage
