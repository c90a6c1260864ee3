package pane

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// Pane is what one side of the screen shows. The App gives it room, key presses and
// mouse events while it is focused (with places within the pane), and every message
// that is not input while it is shown.
type Pane interface {
	// Init is called each time the pane comes to be shown.
	Init() tea.Cmd
	// Update never waits: what takes time is a command that it returns.
	Update(msg tea.Msg) (Pane, tea.Cmd)
	// View is exactly as large as it is told to be.
	View(width, height int) string
	Title() string
	// Keys is what works now: for the footer, the help and the palette.
	Keys() []keymap.Action
}

// What a pane may be besides.
type (
	// Closer cancels its fetches when it is no longer shown. It may be shown again.
	Closer interface{ Close() }
	// Noter has a note in its upper edge, beside the title.
	Noter interface{ Note() string }
	// Searcher takes what is typed after "/", as it is typed; done tells that it is
	// typed, and an empty query that there is no search any more. Searching is what
	// stands there when the search is begun.
	Searcher interface {
		Searching() string
		Search(query string, done bool) tea.Cmd
	}
	// Typer takes all keys while it has a place to type in, but for Ctrl-C.
	Typer interface{ Typing() bool }
	// Canceller gives up on Ctrl-C what it is doing; false is that there is nothing to
	// give up, and that the program ends.
	Canceller interface{ Cancel() bool }
	// Commander has commands for the palette that no key is bound to.
	Commander interface{ Commands() []Command }
	// Focuser wants to know whether it has the focus.
	Focuser interface{ Focus(focused bool) }
	// Holder waits for something that will take the keys, such as an editor: what is
	// typed meanwhile is kept for it. Esc and Ctrl-C are not kept.
	Holder interface{ Holding() bool }
	// Placer has a place that can be remembered, and opened by its World.
	Placer interface{ Place() string }
)

// Command is an element of the palette.
type Command struct {
	Title string
	Help  string
	Run   tea.Cmd
}

// Env is what screens are given.
type Env struct {
	Source   *source.Source
	Theme    *theme.Theme
	Keys     *keymap.Map
	State    *state.State
	ReadOnly bool

	asked []tea.Msg
}

// Ask gives the App a message before it takes the next key: what takes the keys away
// from a screen, such as a dialog or another screen, is asked for so, and nothing that
// is typed ahead does something else. It is called in Update only, and nothing is left
// to be done: the command is nil.
func (e *Env) Ask(msg tea.Msg) tea.Cmd {
	e.asked = append(e.asked, msg)
	return nil
}

// Asked is what was asked for since it was last called.
func (e *Env) Asked() []tea.Msg {
	asked := e.asked
	e.asked = nil
	return asked
}

// Names under which the state remembers what several screens go by.
const (
	// Separator is what separates the parts of key names.
	Separator = "separator"
	// Database is the SQL database that was chosen or looked at last.
	Database = "database"
	// MainDatabase is the one that is there from the start.
	MainDatabase = "postgres"
)

// Node is a line of the tree.
type Node struct {
	ID    string // its place, unique among all worlds: "keys", "keys/0/user:"
	Label string
	// Detail is to the right: a count, a size. With Counted the world is asked for it.
	Detail  string
	Counted bool
	// Branch says that it has children, of which Children tells.
	Branch bool
	// Expanded opens it as soon as it is there.
	Expanded bool
	// Empty is what stands below a branch that has no children.
	Empty string
}

// World is one half of the tree, and opens what lies behind its lines.
type World interface {
	// Roots are the world's first lines; they are not fetched.
	Roots() []Node
	// Children fetches some of a node's children behind the one with the ID after, the
	// first ones if it is "", and whether there are more. It is called outside of
	// Update.
	Children(ctx context.Context, node Node, after string) (children []Node, more bool, err error)
	// Detail fetches what stands to the right of a node if that takes longer than the
	// node itself. Until it is final it is asked for again, while the node is seen.
	Detail(ctx context.Context, node Node) (detail string, final bool, err error)
	// Open is the screen behind a node, nil if there is none; ok is false if the node
	// is of another world.
	Open(env *Env, id string) (p Pane, ok bool)
}
