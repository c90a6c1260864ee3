// Package prompt is the terminal UI's prompts: one for SQL, with highlighting,
// completion from the catalog and results in a grid, and one for Redis, with hints of
// arguments from the server's own documentation of its commands. Their history is the
// one that `orbit sql` and `orbit redis` keep.
//
// Start at world.go, then sql.go and redis.go.
package prompt
