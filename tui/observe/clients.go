package observe

import (
	"context"
	"fmt"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// newClients is the clients of both protocols, which can be ended here.
func newClients(env *pane.Env) *sheet {
	s := newSheet(env, "clients", "Clients", []widget.Column{
		{Title: "protocol"},
		{Title: "id", Right: true},
		{Title: "name"},
		{Title: "address"},
		{Title: "idle", Right: true},
		{Title: "last command or query"},
		{Title: "state"},
		{Title: "db"},
		{Title: "user"},
		{Title: "age", Right: true},
		{Title: "memory", Right: true},
	})
	s.empty = "nobody is connected"
	s.actions = []keymap.ID{keymap.ObserveKill, keymap.ObserveCancel}
	s.get = func(ctx context.Context) (page, error) {
		peers, err := env.Source.Peers(ctx)
		if err != nil {
			return page{}, err
		}
		p := page{}
		if !env.Source.Live() {
			p.note = "offline: nobody but this program can be connected"
		}
		for i := range peers {
			p.entries = append(p.entries, clientEntry(&peers[i]))
		}
		return p, nil
	}
	s.act = func(id keymap.ID, e entry) tea.Cmd {
		peer, ok := e.of.(source.Peer)
		if !ok {
			return nil
		}
		if id == keymap.ObserveCancel {
			return cancelQuery(s, peer)
		}
		return kill(s, peer)
	}
	return s
}

func clientEntry(p *source.Peer) entry {
	id, _ := strconv.ParseInt(p.ID, 10, 64)
	memory := field{n: -1, number: true}
	if p.Memory >= 0 {
		memory = num(float64(p.Memory), widget.Bytes(p.Memory))
	}
	e := entry{id: p.Protocol + " " + p.ID, of: *p, fields: []field{
		words(p.Protocol), num(float64(id), p.ID), words(p.Name), words(p.Addr), span(p.Idle), words(p.Doing),
		words(p.State), words(p.Database), words(p.User), span(p.Age), memory,
	}}
	if p.Own {
		for i := range e.fields {
			e.fields[i].tone = "dim"
		}
	}
	return e
}

// span is a field of a duration; less than 0 is one that is not known.
func span(d time.Duration) field {
	if d < 0 {
		return field{n: -1, number: true}
	}
	return num(d.Seconds(), widget.Span(d))
}

// whose words a client.
func whose(p *source.Peer) string {
	text := fmt.Sprintf("the %s client %s", p.Protocol, p.ID)
	if p.Name != "" {
		text += " (" + p.Name + ")"
	}
	if p.Addr != "" {
		text += " at " + p.Addr
	}
	return text
}

func kill(s *sheet, p source.Peer) tea.Cmd {
	detail := "What it has not committed is undone."
	if p.Own {
		detail += "\nIt is this program's own: another is opened when it is needed."
	}
	who := whose(&p)
	return s.env.Ask(pane.Confirm{Question: "End the connection of " + who + "?", Detail: detail, Yes: s.doing(func(ctx context.Context) (string, error) {
		return "ended " + who, s.env.Source.Kill(ctx, p)
	})})
}

func cancelQuery(s *sheet, p source.Peer) tea.Cmd {
	switch {
	case p.Protocol != "postgres":
		return pane.Ask(pane.Toast{Text: "a Redis command cannot be cancelled: end the connection", Level: pane.Warning})
	case p.Idle > 0:
		return pane.Ask(pane.Toast{Text: "it runs no query", Level: pane.Info})
	}
	who := whose(&p)
	return s.env.Ask(pane.Confirm{Question: "Cancel the query of " + who + "?", Detail: p.Doing, Yes: s.doing(func(ctx context.Context) (string, error) {
		return "cancelled the query of " + who, s.env.Source.CancelQuery(ctx, p)
	})})
}
