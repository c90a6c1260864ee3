// Package connection is the commands about the connection itself: AUTH, CLIENT,
// ECHO, HELLO, PING, QUIT, RESET, SELECT. A file per command; specs.go lists
// them.
package connection
