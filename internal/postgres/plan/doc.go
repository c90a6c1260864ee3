// Package plan turns a parse tree into a plan: names resolved against the
// catalog, every expression typed (analyze_*), the query simplified (rewrite_*),
// then an ordered tree of physical operators with costs chosen and built (plan_*).
//
// It may import parser, catalog, builtin, types, pgerr, and asks table for
// estimates through an interface. exec runs what it makes. Start at analyze.go,
// then logical.go and planner.go; expr.go and nodes.go are the vocabulary shared
// with exec.
package plan
