// Package glob matches the patterns of KEYS, SCAN, PSUBSCRIBE and CONFIG GET. It
// imports nothing. Start at Match.
package glob
