package tree

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
)

// counts are the details that are fetched, one at a time: of the lines that are seen,
// the one that was asked for longest ago.
type counts struct {
	pane.Fetch[detail]
	clock int
	of    *node
}

type detail struct {
	text  string
	final bool
}

type tickMsg struct{ clock int }

// Counts that are exact are taken again after recount; between two that are not is a
// pause, so that counting costs the server little.
const (
	recount = 10 * time.Second
	pause   = 50 * time.Millisecond
)

// count begins to fetch the next detail that is wanted.
func (t *Tree) count() tea.Cmd {
	if t.counts.Busy() {
		return nil
	}
	var next *node
	for i := t.scroll.Offset; i < len(t.lines) && i < t.scroll.Offset+t.height; i++ {
		n := t.lines[i]
		if !n.Counted || n.counted && time.Since(n.asked) < recount {
			continue
		}
		if next == nil || n.asked.Before(next.asked) {
			next = n
		}
	}
	if next == nil {
		return t.tick(time.Second)
	}
	next.asked = time.Now()
	t.counts.of = next
	world, at := next.world, next.Node
	return t.counts.Start(fetchTimeout, func(ctx context.Context) (detail, error) {
		text, final, err := world.Detail(ctx, at)
		return detail{text, final}, err
	})
}

func (t *Tree) counted(d detail, err error) tea.Cmd {
	n := t.counts.of
	if err != nil {
		n.counted = true // the list says what is wrong; here it is tried again later
		return t.tick(time.Second)
	}
	n.Detail, n.counted = d.text, d.final
	if d.final {
		return t.count()
	}
	return t.tick(pause)
}

func (t *Tree) tick(after time.Duration) tea.Cmd {
	t.counts.clock++
	clock := t.counts.clock
	return tea.Tick(after, func(time.Time) tea.Msg { return tickMsg{clock} })
}

type previewMsg struct{ clock int }

// settle is how long the cursor rests on a line before what is behind it is shown.
const settle = 80 * time.Millisecond

// arrived is called when the cursor has moved.
func (t *Tree) arrived() tea.Cmd {
	t.clock++
	clock := t.clock
	cmds := []tea.Cmd{tea.Tick(settle, func(time.Time) tea.Msg { return previewMsg{clock} })}
	if n := t.at(t.scroll.Cursor); n != nil && n.world == nil {
		cmds = append(cmds, t.more(n.parent))
	}
	return tea.Batch(cmds...)
}
