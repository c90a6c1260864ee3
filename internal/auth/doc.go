// Package auth keeps and checks passwords: SCRAM-SHA-256 verifiers as PostgreSQL
// stores them, the server's side of the SCRAM exchange, and comparison of plain
// passwords without telling by time how much of them is right; and the TLS that servers accept
// connections with.
//
// It imports nothing of orbit. Start at verifier.go and tls.go.
package auth
