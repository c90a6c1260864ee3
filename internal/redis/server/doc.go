// Package server is the Redis front's network side: event loops, sessions, the
// registry of clients, MULTI, and the rules by which replies wait for durability.
//
// A session turns bytes into replies and knows no transport; a worker is the
// goroutine that runs sessions, one per event loop; epoll_linux.go and stream.go
// carry the bytes. It may import command, keyspace, param, resp and telemetry.
// Start at server.go, then session.go and execute.go.
package server
