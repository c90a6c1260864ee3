package keys

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// list is the keys of a database that begin with a prefix.
type list struct {
	env    *pane.Env
	db     int
	prefix string
	rows   []survey.KeyRow
	fetch  pane.Fetch[*survey.Listing]
	failed error
	scroll widget.Scroll
	height int
}

func newList(env *pane.Env, db int, prefix string) *list {
	return &list{env: env, db: db, prefix: prefix}
}

// Init implements pane.Pane.
func (l *list) Init() tea.Cmd { return l.load() }

// Close implements pane.Closer.
func (l *list) Close() { l.fetch.Cancel() }

// Place implements pane.Placer.
func (l *list) Place() string { return fmt.Sprintf("%s/%d/%s", root, l.db, l.prefix) }

// Title implements pane.Pane.
func (l *list) Title() string {
	return fmt.Sprintf("db%d %s", l.db, widget.Clean(l.prefix))
}

// Keys implements pane.Pane.
func (l *list) Keys() []keymap.Action { return l.env.Keys.List(keymap.Open) }

func (l *list) load() tea.Cmd {
	db, prefix := l.db, l.prefix
	return l.fetch.Start(30*time.Second, func(ctx context.Context) (*survey.Listing, error) {
		return l.env.Source.Admin().ListKeys(ctx, admin.KeyList{Filter: admin.KeyFilter{Databases: []int{db}, Match: []string{prefix + "*"}}, Order: "name", Limit: 500, Budget: 200 * time.Millisecond})
	})
}

// Update implements pane.Pane.
func (l *list) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if found, err, ok := l.fetch.Take(msg); ok {
		if l.failed = err; err == nil {
			l.rows = found.Keys
		}
		return l, nil
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		l.scroll.Key(l.env.Keys, msg, len(l.rows), l.height)
	case pane.Changed:
		return l, l.load()
	}
	return l, nil
}

// View implements pane.Pane.
func (l *list) View(width, height int) string {
	l.height = height
	var lines []string
	for i := l.scroll.Offset; i < len(l.rows) && len(lines) < height; i++ {
		row := &l.rows[i]
		line := widget.Spread(widget.Clean(string(row.Key)), row.Type+" "+widget.FitRight(widget.Bytes(row.Bytes), 7)+" ", width)
		if i == l.scroll.Cursor {
			line = l.env.Theme.Selected.Render(line)
		}
		lines = append(lines, line)
	}
	if l.failed != nil {
		lines = []string{l.env.Theme.Bad.Render(widget.Clean(l.failed.Error()))}
	}
	return widget.Frame(lines, width, height)
}
