package server

import (
	"cmp"
	"slices"
	"time"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/postgres/sysview"
)

// noteActors remembers a store of actors, so that they can be listed. Those that were
// closed are forgotten.
func (s *stores) noteActors(store *actor.Store) {
	s.systems.Lock()
	defer s.systems.Unlock()
	s.actors = append(slices.DeleteFunc(s.actors, (*actor.Store).Closed), store)
}

// actorStores are the stores of actors that are open.
func (s *stores) actorStores() []*actor.Store {
	s.systems.Lock()
	defer s.systems.Unlock()
	return slices.Clone(s.actors)
}

// Actors implements admin.Source.
func (s *Server) Actors() []admin.Actor { return s.stores.listActors() }

func (s *stores) listActors() []admin.Actor {
	list := []admin.Actor{}
	for _, store := range s.actorStores() {
		list = s.appendActors(list, store)
	}
	slices.SortFunc(list, func(a, b admin.Actor) int {
		return cmp.Or(cmp.Compare(b.Protocol, a.Protocol), cmp.Compare(a.Partition, b.Partition))
	})
	return list
}

func (s *stores) appendActors(list []admin.Actor, store *actor.Store) []admin.Actor {
	now := time.Now()
	saved := moment(store.SavedAt())
	sql := store.Kind != redisKind
	engine := s.engine.Load()
	for _, i := range store.Infos() {
		a := admin.Actor{
			Protocol: "redis", Name: i.Name, Partition: i.Number, State: "passive", ActiveSince: moment(i.Since),
			LastUsed: now.Add(-i.Idle).UTC().Truncate(time.Second), Messages: i.Messages,
			InMemory: i.InMemory, Keys: int64(i.Keys), Bytes: i.Bytes,
			Persistence: store.Persistence.String(), Unsaved: i.Unsaved, SavedAt: saved,
		}
		if i.Active {
			a.State = "active"
		}
		if sql {
			a.Protocol = "postgres"
		}
		list = append(list, a)
	}
	if !sql || engine == nil {
		return list
	}
	names := engine.StorageNames()
	for k := range list {
		if a := &list[k]; a.Protocol == "postgres" {
			n := names[a.Partition]
			a.Database, a.Schema, a.Relation = n.Database, n.Schema, n.Relation
		}
	}
	return list
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// sqlActors lists the actors for orbit.actors.
func (s *stores) sqlActors() []sysview.Actor {
	all := s.listActors()
	rows := make([]sysview.Actor, len(all))
	for k := range all {
		a := &all[k]
		r := sysview.Actor{
			Protocol: a.Protocol, Name: a.Name, Partition: a.Partition, Database: a.Database, Schema: a.Schema, Relation: a.Relation,
			Active: a.State == "active", LastUsed: a.LastUsed, Messages: a.Messages, InMemory: a.InMemory, Keys: a.Keys, Bytes: a.Bytes,
			Persistence: a.Persistence, Unsaved: a.Unsaved,
		}
		if a.ActiveSince != nil {
			r.Since = *a.ActiveSince
		}
		if a.SavedAt != nil {
			r.SavedAt = *a.SavedAt
		}
		rows[k] = r
	}
	return rows
}
