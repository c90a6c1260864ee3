package observe

import (
	"context"
	"strings"

	"github.com/orbit-server/orbit/tui/pane"
)

// root is the first part of the places of this world: observe/<screen>.
const root = "observe"

// World is the screens of this package in the tree.
type World struct {
	history history // goes on where it was when the overview is shown again
	change  *change // of a mode, the last one; it goes on while another screen is shown
}

var _ pane.World = (*World)(nil)

// NewWorld makes it.
func NewWorld(*pane.Env) *World { return &World{} }

// screens are the lines of the tree, in order.
var screens = []struct {
	name, label string
	open        func(env *pane.Env, w *World) pane.Pane
}{
	{"overview", "Overview", func(env *pane.Env, w *World) pane.Pane { return newOverview(env, w) }},
	{"clients", "Clients", func(env *pane.Env, _ *World) pane.Pane { return newClients(env) }},
	{"slow", "Slow", func(env *pane.Env, _ *World) pane.Pane { return newSlow(env) }},
	{"events", "Events", func(env *pane.Env, _ *World) pane.Pane { return newEvents(env) }},
	{"actors", "Actors", func(env *pane.Env, _ *World) pane.Pane { return newActors(env) }},
	{"modes", "Modes", func(env *pane.Env, w *World) pane.Pane { return newModes(env, w) }},
}

func place(name string) string { return root + "/" + name }

// Roots implements pane.World.
func (w *World) Roots() []pane.Node {
	return []pane.Node{{ID: root, Label: "Observe", Branch: true, Expanded: true}}
}

// Children implements pane.World.
func (w *World) Children(_ context.Context, node pane.Node, _ string) (children []pane.Node, more bool, err error) {
	if node.ID != root {
		return nil, false, nil
	}
	for _, s := range screens {
		children = append(children, pane.Node{ID: place(s.name), Label: s.label})
	}
	return children, false, nil
}

// Detail implements pane.World.
func (w *World) Detail(context.Context, pane.Node) (detail string, final bool, err error) {
	return "", true, nil
}

// Open implements pane.World.
func (w *World) Open(env *pane.Env, id string) (pane.Pane, bool) {
	name, ok := strings.CutPrefix(id, root)
	if !ok || name != "" && name[0] != '/' {
		return nil, false
	}
	for _, s := range screens {
		if name == "/"+s.name || name == "" {
			return s.open(env, w), true
		}
	}
	return nil, true
}
