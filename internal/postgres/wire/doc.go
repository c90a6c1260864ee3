// Package wire speaks the PostgreSQL protocol, version 3: start-up, TLS, SCRAM,
// the simple and extended protocols, COPY, cancel. It reads and writes messages
// itself, out of and into buffers that last, since they are the hot path.
//
// It turns messages into calls on a session and results into messages. Start at
// server.go, then conn.go.
package wire
