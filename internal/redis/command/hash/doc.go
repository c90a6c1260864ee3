// Package hash is the hash commands: fields with values under one key.
//
// A file per command or close family; specs.go lists them. It may import
// command, keyspace, glob and the float formatting.
package hash
