package observe

import (
	"context"
	"fmt"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/pane"
)

// change is a change of mode under way. It goes on while other screens are shown, and
// ends with the program.
type change struct {
	protocol, mode string
	cancel         context.CancelFunc

	mu       sync.Mutex
	progress admin.ModeProgress
	ended    bool
}

// begin starts one; the command ends with it.
func begin(env *pane.Env, o admin.ModeChange) (*change, tea.Cmd) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &change{protocol: o.Protocol, mode: o.Mode, cancel: cancel}
	client := env.Source.Admin()
	return c, func() tea.Msg {
		defer cancel()
		err := client.ChangeMode(ctx, o, func(p admin.ModeProgress) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.progress = p
		})
		c.mu.Lock()
		c.ended = true
		p := c.progress
		c.mu.Unlock()
		switch {
		case err != nil && ctx.Err() != nil:
			return pane.Toast{Text: fmt.Sprintf("the change of %s was given up", c.protocol), Level: pane.Warning}
		case err != nil:
			return pane.Toast{Text: err.Error(), Level: pane.Failure}
		}
		said := fmt.Sprintf("%s is in mode %s: %d entries were moved", c.protocol, c.mode, p.Keys)
		if o.Discard {
			said = fmt.Sprintf("%s is in mode %s, and empty", c.protocol, c.mode)
		}
		return tea.BatchMsg{pane.Say(said), pane.Ask(pane.Changed{})}
	}
}

// now is how far it has come; ok is false when it has ended, or never began.
func (c *change) now() (p admin.ModeProgress, ok bool) {
	if c == nil {
		return p, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress, !c.ended
}
