package keys

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// root is the first part of the places of this world: keys/<database>/<prefix>.
const root = "keys"

// World is databases and prefixes in the tree.
type World struct {
	env *pane.Env

	mu     sync.Mutex
	counts map[string]*count // of prefixes, by place
	told   map[int]*source.Watch
}

// count is how far the counting of a prefix has come.
type count struct {
	keys, bytes int64
	next        []byte // where it goes on, nil before the first step
	shown       string // what the last complete counting gave
	begun       uint64 // the database's version when it began
	of          uint64 // when that complete one began, 0 if it is not known
}

var _ pane.World = (*World)(nil)

// NewWorld makes it.
func NewWorld(env *pane.Env) *World {
	return &World{env: env, counts: map[string]*count{}, told: map[int]*source.Watch{}}
}

// Roots implements pane.World.
func (w *World) Roots() []pane.Node {
	return []pane.Node{{ID: root, Label: "Keys", Branch: true, Expanded: true, Empty: "no databases"}}
}

// noPrefixes stands in the tree where no name has another part.
const noPrefixes = "no prefixes"

// level is how many branches are fetched together.
const level = 200

// Children implements pane.World.
func (w *World) Children(ctx context.Context, node pane.Node, after string) (children []pane.Node, more bool, err error) {
	if node.ID == root {
		return w.databases(ctx)
	}
	db, prefix, ok := parse(node.ID)
	if !ok {
		return nil, false, nil
	}
	separator := w.env.State.Get(pane.Separator, ":")
	var from []byte
	if _, last, ok := parse(after); ok && after != "" {
		from = append([]byte(last), 0xff) // behind what begins with it, or among the last of that
	}
	// Names without a separator are looked at one by one: a step may find nothing.
	for len(children) == 0 {
		found, err := w.env.Source.KeyChildren(ctx, db, prefix, separator, from, level)
		if err != nil {
			return nil, false, err
		}
		for _, p := range found.Prefixes {
			if id := place(db, string(p)); id != after {
				children = append(children, pane.Node{ID: id, Label: string(p[len(prefix):]), Branch: true, Counted: true, Empty: noPrefixes})
			}
		}
		if found.Next == nil {
			return children, false, nil
		}
		from = found.Next
	}
	return children, true, nil
}

func (w *World) databases(ctx context.Context) (children []pane.Node, more bool, err error) {
	list, err := w.env.Source.Databases(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, d := range list {
		children = append(children, pane.Node{
			ID: place(d.DB, ""), Label: fmt.Sprintf("db%d", d.DB), Branch: d.Keys > 0, Counted: true, Expanded: len(list) == 1 && d.Keys > 0, Empty: noPrefixes,
		})
	}
	return children, false, nil
}

// Detail implements pane.World. The keys of a database are known; those of a prefix are
// counted, some at a time.
func (w *World) Detail(ctx context.Context, node pane.Node) (detail string, final bool, err error) {
	db, prefix, ok := parse(node.ID)
	if !ok {
		return "", true, nil
	}
	if prefix == "" {
		list, err := w.env.Source.Databases(ctx)
		for _, d := range list {
			if d.DB == db {
				detail = widget.Count(d.Keys)
			}
		}
		return detail, true, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.counts[node.ID]
	if c == nil {
		c = &count{}
		w.counts[node.ID] = c
	}
	if c.next == nil {
		version := w.version(db)
		if c.shown != "" && version != 0 && version == c.of {
			return c.shown, true, nil // nothing changed since
		}
		c.begun = version
	}
	found, err := w.env.Source.CountKeys(ctx, db, source.KeyFilter{Prefix: prefix}, c.next)
	if err != nil {
		return c.shown, false, err
	}
	c.keys += found.Keys
	c.bytes += found.Bytes
	if found.Next == nil {
		c.shown = widget.Count(c.keys) + " " + widget.FitRight(widget.Bytes(c.bytes), 5)
		*c = count{shown: c.shown, of: c.begun}
		return c.shown, true, nil
	}
	c.next = found.Next
	if c.shown != "" {
		return c.shown, false, nil // it is counted again: the old one is the better guess
	}
	return widget.Count(c.keys) + "+", false, nil
}

// version is a number that is another after a key of the database changed, 0 if that is not
// known. The mutex is held.
func (w *World) version(db int) uint64 {
	watch := w.told[db]
	if watch == nil {
		watch = w.env.Source.WatchKeys(db, "", false)
		w.told[db] = watch
	}
	version, ok := watch.Version()
	if !ok {
		watch.Close()
		delete(w.told, db) // and tried again the next time
	}
	return version
}

// Open implements pane.World.
func (w *World) Open(env *pane.Env, id string) (pane.Pane, bool) {
	db, prefix, ok := parse(id)
	if !ok {
		return nil, false
	}
	return newList(env, db, prefix), true
}

// place is the place of a prefix.
func place(db int, prefix string) string { return fmt.Sprintf("%s/%d/%s", root, db, prefix) }

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
