// Package differential sends the same random commands to orbit and to a
// redis-server and compares every reply, every keyspace event, and after each
// round the whole dataset. What differs is cut down to the few commands that
// show it.
//
// Commands are generated from the argument grammar of their specs, with values
// chosen so that commands meet keys of the right type, of a wrong one, and none;
// some are damaged on purpose. It holds tests only. Start at
// differential_test.go; exceptions_test.go lists where the two may differ.
package differential
