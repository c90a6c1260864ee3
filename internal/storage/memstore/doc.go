// Package memstore keeps a store in memory: an ordered copy-on-write tree, so
// that snapshots and iterators are free and never block writers. Actors own one
// per partition, and tests use it in place of the disk. It imports storage only.
// Start at store.go; iterator.go walks a frozen tree.
package memstore
