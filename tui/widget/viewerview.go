package widget

import (
	"fmt"
	"strings"
)

// View draws the value in exactly width by height cells.
func (v *Viewer) View(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	pending := v.width == 0 && len(v.matches) > 0
	v.height = height
	v.layout(width)
	if pending {
		v.showMatch() // it was not known where lines would be
	}
	v.top = max(min(v.top, v.count()-height), 0)
	b := &brush{}
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch line := v.top + i; {
		case line >= v.count():
			pad(&b.Builder, width)
		case v.form == Hex:
			v.hexLine(b, line, width)
		default:
			v.textLine(b, v.lines[line], width)
		}
		b.endLine()
	}
	return b.String()
}

func (v *Viewer) textLine(b *brush, line span, width int) {
	at, skipped := line.from, 0
	for at < line.to && skipped < v.left {
		_, w, n := next(v.text[at:line.to])
		at, skipped = at+n, skipped+w
	}
	// One that is long is drawn in one colour: it would have to be read from its start.
	var colours func(int) pen
	if v.form == JSON && at-line.from < 1<<12 {
		colours = v.jsonColours(line)
	}
	taken, m := 0, v.matchAt(at)
	for at < line.to {
		drawn, w, n := next(v.text[at:line.to])
		if taken+w > width {
			break
		}
		p := v.pens.text
		if colours != nil {
			p = colours(at)
		}
		for m < len(v.matches) && v.matches[m].to <= at {
			m++
		}
		if m < len(v.matches) && at >= v.matches[m].from {
			p = v.pens.match
			if m == v.match {
				p = v.pens.current
			}
		}
		b.use(p)
		b.WriteString(drawn)
		at, taken = at+n, taken+w
	}
	b.use(v.pens.text)
	pad(&b.Builder, width-taken)
}

// jsonColours gives the pen for places of a line, in order. The indenter puts no token
// over the end of a line, but lines may be wrapped in one.
func (v *Viewer) jsonColours(line span) func(int) pen {
	start := strings.LastIndexByte(v.text[max(line.from-1<<12, 0):line.from], '\n') + 1 + max(line.from-1<<12, 0)
	i, inside, p := start, false, v.pens.text
	step := func() {
		c := v.text[i]
		switch {
		case inside && c == '\\':
			i++
		case inside:
			inside = c != '"'
		case c == '"':
			inside, p = true, v.pens.str
			if v.isKey(i) {
				p = v.pens.key
			}
		case c >= '0' && c <= '9' || c == '-':
			p = v.pens.number
		case c >= 'a' && c <= 'z':
			if p != v.pens.number { // 1e9
				p = v.pens.literal
			}
		case c != '.' && c != '+' && c != 'E':
			p = v.pens.text
		}
		i++
	}
	return func(to int) pen {
		for i <= to && i < len(v.text) {
			step()
		}
		return p
	}
}

// isKey tells of a string that begins at i whether it is an object's key: the indenter
// writes a colon right behind those.
func (v *Viewer) isKey(i int) bool {
	for i++; i < len(v.text) && v.text[i] != '\n'; i++ {
		switch v.text[i] {
		case '\\':
			i++
		case '"':
			return i+1 < len(v.text) && v.text[i+1] == ':'
		}
	}
	return false
}

func (v *Viewer) hexLine(b *brush, line, width int) {
	from := line * hexBytes
	part := v.value[from:min(from+hexBytes, len(v.value))]
	taken := 0
	put := func(p pen, s string) {
		for _, r := range s {
			if taken >= v.left+width {
				return
			}
			if taken >= v.left {
				b.use(p)
				b.WriteRune(r)
			}
			taken++
		}
	}
	pens := func(i int, otherwise pen) pen {
		at := from + i
		if m := v.matchAt(at); m < len(v.matches) && at >= v.matches[m].from {
			if m == v.match {
				return v.pens.current
			}
			return v.pens.match
		}
		return otherwise
	}
	put(v.pens.offset, fmt.Sprintf("%08x  ", from))
	for i := range hexBytes {
		if i == hexBytes/2 {
			put(v.pens.text, " ")
		}
		if i < len(part) {
			put(pens(i, v.pens.number), fmt.Sprintf("%02x", part[i]))
			put(v.pens.text, " ")
		} else {
			put(v.pens.text, "   ")
		}
	}
	put(v.pens.text, " ")
	for i, c := range part {
		if c < ' ' || c > '~' {
			put(pens(i, v.pens.offset), "·")
		} else {
			put(pens(i, v.pens.text), string(rune(c)))
		}
	}
	b.use(v.pens.text)
	pad(&b.Builder, width-max(taken-v.left, 0))
}
