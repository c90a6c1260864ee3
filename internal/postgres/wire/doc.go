// Package wire speaks the PostgreSQL protocol, version 3, over pgproto3:
// start-up, TLS, SCRAM, the simple and extended protocols, COPY, cancel.
//
// It turns messages into calls on a session and results into messages. Start at
// server.go, then conn.go.
package wire
