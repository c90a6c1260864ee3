// Package hyperloglog is the commands that estimate how many different elements
// were seen.
//
// A file per command; specs.go lists them. It may import command and keyspace.
// A value is a string laid out as redis-server does (hyperloglog.c), so that it
// can be exchanged with one: value.go has its header, dense.go and sparse.go its
// two representations, estimate.go the arithmetic.
package hyperloglog
