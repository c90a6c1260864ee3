package keys

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// item is an element of a collection by itself: a text like a string's.
type item struct {
	env   *pane.Env
	db    int
	key   string
	typ   string
	of    source.Item
	fetch pane.Fetch[string]
	text  text
	query string
}

func newItem(env *pane.Env, db int, key, typ string, of source.Item) *item {
	i := &item{env: env, db: db, key: key, typ: typ, of: of}
	i.text.init()
	shown := of.Value
	if typ == "set" || typ == "zset" {
		shown = of.Name
	}
	if of.Size == 0 {
		i.text.set([]byte(shown))
	}
	return i
}

// Init implements pane.Pane.
func (i *item) Init() tea.Cmd {
	if i.of.Size == 0 || i.text.raw != nil {
		return nil
	}
	db, key, typ, of := i.db, i.key, i.typ, i.of
	return i.fetch.Start(fetchTimeout, func(ctx context.Context) (string, error) { return i.env.Source.Item(ctx, db, key, typ, of, mostText) })
}

// Close implements pane.Closer.
func (i *item) Close() { i.fetch.Cancel() }

// Title implements pane.Pane.
func (i *item) Title() string { return widget.Clean(i.key) + " · " + widget.Clean(short(i.of.Name)) }

// Note implements pane.Noter.
func (i *item) Note() string {
	return i.env.Theme.Dim.Render(i.text.note(max(i.of.Size, int64(len(i.text.raw)))))
}

// Keys implements pane.Pane.
func (i *item) Keys() []keymap.Action {
	return i.env.Keys.List(keymap.ValueForm, keymap.ValueWrap, keymap.ValueCopy, keymap.ValueNext, keymap.ValuePrev)
}

// Update implements pane.Pane.
func (i *item) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if got, err, ok := i.fetch.Take(msg); ok {
		if err != nil {
			return i, pane.Fail(err)
		}
		i.text.set([]byte(got))
		return i, nil
	}
	switch msg := msg.(type) {
	case tea.MouseMsg:
		i.text.viewer.Mouse(msg)
	case tea.KeyPressMsg:
		switch i.env.Keys.In(msg, keymap.Value) {
		case keymap.ValueForm:
			i.text.nextForm()
		case keymap.ValueWrap:
			i.text.viewer.Wrap()
		case keymap.ValueNext:
			i.text.viewer.NextMatch(1)
		case keymap.ValuePrev:
			i.text.viewer.NextMatch(-1)
		case keymap.ValueCopy:
			said := "copied " + widget.Bytes(int64(len(i.text.raw)))
			if !i.text.whole(i.of.Size) {
				said += ", the beginning of it"
			}
			return i, tea.Batch(tea.SetClipboard(string(i.text.raw)), pane.Say(said))
		default:
			i.text.viewer.Key(i.env.Keys, msg)
		}
	}
	return i, nil
}

// Searching implements pane.Searcher.
func (i *item) Searching() string { return i.query }

// Search implements pane.Searcher.
func (i *item) Search(query string, _ bool) tea.Cmd {
	i.query = query
	i.text.viewer.Search(query)
	return nil
}

// View implements pane.Pane.
func (i *item) View(width, height int) string {
	i.text.viewer.Theme(i.env.Theme)
	return i.text.viewer.View(width, height)
}
