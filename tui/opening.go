package tui

import (
	"context"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// Opened is a data directory that can be asked: by a server that holds it, if it is
// live, or by this process.
type Opened struct {
	Client *admin.Client
	Live   bool
}

// opening is the program's model. Until the directory is open, which takes its time
// where a journal has to be read, it says so; from then on it is the App.
type opening struct {
	env  *pane.Env
	dir  string
	open func(ctx context.Context) (Opened, error)
	// turn is held by whoever opens the directory, and by Run once it is over.
	turn sync.Mutex
	over bool

	fetch  pane.Fetch[Opened]
	failed error
	timing *timing
	early  []tea.Msg // what the terminal said of itself until then
	app    *App
	width  int
	height int
	frame  string
}

// Init implements tea.Model.
func (o *opening) Init() tea.Cmd {
	return o.fetch.Start(0, func(ctx context.Context) (Opened, error) {
		o.turn.Lock()
		defer o.turn.Unlock()
		if o.over {
			return Opened{}, context.Canceled
		}
		return o.open(ctx)
	})
}

// end closes what was opened. What is still being opened is waited for.
func (o *opening) end() error {
	o.turn.Lock()
	defer o.turn.Unlock()
	o.over = true
	if o.app == nil {
		return nil
	}
	o.app.remember()
	return o.env.Source.Close()
}

// Update implements tea.Model. Keys that come too early are dropped.
func (o *opening) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if o.app != nil {
		_, cmd := o.app.Update(msg)
		return o, cmd
	}
	if opened, err, ok := o.fetch.Take(msg); ok {
		if err != nil {
			o.failed = err
			return o, tea.Quit
		}
		return o, o.begin(opened)
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		o.width, o.height = msg.Width, msg.Height
		o.early = append(o.early, msg)
	case tea.ColorProfileMsg:
		o.early = append(o.early, msg)
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+c" || o.env.Keys.Is(msg, keymap.Quit) {
			o.fetch.Stop()
			return o, tea.Quit
		}
	}
	return o, nil
}

// begin makes the App.
func (o *opening) begin(opened Opened) tea.Cmd {
	o.env.Source = source.New(opened.Client, o.dir, opened.Live)
	o.app = New(o.env)
	o.app.timing = o.timing
	cmds := []tea.Cmd{o.app.Init()}
	for _, msg := range o.early {
		_, cmd := o.app.Update(msg)
		cmds = append(cmds, cmd)
	}
	return tea.Batch(cmds...)
}

// View implements tea.Model.
func (o *opening) View() tea.View {
	if o.app != nil {
		return o.app.View()
	}
	v := tea.NewView(o.render())
	v.AltScreen = true
	if o.timing != nil {
		o.timing.drawn(v.Content != o.frame, false)
	}
	o.frame = v.Content
	return v
}

func (o *opening) render() string {
	if o.width <= 0 || o.height <= 0 {
		return ""
	}
	t := o.env.Theme
	lines := make([]string, max(o.height-1, 0)/2)
	if len(lines) > 0 {
		lines[0] = t.Brand.Render(" orbit ")
	}
	text := ansi.Truncate("opening "+widget.Clean(o.dir)+" …", o.width, "…")
	text = strings.Repeat(" ", (o.width-ansi.StringWidth(text))/2) + t.Dim.Render(text)
	return widget.Frame(append(lines, text), o.width, o.height)
}
