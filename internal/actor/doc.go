// Package actor keeps a tower's data in memory, in partitions that actors own: a
// slice of the Redis keyspace each, or a SQL table each. Store is the storage
// contract over all partitions of a tower; a partition's grain hands out the
// lease under which a goroutine may write to it, one at a time, and lets it go
// when nobody has used it for a while.
//
// It may import storage and the actor library. Start at store.go for the data,
// at lease.go for who may touch it, at persist.go for what outlives the process.
package actor
