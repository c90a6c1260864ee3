// Package cli is orbit's command line: one file per verb, each an options
// struct, a constructor and a run function.
//
// Data goes to standard output, messages to standard error. It imports server
// for the verb that serves and admin's client for those that ask a running one.
// Start at root.go; exit.go documents the exit codes.
package cli
