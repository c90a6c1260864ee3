// Package follow is the replica's side of a link to a primary: it connects, shakes
// hands as redis-server does, and cuts what comes into the answer to PSYNC, the
// data set in either of its two forms, and the stream of commands.
//
// It knows nothing of what the data set and the commands mean: redis/server loads
// the one and runs the others. Nothing that a primary sends makes it keep more than
// a line of text. Start at link.go.
package follow
