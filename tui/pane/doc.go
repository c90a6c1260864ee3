// Package pane is the contract between the terminal UI's App and its screens: what a
// screen is, what it is given, and the messages with which it asks the App for
// something. Fetch is how a screen gets data: outside of Update, cancelled when nobody
// wants it any more, and dropped when something newer was asked for.
//
// Start at pane.go.
package pane
