// Package pebblestore keeps a store on disk with Pebble. It owns how Pebble is
// set up, the durability levels (walfs.go), and the point-read cache that stands
// before it (cache.go). It imports storage only.
//
// Start at store.go. What happens when the disk fails is said in failure.go.
package pebblestore
