package observe

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// newSlow is what took long, and the queries that run.
func newSlow(env *pane.Env) *sheet {
	s := newSheet(env, "slow", "Slow commands and queries", []widget.Column{
		{Title: "when"}, {Title: "took", Right: true}, {Title: "kind"}, {Title: "what"}, {Title: "client"},
	})
	s.empty = "nothing was slow"
	s.actions = []keymap.ID{keymap.ObserveReset}
	s.get = func(ctx context.Context) (page, error) {
		slow, err := env.Source.Slow(ctx)
		if err != nil {
			return page{}, err
		}
		p := page{note: slowNote(&slow)}
		for i := range slow.List {
			p.entries = append(p.entries, slowEntry(&slow.List[i]))
		}
		return p, nil
	}
	s.act = func(keymap.ID, entry) tea.Cmd {
		return s.env.Ask(pane.Confirm{
			Question: "Forget the slow log and the latency events?", Detail: "Whoever else reads them will not find them either.",
			Yes: s.doing(func(ctx context.Context) (string, error) {
				return "the slow log and the latency events are empty", env.Source.ResetSlow(ctx)
			}),
		})
	}
	return s
}

// slowNote says from when on something is in the list.
func slowNote(s *source.Slow) string {
	var parts []string
	if s.Redis {
		commands, events := "no commands are logged", "events are not monitored (latency-monitor-threshold)"
		if s.Threshold >= 0 {
			commands = "commands of " + s.Threshold.String() + " and more"
		}
		if s.Monitored > 0 {
			events = "events of " + s.Monitored.String() + " and more"
		}
		parts = append(parts, commands, events)
	}
	if s.Postgres {
		parts = append(parts, "SQL queries that run now")
	}
	return strings.Join(parts, "; ")
}

func slowEntry(s *source.Slowness) entry {
	what := s.What
	kind := words(s.Kind)
	switch s.Kind {
	case "event":
		what += fmt.Sprintf(" (at most %s)", s.Worst)
		kind = kind.toned("warn")
	case "query":
		kind = words("running query").toned("good")
	}
	return entry{id: s.Kind + " " + s.ID, of: *s, fields: []field{
		{text: when(s.At), n: float64(s.At.Unix()), number: true}, num(s.Took.Seconds(), took(s.Took)), kind, words(what), words(s.Client),
	}}
}

// when is a time of day, with its date if it is not today's.
func when(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.Local()
	if y, m, d := time.Now().Date(); at.Year() != y || at.Month() != m || at.Day() != d {
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format("15:04:05")
}

// took is how long something short took, in three digits or so.
func took(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return d.String()
	case d < 10*time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return widget.Span(d)
}
