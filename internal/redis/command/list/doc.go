// Package list is the list commands: elements in order under one key, reached
// from both ends and by index.
//
// A file per command or close family; specs.go lists them. It may import
// command and keyspace.
package list
