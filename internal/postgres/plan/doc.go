// Package plan turns a parse tree into a plan: names resolved against the
// catalog, every expression typed, then an ordered tree of physical operators
// with costs.
//
// It may import parser, catalog, builtin, types, pgerr, and asks table for
// estimates through an interface. exec runs what it makes. Start at analyze.go;
// expr.go and nodes.go are the plan's vocabulary, shared with exec.
package plan
