// Package source is where the terminal UI's data comes from, and the only place with
// input and output: commands and queries over the admin client, whether a server runs
// or the directory is open offline. Its functions take a context, wait as long as it
// takes, and return plain values; screens call them outside of Update.
//
// It imports admin, its sessions and the protocol's reply types, and nothing that
// stores data. Start at source.go.
package source
