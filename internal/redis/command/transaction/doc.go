// Package transaction is MULTI, EXEC, DISCARD, WATCH and UNWATCH. The queue and
// the watches are the session's; the commands only check and call it.
package transaction
