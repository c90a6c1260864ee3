// Package survey tells what keys there are: over all keys of a snapshot their types,
// sizes, TTLs, prefixes and the largest, or a list in some order; and some keys at a
// time, in order of their names, as a screen shows them, with the tree that a separator
// makes of names.
//
// It reads metadata only, never values. Start at survey.go; list.go is the list, walk.go
// what is asked for some at a time.
package survey
