//go:build !linux

package pebblestore

// machineBoot is what the system calls its present run: not known.
func machineBoot() string { return "" }
