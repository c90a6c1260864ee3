// Package foreign keeps foreign keys. A session tells it of each row that changes in
// a table that has foreign keys or that others refer to (Hook), of the end of each
// statement (EndStatement) and of the transaction (Commit).
//
// A new row's key is looked up at once, and the row it refers to locked FOR KEY
// SHARE. Only what is not there yet is kept until the end of the statement, or of the
// transaction if the constraint is deferred: memory grows with what is missing, not
// with what is loaded. What happens when a key goes away, ON DELETE and ON UPDATE, is
// queries of this package's making that run at the end of the statement; the rows they
// change come through Hook in turn.
//
// It may import table, catalog and types. Start at keys.go.
package foreign
