// Package ddl runs the statements that define things: CREATE, ALTER, DROP,
// TRUNCATE, COMMENT. They change the catalog, and where needed the rows, within
// the caller's transaction.
//
// It may import plan and exec (for expressions and for reading rows), table and
// catalog. Start at execute.go; a file per kind of object.
package ddl
