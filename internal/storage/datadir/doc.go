// Package datadir owns the data directory as a whole: its layout, the version of
// its format, and the lock that keeps two processes from using it at once. What
// stands in its parts belongs to others. It imports storage only, for its
// errors. Start at datadir.go.
package datadir
