// Package tables is the terminal UI's half for SQL: databases, schemas and relations in
// the tree, the rows of a relation page by page with their editing, its structure and
// its indexes. It draws with widget and gets its data from source, outside of Update.
//
// Start at world.go, then relation.go and rows.go.
package tables
