// Package builtin holds SQL's built-in functions, operators, casts and
// aggregates: what they are (as pg_proc, pg_operator, pg_cast and pg_aggregate
// tell) and what they do, written for one row; exec lifts them to batches.
//
// It may import types and pgerr. What needs the session or the catalog reaches
// it through Context. Start at registry.go; each family of functions has its file.
package builtin
