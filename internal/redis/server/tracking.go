package server

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// tracking remembers which client read which key, by the keys' names alone, as
// redis-server does. Clients that have gone are dropped when their keys change.
type tracking struct {
	count atomic.Int64 // clients that track
	limit *atomic.Int64

	mu      sync.Mutex
	keys    map[string]map[int64]struct{} // ids of clients
	items   int                           // of all keys
	clients map[*session]struct{}
	// broadcast are the keys of this round of events, to be sent in one message for
	// each prefix.
	broadcast map[*session][]gathered
}

// gathered are keys with the same prefix of those that a client named.
type gathered struct {
	prefix string
	keys   [][]byte
}

// remember notes that a client may cache keys. They are locked, so that nobody
// changes them unnoticed.
func (t *tracking) remember(srv *Server, s *session, keys [][]byte) {
	mode := s.shared.tracking.Load()
	if mode == nil || mode.Broadcast || (mode.OptIn && !s.caching) || (mode.OptOut && s.caching) {
		return
	}
	t.mu.Lock()
	if t.keys == nil {
		t.keys = make(map[string]map[int64]struct{})
	}
	for _, key := range keys {
		if t.keys[string(key)] == nil {
			t.keys[string(key)] = make(map[int64]struct{})
		}
		readers := t.keys[string(key)]
		if _, known := readers[s.id]; !known {
			readers[s.id] = struct{}{}
			t.items++
		}
	}
	t.mu.Unlock()
	t.shrink(srv)
}

// shrink makes room when there are more keys than tracking-table-max-keys: those
// who read what goes are told that it changed.
func (t *tracking) shrink(srv *Server) {
	var evicted []string
	limit := int(t.limit.Load())
	t.mu.Lock()
	for key := range t.keys {
		if limit == 0 || len(t.keys)-len(evicted) <= limit {
			break
		}
		evicted = append(evicted, key)
	}
	t.mu.Unlock()
	for _, key := range evicted {
		t.forget(srv, key)
	}
}

// forget has a key's readers drop it, to make room.
func (t *tracking) forget(srv *Server, key string) {
	m := invalidation([]byte(key))
	for _, client := range t.take(srv, key) {
		client.sendInvalidation(m)
	}
}

// take removes a key and returns those who read it.
func (t *tracking) take(srv *Server, key string) (readers []*session) {
	t.mu.Lock()
	ids := t.keys[key]
	delete(t.keys, key)
	t.items -= len(ids)
	t.mu.Unlock()
	for id := range ids {
		if client := srv.clients.get(id); client != nil {
			if mode := client.shared.tracking.Load(); mode != nil && !mode.Broadcast {
				readers = append(readers, client)
			}
		}
	}
	return readers
}

// changed tells of a key that by, nil for the server itself, has modified. The
// key is locked still.
func (t *tracking) changed(srv *Server, key []byte, by *session) {
	if t.count.Load() == 0 {
		return
	}
	readers := t.take(srv, string(key))
	t.mu.Lock()
	for client := range t.clients {
		mode := client.shared.tracking.Load()
		if mode == nil || (mode.NoLoop && client == by) {
			continue
		}
		if prefix, ok := mode.covers(key); ok {
			t.gather(client, by, prefix, key)
		}
	}
	t.mu.Unlock()
	if len(readers) == 0 {
		return
	}
	m := invalidation(key)
	for _, client := range readers {
		mode := client.shared.tracking.Load()
		switch {
		case mode == nil || mode.NoLoop && client == by:
		case client == by && by.served():
			w := by.shared.waits.Load()
			w.after = append(w.after, m)
		default:
			client.sendInvalidation(m)
		}
	}
}

// served reports whether the session waits: if a command of its runs then, it is
// the one that it waits with, and messages that this causes come after its reply.
func (s *session) served() bool { return s.shared.waits.Load() != nil }

// gather adds a key, modified by a client, to what will be broadcast to another.
// The mutex is held.
func (t *tracking) gather(client, by *session, prefix string, key []byte) {
	if t.broadcast == nil {
		t.broadcast = make(map[*session][]gathered)
	}
	all := t.broadcast[client]
	if all == nil && !(client == by && by.served()) {
		client.worker.post(func() { t.sendBroadcast(client) })
	}
	i := slices.IndexFunc(all, func(g gathered) bool { return g.prefix == prefix })
	if i < 0 {
		i, all = len(all), append(all, gathered{prefix: prefix})
		t.broadcast[client] = all
	}
	g := &all[i]
	if len(g.keys) > dedupe || !slices.ContainsFunc(g.keys, func(k []byte) bool { return bytes.Equal(k, key) }) {
		g.keys = append(g.keys, bytes.Clone(key))
	}
}

