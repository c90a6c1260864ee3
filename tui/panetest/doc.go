// Package panetest lets a test use one screen of the terminal UI as a user would: press
// keys, answer what it asks, and see. The data is real, of a directory that is open
// offline; what the screen asks of the App is kept for the test to look at. Only tests
// import it.
//
// Start at screen.go; data.go makes the data.
package panetest
