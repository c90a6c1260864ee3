// Package dataset is what is between the keyspace and the bytes of package rdb:
// values as DUMP and RESTORE have them, and whole files, saved from a snapshot and
// loaded.
//
// It needs no server: whoever has opened a store can save it and load into it.
// Start at save.go and load.go; value.go and stream.go write one value, restore.go
// makes one.
package dataset
