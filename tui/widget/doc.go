// Package widget holds what screens are built of: boxes and lines of an exact width, a
// line to type in, a grid over rows that are loaded in pages, and a viewer of long
// values. Widgets draw and move; they fetch nothing, know no connection, and draw only
// what is visible, however large the data.
//
// Start reading at text.go, then at Grid and Viewer. cell.go says how bytes from outside
// become cells of a screen.
package widget
