// Package dataset is what is between the keyspace and the bytes of package rdb:
// values as DUMP gives them, and whole files, saved from a snapshot.
//
// It needs no server: whoever has opened a store can save it. Start at save.go;
// value.go and stream.go write one value.
package dataset
