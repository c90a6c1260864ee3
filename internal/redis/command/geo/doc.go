// Package geo is the commands on places on earth: sorted sets whose scores are
// 52-bit geohashes.
//
// A file per command; specs.go lists them. It may import command and keyspace.
// cell.go is the geohash (redis-server's geohash.c), area.go the search areas
// and distances (its geohash_helper.c), search.go what all the commands that
// search have in common.
package geo
