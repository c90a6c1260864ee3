package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
)

// Form is how a Viewer shows a value.
type Form int

// Forms.
const (
	Plain Form = iota // as text
	JSON              // as JSON with indents
	Hex               // as bytes
)

// ViewerStyles are the styles of a viewer.
type ViewerStyles struct {
	Text, Number, Key, String, Literal, Offset, Match, CurrentMatch lipgloss.Style
}

type viewerPens struct {
	text, number, key, str, literal, offset, match, current pen
}

// Viewer shows a long value, to be scrolled and searched. What it is given it holds in
// memory, so that who owns it bounds that.
type Viewer struct {
	value []byte
	form  Form
	text  string // what is shown in the forms Plain and JSON
	lines []span // of text, wrapped at width
	width int
	wrap  bool

	top, left int
	height    int

	needle  string
	matches []span // in text, or in value for Hex
	match   int

	pens viewerPens
	look *look
}

// span is a part of a text.
type span struct{ from, to int }

// NewViewer makes a viewer without a value.
func NewViewer(styles ViewerStyles) *Viewer {
	v := &Viewer{wrap: true, height: 1}
	v.Restyle(styles)
	return v
}

// Restyle changes the styles.
func (v *Viewer) Restyle(s ViewerStyles) {
	v.pens = viewerPens{
		text: newPen(s.Text), number: newPen(s.Number), key: newPen(s.Key), str: newPen(s.String), literal: newPen(s.Literal),
		offset: newPen(s.Offset), match: newPen(s.Match), current: newPen(s.CurrentMatch),
	}
}

// Set shows a value in the form that suits it: JSON if it is a JSON object or array,
// Hex if it is no text.
func (v *Viewer) Set(value []byte) {
	v.value = value
	v.top, v.left = 0, 0
	v.needle, v.matches = "", nil
	v.Show(Suits(value))
}

// Suits is the form that suits a value.
func Suits(value []byte) Form {
	trimmed := bytes.TrimLeft(value, " \t\r\n")
	switch {
	case !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0:
		return Hex
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed):
		return JSON
	}
	return Plain
}

// Form is the form that is shown.
func (v *Viewer) Form() Form { return v.form }

// Value is what is shown; it belongs to the viewer.
func (v *Viewer) Value() []byte { return v.value }

// Show changes the form; a value that is no JSON is shown as text instead.
func (v *Viewer) Show(f Form) {
	v.text = ""
	switch f {
	case JSON:
		var b bytes.Buffer
		if json.Indent(&b, bytes.TrimSpace(v.value), "", "  ") != nil {
			f = Plain
			break
		}
		v.text = b.String()
	case Plain, Hex:
	}
	if f == Plain {
		v.text = string(v.value)
	}
	v.form, v.top, v.left, v.width = f, 0, 0, 0
	v.lines = nil
	v.Search(v.needle)
}

// NextForm shows the value in the next form that can show it.
func (v *Viewer) NextForm() {
	want := (v.form + 1) % 3
	v.Show(want)
	if want == JSON && v.form != JSON {
		v.Show(Hex)
	}
}

// Wrap changes whether long lines are wrapped, and returns what it is now.
func (v *Viewer) Wrap() bool {
	v.wrap = !v.wrap
	v.width, v.left = 0, 0
	return v.wrap
}

// hexBytes is how many bytes a line shows.
const hexBytes = 16

// count is the number of lines.
func (v *Viewer) count() int {
	if v.form == Hex {
		return (len(v.value) + hexBytes - 1) / hexBytes
	}
	return len(v.lines)
}

// layout finds the lines of the text for a width.
func (v *Viewer) layout(width int) {
	if v.form == Hex || v.width == width {
		return
	}
	at := 0
	if v.top < len(v.lines) {
		at = v.lines[v.top].from
	}
	v.width, v.lines = width, v.lines[:0]
	for from := 0; from <= len(v.text); {
		end := strings.IndexByte(v.text[from:], '\n')
		if end < 0 {
			end = len(v.text) - from
		}
		v.lineOf(from, from+end, width)
		from += end + 1
	}
	v.top = v.lineAt(at)
}

// lineOf adds a line, or the lines that it is wrapped into.
func (v *Viewer) lineOf(from, to, width int) {
	if !v.wrap || to-from <= width && plain(v.text[from:to]) {
		v.lines = append(v.lines, span{from, to})
		return
	}
	start, taken := from, 0
	for at := from; at < to; {
		_, w, n := next(v.text[at:to])
		if taken+w > width && at > start {
			v.lines = append(v.lines, span{start, at})
			start, taken = at, 0
		}
		at += n
		taken += w
	}
	v.lines = append(v.lines, span{start, to})
}

// lineAt is the line that holds a place of the text.
func (v *Viewer) lineAt(at int) int {
	low, high := 0, len(v.lines)
	for low+1 < high {
		if mid := (low + high) / 2; v.lines[mid].from <= at {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// Down scrolls by n lines, up if n is negative.
func (v *Viewer) Down(n int) { v.top = max(min(v.top+n, v.count()-v.height), 0) }

// Page scrolls by n screens.
func (v *Viewer) Page(n int) { v.Down(n * max(v.height-1, 1)) }

// Home scrolls to the beginning.
func (v *Viewer) Home() { v.top = 0 }

// End scrolls to the end.
func (v *Viewer) End() { v.Down(v.count()) }

// Right scrolls sideways by n cells, where lines are not wrapped.
func (v *Viewer) Right(n int) {
	if !v.wrap || v.form == Hex {
		v.left = max(v.left+n, 0)
	}
}

// Place says which lines are in sight, of how many.
func (v *Viewer) Place() string {
	n := v.count()
	if n == 0 {
		return "empty"
	}
	place := fmt.Sprintf("%d–%d of %d lines", v.top+1, min(v.top+v.height, n), n)
	if v.needle != "" {
		if len(v.matches) == 0 {
			return place + ", not found"
		}
		place += fmt.Sprintf(", match %d of %d", v.match+1, len(v.matches))
	}
	return place
}
