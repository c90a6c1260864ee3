package widget

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cut is drawn where a text goes on that has no more room.
const cut = "…"

// next takes from the front of s what is drawn together: how it is drawn, the cells
// it takes, and its bytes. Data must not steer the terminal: what would move the
// cursor, change colours or reorder the text becomes a visible sign.
func next(s string) (drawn string, width, size int) {
	c := s[0]
	if c < utf8.RuneSelf {
		switch {
		case c == '\n':
			return "↵", 1, 1
		case c == '\t':
			return "→", 1, 1
		case c < ' ':
			return string(rune(0x2400 + int(c))), 1, 1
		case c == 0x7f:
			return "␡", 1, 1
		case len(s) == 1 || s[1] < utf8.RuneSelf:
			return s[:1], 1, 1
		}
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		const digits = "0123456789abcdef"
		return `\x` + digits[c>>4:c>>4+1] + digits[c&15:c&15+1], 4, 1
	}
	cluster, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	if !utf8.ValidString(cluster) || strings.ContainsFunc(cluster[n:], unicode.IsControl) {
		cluster = s[:n]
		w = ansi.StringWidth(cluster)
	}
	if w == 0 || !unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S, unicode.Zs) {
		// It would be drawn over its neighbour, or nobody knows what of it.
		return "·", 1, len(cluster)
	}
	return cluster, w, len(cluster)
}

// plain tells that each byte of s is a cell of its own.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// widthUpTo is the cells that s takes, or limit if it takes more.
func widthUpTo(s string, limit int) int {
	if len(s) <= limit && plain(s) {
		return len(s)
	}
	total := 0
	for len(s) > 0 && total < limit {
		_, w, n := next(s)
		total += w
		s = s[n:]
	}
	return min(total, limit)
}

// spaces are written in pieces of this.
const spaces = "                                                                                "

func pad(b *strings.Builder, n int) {
	for ; n > len(spaces); n -= len(spaces) {
		b.WriteString(spaces)
	}
	if n > 0 {
		b.WriteString(spaces[:n])
	}
}

// fit draws s in exactly width cells, cut or padded; more says that s itself is only
// the beginning of a text.
func fit(b *strings.Builder, s string, width int, right, more bool) {
	if width <= 0 {
		return
	}
	if !more && len(s) <= width && plain(s) {
		if right {
			pad(b, width-len(s))
		}
		b.WriteString(s)
		if !right {
			pad(b, width-len(s))
		}
		return
	}
	// Where the text ends if it needs no cut, and if it does.
	at, taken, short, shortTaken := 0, 0, 0, 0
	for at < len(s) {
		_, w, n := next(s[at:])
		if taken+w > width {
			more = true
			break
		}
		at, taken = at+n, taken+w
		if taken <= width-1 {
			short, shortTaken = at, taken
		}
	}
	end, used := at, taken
	if more {
		end, used = short, shortTaken+1
	}
	if right {
		pad(b, width-used)
	}
	drawPart(b, s, end)
	if more {
		b.WriteString(cut)
	}
	if !right {
		pad(b, width-used)
	}
}

// drawPart draws s up to end, which is where something ends that is drawn together:
// what that is depends on what follows.
func drawPart(b *strings.Builder, s string, end int) {
	if plain(s[:end]) {
		b.WriteString(s[:end])
		return
	}
	for at := 0; at < end; {
		d, _, n := next(s[at:])
		b.WriteString(d)
		at += n
	}
}
