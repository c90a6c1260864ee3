// Package hybrid is one store made of two: a home store, and a range of keys in
// memory. A snapshot sees both as of one moment, and a batch that writes to both is
// one. What of the range outlives the process lies in the home store too, under
// keys that nobody else sees, so that there is one log and one order.
//
// It may import storage. Start at store.go; apply.go says what a commit promises.
package hybrid
