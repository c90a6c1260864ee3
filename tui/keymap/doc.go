// Package keymap is the one table of what keys do in the terminal UI: an action has a
// name, a context in which it works, keys and a sentence of help. The footer, the help,
// the palette and the page of key bindings are all made from it, and a user's file
// rebinds it.
//
// Start at actions.go for the table; keymap.go looks keys up.
package keymap
