package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/keys"
	"github.com/orbit-server/orbit/tui/observe"
	"github.com/orbit-server/orbit/tui/pane"
	prompts "github.com/orbit-server/orbit/tui/prompt"
	"github.com/orbit-server/orbit/tui/tables"
	"github.com/orbit-server/orbit/tui/tree"
)

// App is the root of the UI.
type App struct {
	env    *pane.Env
	worlds []pane.World
	tree   *tree.Tree
	width  int
	height int
	dark   bool

	history  history
	onTree   bool // the focus is on the tree
	hideTree bool
	overlay  overlay // what is over the screen, nil if nothing is
	toast    toast
	held     []tea.KeyPressMsg // typed while the screen waits for what will take the keys
	search   *searchLine

	server   pane.Fetch[admin.Status]
	status   admin.Status
	lost     error // why the server does not answer
	lostAt   time.Time
	attempts int
	clock    int

	timing *timing
	frame  string // the last one that was drawn
}

// New makes an App over a source.
func New(env *pane.Env) *App {
	a := &App{env: env, dark: true, onTree: true}
	a.worlds = worlds(env)
	a.tree = tree.New(env, a.worlds...)
	a.tree.Focus(true)
	a.history.show(a.first(), false)
	return a
}

// worlds are the halves of the tree, in order.
func worlds(env *pane.Env) []pane.World {
	return []pane.World{keys.NewWorld(env), tables.NewWorld(env), observe.NewWorld(env), prompts.NewWorld(env)}
}

// first is the screen that the user was last at, or the first that there is.
func (a *App) first() pane.Pane {
	if p := a.open(a.env.State.Get("place", "")); p != nil {
		return p
	}
	for _, w := range a.worlds {
		for _, n := range w.Roots() {
			if p, ok := w.Open(a.env, n.ID); ok && p != nil {
				return p
			}
		}
	}
	return nil
}

// open makes the screen of a place, nil if there is none.
func (a *App) open(place string) pane.Pane {
	for _, w := range a.worlds {
		if p, ok := w.Open(a.env, place); ok && place != "" {
			return p
		}
	}
	return nil
}

// remember notes where the user is.
func (a *App) remember() {
	if p, ok := a.history.now().(pane.Placer); ok {
		a.env.State.Set("place", p.Place())
	}
}

// Init implements tea.Model.
func (a *App) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, a.tree.Init(), a.history.now().Init(), a.askStatus())
}

// focused is the pane that gets the keys.
func (a *App) focused() pane.Pane {
	if a.onTree && a.treeShown() {
		return a.tree
	}
	return a.history.now()
}

func (a *App) focus(onTree bool) {
	a.onTree = onTree
	for _, p := range []pane.Pane{a.tree, a.history.now()} {
		if f, ok := p.(pane.Focuser); ok {
			f.Focus(p == a.focused())
		}
	}
}

// typing tells whether keys are text.
func (a *App) typing() bool {
	t, ok := a.focused().(pane.Typer)
	return ok && t.Typing()
}

// actions are what works now: the screen's own, then those that work everywhere.
func (a *App) actions() []keymap.Action {
	var list []keymap.Action
	for _, act := range append(a.focused().Keys(), a.env.Keys.Of(keymap.App)...) {
		if act.Writes && a.env.ReadOnly {
			continue
		}
		list = append(list, act)
	}
	return list
}
