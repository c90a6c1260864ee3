// Package survey looks over all keys of a snapshot and tells what there is: types,
// sizes, TTLs, prefixes, the largest keys, or a list of keys in some order.
//
// It reads metadata only, never values. Start at survey.go; list.go is the list.
package survey
