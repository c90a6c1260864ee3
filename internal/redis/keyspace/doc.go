// Package keyspace is Redis's data types over storage: a metadata entry per
// key, subkeys under a version, an expiry index ordered by time, and the
// background workers that expire keys and collect what overwrites leave behind.
//
// It may import storage only. Commands reach it through a Run: the view and
// write buffer of commands that arrived together. Start at keyspace.go, then
// run.go; encoding.go draws the key layout. A handler opens a key with
// Run.Hash, List, Set or ZSet, once per key, and works on what it gets.
package keyspace
