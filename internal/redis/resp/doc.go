// Package resp is the Redis wire codec: a bounded reader of requests that
// survives hostile input, and a writer of RESP2 and RESP3 replies.
//
// Both work on byte slices, know no transport and import nothing of orbit. The
// reader never reserves memory for what a header merely promises. Start at
// reader.go and writer.go.
package resp
