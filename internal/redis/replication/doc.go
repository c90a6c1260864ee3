// Package replication is the stream of writes that replicas follow: what every
// run did, encoded as requests, in the order in which it became visible, at
// offsets that count its bytes. It keeps as much of the stream as the backlog is
// to hold and the slowest reader has not read.
//
// It knows keyspace's effects and nothing of connections: redis/server turns a
// session into a replica and carries the bytes. Start at feed.go.
package replication
