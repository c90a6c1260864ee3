// Package set is the set commands: distinct members under one key, and
// intersections, unions and differences of several keys.
//
// A file per command or close family; specs.go lists them. It may import
// command and keyspace.
package set
