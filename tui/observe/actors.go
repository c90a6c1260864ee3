package observe

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// newActors is the partitions in memory and the actors that own them.
func newActors(env *pane.Env) *sheet {
	s := newSheet(env, "actors", "Actors", []widget.Column{
		{Title: "actor"},
		{Title: "kind"},
		{Title: "holds"},
		{Title: "state"},
		{Title: "keys", Right: true},
		{Title: "bytes", Right: true},
		{Title: "messages", Right: true},
		{Title: "active for", Right: true},
		{Title: "unused for", Right: true},
		{Title: "persistence"},
		{Title: "snapshot"},
	})
	s.empty = "there are no actors: all data lies in persistent storage"
	s.get = func(ctx context.Context) (page, error) {
		list, err := env.Source.Admin().Actors(ctx)
		if err != nil {
			return page{}, err
		}
		p, now := page{}, time.Now()
		var keys, bytes int64
		active := 0
		for i := range list {
			a := &list[i]
			p.entries = append(p.entries, actorEntry(a, now))
			keys, bytes = keys+a.Keys, bytes+a.Bytes
			if a.State == "active" {
				active++
			}
		}
		if len(list) > 0 {
			p.note = fmt.Sprintf("%d partitions, %d active; %s keys and %s in memory", len(list), active, widget.Grouped(keys), widget.Bytes(bytes))
		}
		return p, nil
	}
	return s
}

func actorEntry(a *admin.Actor, now time.Time) entry {
	holds := "keys of partition " + strconv.FormatUint(a.Partition, 10)
	if a.Protocol == "postgres" {
		holds = a.Schema + "." + a.Relation
		if a.Relation == "" {
			holds = "storage " + strconv.FormatUint(a.Partition, 10)
		}
	}
	state := words(a.State).toned("dim")
	if a.State == "active" {
		state = state.toned("good")
	}
	keys, bytes := field{text: "–", tone: "dim", n: -1, number: true}, field{text: "–", tone: "dim", n: -1, number: true}
	if a.InMemory {
		keys, bytes = num(float64(a.Keys), widget.Grouped(a.Keys)), num(float64(a.Bytes), widget.Bytes(a.Bytes))
	}
	age := field{n: -1, number: true}
	if a.ActiveSince != nil && a.State == "active" {
		age = span(max(now.Sub(*a.ActiveSince), 0))
	}
	snapshot := field{n: 0, number: true}
	if a.SavedAt != nil {
		snapshot = field{text: when(*a.SavedAt), n: float64(a.SavedAt.Unix()), number: true}
	}
	if a.Unsaved && a.Persistence == "snapshot" {
		snapshot.text += " changed since"
		snapshot.tone = "warn"
	}
	return entry{id: a.Protocol + " " + a.Name, fields: []field{
		words(a.Name), words(a.Protocol), words(holds), state, keys, bytes, num(float64(a.Messages), widget.Grouped(int64(a.Messages))),
		age, span(max(now.Sub(a.LastUsed), 0)), words(a.Persistence), snapshot,
	}}
}
