package main

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// A cell's size in the picture, and its colours where the program chooses none.
const (
	cellWidth  = 8.4
	cellHeight = 18
	paper      = "#1a1b26"
	ink        = "#d8dee9"
)

// drawSVG draws a screen as text in a fixed grid.
func drawSVG(frame string, width, height int) []byte {
	var b bytes.Buffer
	beginSVG(&b, width, height)
	for _, row := range rowsOf(frame, width, height) {
		b.WriteString(row)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func beginSVG(b *bytes.Buffer, width, height int) {
	w, h := float64(width)*cellWidth+24, height*cellHeight+24
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">`, w, h)
	fmt.Fprintf(b, "\n<rect width=\"100%%\" height=\"100%%\" rx=\"10\" fill=\"%s\"/>\n", paper)
}

// rowsOf draws each line of a screen.
func rowsOf(frame string, width, height int) []string {
	screen := uv.NewScreenBuffer(width, height)
	uv.NewStyledString(frame).Draw(screen, screen.Bounds())
	rows := make([]string, height)
	for y := range rows {
		var b bytes.Buffer
		for x := 0; x < width; {
			run, text := x, strings.Builder{}
			style := styleOf(screen.CellAt(x, y))
			for x < width && styleOf(screen.CellAt(x, y)) == style {
				content := " "
				if c := screen.CellAt(x, y); c != nil && c.Content != "" {
					content = c.Content
				}
				text.WriteString(content)
				x++
			}
			style.draw(&b, run, y, x-run, text.String())
		}
		rows[y] = b.String()
	}
	return rows
}

// look is a cell's style as SVG has it.
type look struct {
	fg, bg       string
	bold, italic bool
}

func styleOf(c *uv.Cell) look {
	if c == nil {
		return look{fg: ink}
	}
	l := look{fg: hex(c.Style.Fg, ink), bg: hex(c.Style.Bg, "")}
	l.bold = c.Style.Attrs&uv.AttrBold != 0
	l.italic = c.Style.Attrs&uv.AttrItalic != 0
	return l
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func (l look) draw(b *bytes.Buffer, x, y, cells int, text string) {
	left, top := 12+float64(x)*cellWidth, 12+y*cellHeight
	if l.bg != "" {
		fmt.Fprintf(b, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", left, top, float64(cells)*cellWidth, cellHeight, l.bg)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	weight := ""
	if l.bold {
		weight = ` font-weight="bold"`
	}
	if l.italic {
		weight += ` font-style="italic"`
	}
	fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\"%s textLength=\"%.1f\" xml:space=\"preserve\">%s</text>\n",
		left, top+14, l.fg, weight, float64(cells)*cellWidth, html.EscapeString(text))
}
