// Package vec is the batch that operators pass to each other: up to 1,024 rows
// as typed columns with an optional selection.
//
// It may import types. Table scans fill batches, exec works on them, the session
// sends them. Start at batch.go.
package vec
