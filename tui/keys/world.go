package keys

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// root is the first part of the places of this world: keys/<database>/<prefix>.
const root = "keys"

// World is databases and prefixes in the tree.
type World struct{ env *pane.Env }

var _ pane.World = (*World)(nil)

// NewWorld makes it.
func NewWorld(env *pane.Env) *World { return &World{env: env} }

// Roots implements pane.World.
func (w *World) Roots() []pane.Node {
	return []pane.Node{{ID: root, Label: "Keys", Branch: true, Expanded: true}}
}

// Children implements pane.World.
func (w *World) Children(ctx context.Context, node pane.Node, _ string) (children []pane.Node, more bool, err error) {
	if node.ID != root {
		return nil, false, nil
	}
	list, err := w.env.Source.Databases(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, d := range list {
		children = append(children, pane.Node{ID: fmt.Sprintf("%s/%d/", root, d.DB), Label: fmt.Sprintf("db%d", d.DB), Detail: widget.Count(d.Keys)})
	}
	return children, false, nil
}

// Detail implements pane.World.
func (w *World) Detail(context.Context, pane.Node) (detail string, final bool, err error) {
	return "", true, nil
}

// Open implements pane.World.
func (w *World) Open(env *pane.Env, id string) (pane.Pane, bool) {
	db, prefix, ok := parse(id)
	if !ok {
		return nil, false
	}
	return newList(env, db, prefix), true
}

// parse reads a place.
func parse(id string) (db int, prefix string, ok bool) {
	if id == root {
		return 0, "", true
	}
	rest, ok := strings.CutPrefix(id, root+"/")
	if !ok {
		return 0, "", false
	}
	number, prefix, _ := strings.Cut(rest, "/")
	db, err := strconv.Atoi(number)
	return db, prefix, err == nil && db >= 0
}
