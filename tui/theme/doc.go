// Package theme is how the terminal UI looks: one set of styles, for a dark terminal, a
// light one, and one without colours, where reverse, bold and underline must do.
package theme
