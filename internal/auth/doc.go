// Package auth keeps and checks passwords: SCRAM-SHA-256 verifiers as PostgreSQL
// stores them, the server's side of the SCRAM exchange, and comparison of plain
// passwords without telling by time how much of them is right.
//
// It imports nothing of orbit. Start at verifier.go.
package auth
