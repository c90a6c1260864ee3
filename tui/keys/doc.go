// Package keys is the Redis half of the terminal UI: databases and prefixes in the
// tree, lists of keys, and viewers and editors of their values.
//
// Start at world.go.
package keys
