// Package table keeps SQL rows and indexes as keys in the store and owns
// transactions: snapshots, the private write buffer, row and relation locks,
// savepoints, commit, sequences.
//
// It may import storage, catalog, types, vec, pgerr. It knows no SQL
// expressions: what an index on an expression needs is given to it as functions.
// Start at engine.go, then tx.go; keys.go draws the key layout.
package table
