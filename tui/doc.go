// Package tui is orbit's terminal UI: a window into a running server, or into a data
// directory that is open offline. The App owns the screen: header, footer, the tree to
// the left and one screen to the right, dialogs over them, and the way back. Screens
// (tui/keys and its neighbours) fulfil tui/pane's contract and know nothing of each
// other; all data comes through tui/source, outside of Update.
//
// It imports the admin client and what describes the protocols, and nothing that stores
// data or runs a server. Start at run.go, then app.go; update.go is where messages go.
package tui
