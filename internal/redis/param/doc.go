// Package param is the parameters that CONFIG GET and CONFIG SET know: every name
// of redis-server 7, with its default, type and validation. Those without meaning
// here are marked inert in the table: they are kept and checked, so that tools
// which set them go on, and change nothing.
//
// It imports glob only. Start at param.go; table.go lists the parameters.
package param
