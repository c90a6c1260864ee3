// Package catalog knows the SQL objects of a database: schemas, relations with
// their columns, indexes and constraints, sequences, views, types, roles; how
// they are kept in the store; and an immutable View of them that a transaction
// reads and a plan is made against.
//
// It may import storage, types, pgerr. Row data is table's. pg_catalog and
// information_schema as virtual tables are in the package sysview above. Start
// at objects.go, then view.go.
package catalog
