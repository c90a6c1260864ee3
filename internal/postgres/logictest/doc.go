// Package logictest reads and runs SQL logic tests: text files of statements and
// queries with the results they must give, in sqllogictest's form and a few
// directives of our own (see parse.go). It knows a server only by the Conn that
// it is given, and imports nothing of the engine; its test runs testdata over
// the wire. Start at parse.go, then run.go.
package logictest
