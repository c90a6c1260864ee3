// Package server is the composition root: it opens the data directory and the
// stores, puts the two towers on them, starts the listeners and the admin
// endpoint, and closes all in order.
//
// It may import everything below cli. Start at server.go; redis.go and
// postgres.go put one tower together each.
package server
