package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Actor is an element of what GET /actors answers: a partition in memory and the
// actor that owns it. Fields are only ever added.
type Actor struct {
	Protocol  string `json:"protocol"` // redis or postgres
	Name      string `json:"name"`
	Partition uint64 `json:"partition"`
	// The table or index that lies in it, absent where there is none.
	Database string `json:"database,omitempty"`
	Schema   string `json:"schema,omitempty"`
	Relation string `json:"relation,omitempty"`
	// State is active or passive: an actor that nobody needed for a while is passive.
	State       string     `json:"state"`
	ActiveSince *time.Time `json:"active_since,omitempty"`
	// LastUsed is as exact as the janitor looks, a second or so.
	LastUsed time.Time `json:"last_used"`
	Messages uint64    `json:"messages_total"`
	// InMemory says that the data is; else it is loaded when somebody wants it.
	InMemory    bool   `json:"in_memory"`
	Keys        int64  `json:"keys"`  // of what is in memory
	Bytes       int64  `json:"bytes"` // of those keys and their values
	Persistence string `json:"persistence"`
	// Unsaved says that the last snapshot, of SavedAt, is older than the data.
	Unsaved bool       `json:"unsaved"`
	SavedAt *time.Time `json:"saved_at,omitempty"`
}

// Actors asks for the actors. It returns ErrNoServer, wrapped, when none runs.
func (c *Client) Actors(ctx context.Context) ([]Actor, error) {
	body, err := c.get(ctx, "/actors")
	if err != nil {
		return nil, err
	}
	var list []Actor
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	return list, nil
}

// actors counts the actors of each protocol and what they hold.
func (e emitter) actors(list []Actor) {
	type sum struct{ all, active, keys, bytes float64 }
	sums := map[string]*sum{}
	for i := range list {
		a := &list[i]
		s := sums[a.Protocol]
		if s == nil {
			s = &sum{}
			sums[a.Protocol] = s
		}
		s.all++
		if a.State == "active" {
			s.active++
		}
		s.keys += float64(a.Keys)
		s.bytes += float64(a.Bytes)
	}
	for protocol, s := range sums {
		l := []string{"protocol", protocol}
		e.gauge("orbit_actor_partitions", "Partitions that actors own.", s.all, l...)
		e.gauge("orbit_actor_active", "Actors that are active.", s.active, l...)
		e.gauge("orbit_actor_keys", "Keys in the memory of actors.", s.keys, l...)
		e.gauge("orbit_actor_bytes", "Bytes of keys and values in the memory of actors.", s.bytes, l...)
	}
}
