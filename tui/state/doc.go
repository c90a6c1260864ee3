// Package state is what the terminal UI remembers of each server from one run to the
// next: where the user was, and what was chosen there. It is read before the UI starts
// and written after it ends.
package state
