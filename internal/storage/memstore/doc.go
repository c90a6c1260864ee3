// Package memstore keeps a store in memory: an ordered copy-on-write tree, with a
// hash table beside it for point reads and writes of what is newest, so
// that snapshots and iterators are free and never block writers. Tests use Store
// in place of the disk; partition actors own a Tree each. It imports storage
// only. Start at store.go, then tree.go; iterator.go walks a frozen tree.
package memstore
