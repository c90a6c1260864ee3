// Package tree is the pane to the left: the lines of all worlds, of which branches are
// fetched when they are opened, some lines at a time, and counts when they are seen.
//
// Start at tree.go; fetch.go is how lines come to be there.
package tree