// stats counts what is remembered.
func (t *tracking) stats() command.TrackingStats {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats := command.TrackingStats{Clients: len(t.clients), Keys: len(t.keys), Items: t.items}
	prefixes := make(map[string]struct{})
	for client := range t.clients {
		mode := client.shared.tracking.Load()
		switch {
		case mode == nil || !mode.Broadcast:
		case len(mode.Prefixes) == 0:
			prefixes[""] = struct{}{}
		default:
			for _, prefix := range mode.Prefixes {
				prefixes[prefix] = struct{}{}
			}
		}
	}
	stats.Prefixes = len(prefixes)
	return stats
}

// dedupe is the number of keys among which a message names none twice.
const dedupe = 128

// sendBroadcast sends a client what has gathered for it.
func (t *tracking) sendBroadcast(s *session) {
	t.mu.Lock()
	all := t.broadcast[s]
	delete(t.broadcast, s)
	t.mu.Unlock()
	if s.closed {
		return
	}
	for _, g := range all {
		s.sendInvalidation(invalidation(g.keys...))
	}
}

// flushed tells everybody that all keys changed.
func (t *tracking) flushed() {
	t.mu.Lock()
	clear(t.keys)
	t.items = 0
	clients := make([]*session, 0, len(t.clients))
	for client := range t.clients {
		clients = append(clients, client)
	}
	t.mu.Unlock()
	m := invalidation()
	for _, client := range clients {
		client.sendInvalidation(m)
	}
}

// mode is a Tracking with what the server looks up in it.
type mode struct{ command.Tracking }

// covers reports whether a key is broadcast to the client, and for which of its
// prefixes.
func (m *mode) covers(key []byte) (prefix string, ok bool) {
	if !m.Broadcast {
		return "", false
	}
	for _, prefix := range m.Prefixes {
		if strings.HasPrefix(string(key), prefix) {
			return prefix, true
		}
	}
	return "", len(m.Prefixes) == 0
}

// Tracking is command.Tracker's.
func (s *session) Tracking() *command.Tracking {
	if m := s.shared.tracking.Load(); m != nil {
		return &m.Tracking
	}
	return nil
}

// SetTracking is command.Tracker's.
func (s *session) SetTracking(to *command.Tracking) {
	t := &s.worker.srv.tracking
	t.mu.Lock()
	defer t.mu.Unlock()
	s.caching = false
	s.setFlag(flagBrokenRedirect, false)
	if to == nil {
		s.shared.tracking.Store(nil)
		delete(t.clients, s)
		delete(t.broadcast, s)
		if len(t.clients) == 0 {
			clear(t.keys)
			t.items = 0
		}
	} else {
		if t.clients == nil {
			t.clients = make(map[*session]struct{})
		}
		s.shared.tracking.Store(&mode{*to})
		t.clients[s] = struct{}{}
	}
	t.count.Store(int64(len(t.clients)))
}

// SetCaching is command.Tracker's.
func (s *session) SetCaching() { s.caching = true }

// Caching is command.Tracker's.
func (s *session) Caching() bool { return s.caching }

func (s *session) stopTracking() {
	if s.shared.tracking.Load() != nil {
		s.SetTracking(nil)
	}
}

// sender is the client whose command this is, and the command that runs a script
// if it is a script's.
func sender(c *command.Ctx) (by *session, script *command.Ctx) {
	from := c.Session
	if scripted, ok := from.(command.Scripted); ok {
		script = scripted.Script()
		from = script.Session
	}
	by, _ = from.(*session)
	return by, script
}

// remember notes what a client may cache: the keys that it read or, if it ran a
// script that read any, those that it named for the script.
func (s *Server) remember(by *session, script *command.Ctx, keys [][]byte) {
	if by == nil || by.shared.tracking.Load() == nil {
		return
	}
	if script != nil {
		var err error
		if keys, err = script.Spec.AppendKeys(nil, script.Args); err != nil {
			return
		}
	}
	s.tracking.remember(s, by, keys)
}
