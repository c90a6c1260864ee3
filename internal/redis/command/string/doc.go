// Package str is the commands on strings, a file each.
//
// It may import command and keyspace. Specs is the table that the registry
// collects. Start at set.go.
package str
