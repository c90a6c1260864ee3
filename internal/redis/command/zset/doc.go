// Package zset is the sorted set commands: members with scores under one key,
// in the order of score and name.
//
// A file per command or close family; specs.go lists them. It may import
// command and keyspace. All ranges go through rangeQuery in zrange.go, all set
// operations through operation.go.
package zset
