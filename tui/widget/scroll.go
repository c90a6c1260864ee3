package widget

import (
	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
)

// Scroll is a cursor in lines of which some are seen.
type Scroll struct{ Cursor, Offset int }

// Move moves the cursor.
func (s *Scroll) Move(by, lines, height int) { s.To(s.Cursor+by, lines, height) }

// To puts the cursor on a line, and the lines so that it is seen.
func (s *Scroll) To(line, lines, height int) {
	s.Cursor = max(0, min(line, lines-1))
	height = max(1, height)
	s.Offset = min(max(s.Offset, s.Cursor-height+1), s.Cursor, max(0, lines-height))
	s.Offset = max(0, s.Offset)
}

// Wheel moves what is seen, and the cursor as far as it must to be seen.
func (s *Scroll) Wheel(by, lines, height int) {
	s.Offset = max(0, min(s.Offset+by, lines-height))
	s.Cursor = max(0, min(max(s.Cursor, s.Offset), s.Offset+height-1, lines-1))
}

// Key moves as a key says; false is that the key does not move.
func (s *Scroll) Key(m *keymap.Map, msg tea.KeyPressMsg, lines, height int) bool {
	switch m.In(msg, keymap.Move) {
	case keymap.Up:
		s.Move(-1, lines, height)
	case keymap.Down:
		s.Move(1, lines, height)
	case keymap.PageUp:
		s.Move(-height, lines, height)
	case keymap.PageDown:
		s.Move(height, lines, height)
	case keymap.HalfUp:
		s.Move(-height/2, lines, height)
	case keymap.HalfDown:
		s.Move(height/2, lines, height)
	case keymap.Top:
		s.To(0, lines, height)
	case keymap.Bottom:
		s.To(lines-1, lines, height)
	default:
		return false
	}
	return true
}
