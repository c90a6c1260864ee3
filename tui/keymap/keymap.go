package keymap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// ID names an action, such as keys.delete: its context and what it does.
type ID string

// Context is where an action works.
type Context string

// Context of the action: what stands before the point of its name.
func (id ID) Context() Context {
	context, _, _ := strings.Cut(string(id), ".")
	return Context(context)
}

// Action is something that keys do.
type Action struct {
	ID ID
	// Keys as Bubble Tea names them: "ctrl+u", "enter", "D". The first is shown.
	Keys []string
	// Help is a sentence without its end. Short is a word or two for the footer; the
	// action is not shown there if it is empty.
	Help  string
	Short string
	// Writes says that it changes data: it is off when nothing may be changed.
	Writes bool
}

// Map is the table with a user's own keys.
type Map struct {
	actions []Action
	index   map[ID]int
}

// New is the table as it comes.
func New() *Map {
	m := &Map{actions: slices.Clone(Actions), index: map[ID]int{}}
	for i := range m.actions {
		m.index[m.actions[i].ID] = i
	}
	return m
}

// Rebind gives an action other keys, or none. It is an error if there is no such
// action, or if another action of the same context has one of the keys.
func (m *Map) Rebind(id ID, keys []string) error {
	i, known := m.index[id]
	if !known {
		return fmt.Errorf("there is no action %q: see the key bindings in docs/TUI.md", id)
	}
	m.actions[i].Keys = keys
	return nil
}

// Conflicts tells which keys have two meanings in one context.
func (m *Map) Conflicts() (found []string) {
	type place struct {
		context Context
		key     string
	}
	owner := map[place]ID{}
	for _, a := range m.actions {
		for _, k := range a.Keys {
			at := place{a.ID.Context(), k}
			if other, taken := owner[at]; taken {
				found = append(found, fmt.Sprintf("%s is both %s and %s", k, other, a.ID))
			}
			owner[at] = a.ID
		}
	}
	return found
}

// Action is an action with the keys that it has now. One that does not exist is a
// mistake of the program.
func (m *Map) Action(id ID) Action {
	i, known := m.index[id]
	if !known {
		panic("keymap: no action " + string(id))
	}
	return m.actions[i]
}

// List is the actions by their names, in the order given: what a screen answers when
// it is asked what works now.
func (m *Map) List(ids ...ID) []Action {
	list := make([]Action, 0, len(ids))
	for _, id := range ids {
		list = append(list, m.Action(id))
	}
	return list
}

// Of is the actions of a context, in the table's order.
func (m *Map) Of(context Context) (list []Action) {
	for _, a := range m.actions {
		if a.ID.Context() == context {
			list = append(list, a)
		}
	}
	return list
}

// Is tells whether a key press means an action.
func (m *Map) Is(msg tea.KeyPressMsg, id ID) bool {
	return slices.Contains(m.Action(id).Keys, msg.String())
}

// In finds the action of a context that a key press means, or "".
func (m *Map) In(msg tea.KeyPressMsg, context Context) ID {
	key := msg.String()
	for i := range m.actions {
		if m.actions[i].ID.Context() == context && slices.Contains(m.actions[i].Keys, key) {
			return m.actions[i].ID
		}
	}
	return ""
}

// glyphs are keys as they are shown.
var glyphs = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "enter": "⏎", "space": "space", "backspace": "⌫",
	"pgup": "PgUp", "pgdown": "PgDn", "home": "Home", "end": "End", "delete": "Del", "tab": "Tab", "shift+tab": "⇧Tab", "esc": "Esc",
}

// Glyph is a key as it is shown to people.
func Glyph(key string) string {
	if g, known := glyphs[key]; known {
		return g
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return "^" + strings.ToUpper(rest)
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "shift+", "⇧"), "alt+", "⌥")
}

// Label is the key that is shown for an action.
func (a Action) Label() string {
	if len(a.Keys) == 0 {
		return ""
	}
	return Glyph(a.Keys[0])
}

// Labels are all keys of an action.
func (a Action) Labels() string {
	shown := make([]string, 0, len(a.Keys))
	for _, k := range a.Keys {
		shown = append(shown, Glyph(k))
	}
	return strings.Join(shown, " ")
}

// Sorted are the names of all actions, for messages and completion.
func (m *Map) Sorted() []Action {
	return slices.SortedFunc(slices.Values(m.actions), func(a, b Action) int { return cmp.Compare(a.ID, b.ID) })
}
