// Package backup owns the form of a backup: a data directory's files with a manifest
// that has the size and the checksum of each, as a directory or as one tar archive,
// and reading it back, which checks all of them. What the files are is no concern
// of it; that they fit together is the maker's.
//
// It imports storage, for its errors. Start at manifest.go; read.go is the way back.
package backup
