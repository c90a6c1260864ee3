// Package changefeed tells who looks at something that it changed, and nothing more: not
// what changed, nor how often. So telling never waits, however slow a follower is, and
// takes no memory; while nobody follows it costs a load.
//
// It imports nothing of orbit. Start at feed.go.
package changefeed
