// Package drive holds the terminal UI's scenarios: what a user presses and sees, as text
// files that are run against real data, of a server or a directory that is open offline.
// It is tests only: start at drive_test.go for the words that scenarios are written in,
// and read testdata.
package drive
