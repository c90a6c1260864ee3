package widget

import "strings"

// maxMatches bounds what a search remembers.
const maxMatches = 100_000

// Search looks for a text in any case of its letters, and goes to the first match at
// or behind what is in sight.
func (v *Viewer) Search(needle string) (found int) {
	v.needle, v.matches, v.match = needle, nil, 0
	if needle == "" {
		return 0
	}
	text := v.text
	if v.form == Hex {
		text = string(v.value)
	}
	// Where lower case is longer or shorter, places would not be those of the text.
	low := strings.ToLower(text)
	if len(low) == len(text) {
		text, needle = low, strings.ToLower(needle)
	}
	for at := 0; len(v.matches) < maxMatches; {
		i := strings.Index(text[at:], needle)
		if i < 0 {
			break
		}
		v.matches = append(v.matches, span{at + i, at + i + len(needle)})
		at += i + len(needle)
	}
	for i, m := range v.matches {
		if v.lineOfMatch(m) >= v.top {
			v.match = i
			break
		}
	}
	v.showMatch()
	return len(v.matches)
}

// NextMatch goes n matches on, around the end; back if n is negative.
func (v *Viewer) NextMatch(n int) {
	if len(v.matches) > 0 {
		v.match = ((v.match+n)%len(v.matches) + len(v.matches)) % len(v.matches)
		v.showMatch()
	}
}

func (v *Viewer) lineOfMatch(m span) int {
	if v.form == Hex {
		return m.from / hexBytes
	}
	return v.lineAt(m.from)
}

// showMatch scrolls to the match.
func (v *Viewer) showMatch() {
	if v.match >= len(v.matches) {
		return
	}
	line := v.lineOfMatch(v.matches[v.match])
	if line < v.top || line >= v.top+v.height {
		v.top = max(min(line-v.height/2, v.count()-v.height), 0)
	}
	if !v.wrap && v.form != Hex && line < len(v.lines) {
		start := v.lines[line].from
		if at := widthUpTo(v.text[start:v.matches[v.match].from], 1<<20); at < v.left || at >= v.left+v.width {
			v.left = max(at-v.width/2, 0)
		}
	}
}

// matchAt is the index of the match that holds a place or is the next behind it.
func (v *Viewer) matchAt(at int) int {
	low, high := 0, len(v.matches)
	for low < high {
		if mid := (low + high) / 2; v.matches[mid].to <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
