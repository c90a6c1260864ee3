// Package parser owns pg_query: the guard that refuses over-deep input before C
// code sees it, the parse tree cache, and the small scanner that lifts literals
// out of statements so that statements of one shape share a plan.
//
// It imports pgerr only; nothing else in orbit calls pg_query's parser. Start at
// parser.go.
package parser
