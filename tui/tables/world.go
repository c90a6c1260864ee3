package tables

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// root is the first part of the places of this world:
// tables/<database>/<schema>/<relation>, each escaped as in a URL.
const root = "tables"

// branchSize is how many relations the tree asks for at a time.
const branchSize = 500

// World is databases, schemas and relations in the tree.
type World struct {
	env *pane.Env

	mu        sync.Mutex
	databases map[string]*source.SQL
}

var _ pane.World = (*World)(nil)

// NewWorld makes it.
func NewWorld(env *pane.Env) *World {
	return &World{env: env, databases: map[string]*source.SQL{}}
}

// database gives access to a database.
func (w *World) database(name string) *source.SQL {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.databases[name] == nil {
		w.databases[name] = w.env.Source.Database(name, w.env.ReadOnly)
	}
	return w.databases[name]
}

// place makes a place of its parts.
func place(parts ...string) string {
	id := root
	for _, p := range parts {
		id += "/" + url.PathEscape(p)
	}
	return id
}

// parts are those of a place: database, schema, relation, as far as it has them.
func parts(id string) (names []string, ok bool) {
	if id == root {
		return nil, true
	}
	rest, ok := strings.CutPrefix(id, root+"/")
	if !ok {
		return nil, false
	}
	for p := range strings.SplitSeq(rest, "/") {
		name, err := url.PathUnescape(p)
		if err != nil {
			return nil, false
		}
		names = append(names, name)
	}
	return names, len(names) <= 3
}

// Roots implements pane.World.
func (w *World) Roots() []pane.Node {
	return []pane.Node{{ID: root, Label: "Tables", Branch: true, Expanded: true, Empty: "no schemas"}}
}

// Children implements pane.World.
func (w *World) Children(ctx context.Context, node pane.Node, after string) (children []pane.Node, more bool, err error) {
	names, ok := parts(node.ID)
	if !ok {
		return nil, false, nil
	}
	switch len(names) {
	case 0:
		children, err = w.databaseNodes(ctx)
		return children, false, err
	case 1:
		children, err = w.schemaNodes(ctx, names[0])
		return children, false, err
	case 2:
		return w.relationNodes(ctx, names[0], names[1], after)
	}
	return nil, false, nil
}

// databaseNodes are the databases; if there is but one, its schemas.
func (w *World) databaseNodes(ctx context.Context) (nodes []pane.Node, err error) {
	databases, err := w.database(pane.MainDatabase).Databases(ctx)
	if err != nil {
		return nil, err
	}
	if len(databases) == 1 {
		return w.schemaNodes(ctx, databases[0])
	}
	for _, name := range databases {
		nodes = append(nodes, pane.Node{ID: place(name), Label: widget.Clean(name), Branch: true, Expanded: name == pane.MainDatabase, Empty: "no schemas"})
	}
	return nodes, nil
}

// fewSchemas is how many are open from the start: tables of others are not found by their
// name before.
const fewSchemas = 5

func (w *World) schemaNodes(ctx context.Context, database string) (nodes []pane.Node, err error) {
	schemas, err := w.database(database).Schemas(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range schemas {
		nodes = append(nodes, pane.Node{
			ID: place(database, s.Name), Label: widget.Clean(s.Name), Detail: widget.Count(int64(s.Relations)), Branch: true,
			Expanded: s.Name == "public" || len(schemas) <= fewSchemas, Empty: "no tables",
		})
	}
	return nodes, nil
}

func (w *World) relationNodes(ctx context.Context, database, schema, after string) (nodes []pane.Node, more bool, err error) {
	last := ""
	if names, ok := parts(after); ok && len(names) == 3 {
		last = names[2]
	}
	relations, more, err := w.database(database).Relations(ctx, schema, last, branchSize)
	if err != nil {
		return nil, false, err
	}
	for i := range relations {
		r := &relations[i]
		n := pane.Node{ID: place(database, schema, r.Name), Label: widget.Clean(r.Name), Detail: r.KindName()}
		if r.Kind == 'r' && r.Rows >= 0 {
			n.Detail = widget.Count(r.Rows)
		}
		nodes = append(nodes, n)
	}
	return nodes, more, nil
}

// Detail implements pane.World.
func (w *World) Detail(context.Context, pane.Node) (detail string, final bool, err error) {
	return "", true, nil
}

// Open implements pane.World.
func (w *World) Open(env *pane.Env, id string) (pane.Pane, bool) {
	names, ok := parts(id)
	if len(names) > 0 {
		env.State.Set(pane.Database, names[0]) // the prompt follows
	}
	switch {
	case !ok:
		return nil, false
	case len(names) == 0:
		return newList(env, w, pane.MainDatabase, "public"), true
	case len(names) == 1:
		return newList(env, w, names[0], "public"), true
	case len(names) == 2:
		return newList(env, w, names[0], names[1]), true
	}
	return newRelation(env, w.database(names[0]), names[1], names[2]), true
}
