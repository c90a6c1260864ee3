// Package transfer turns the entries of an RDB file into other forms, one key after
// the other, and back: commands in RESP, as an append-only file has them; RESTORE
// commands; JSON Lines.
//
// It needs neither a keyspace nor a server: whoever has an RDB stream can convert it.
// Start at walk.go; commands.go, restore.go and lines.go are the forms.
package transfer
