// Package pgerr is the error that SQL code returns: SQLSTATE, message, detail,
// hint, position and the names of what it concerns, as PostgreSQL's
// ErrorResponse carries them. Of orbit it imports only what a full disk is.
// Start at pgerr.go; codes.go names the SQLSTATEs.
package pgerr
