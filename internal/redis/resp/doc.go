// Package resp is the Redis wire codec: a bounded reader that survives hostile
// input, and a writer of RESP2 and RESP3 replies.
//
// The reader is our own because redcon's panics on huge lengths; the writer
// uses redcon's appenders. Both work on byte slices and know no transport.
// Start at reader.go and writer.go.
package resp
