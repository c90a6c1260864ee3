// Package widget holds what screens are built of: a grid over rows that are loaded
// in pages, and a viewer of long values. Widgets draw and move; they fetch nothing,
// know no connection, and draw only what is visible, however large the data.
//
// Start reading at Grid, then at Viewer. cell.go says how bytes from outside become
// cells of a screen.
package widget
