// Package cell is the terminal UI's screen of one long value: as text, as JSON or as
// bytes, to be scrolled, searched and copied. Who opens it says how the value is got.
package cell
