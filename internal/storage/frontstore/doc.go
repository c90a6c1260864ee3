// Package frontstore is pebblestore behind a table of recent writes: a write is
// one record in a journal and one entry of a hash table, and reaches Pebble later,
// in the background, together with many others and in order.
//
// It may import pebblestore and what that may. Start at store.go; journal.go and
// recover.go are the files on disk, table.go is the memory, handover.go the way
// from there to Pebble.
package frontstore
