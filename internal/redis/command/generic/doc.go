// Package generic is the commands on keys of any type, a file each.
//
// It may import command, glob, keyspace and rdb. Specs is the table that the
// registry collects. Start at expire.go.
package generic
