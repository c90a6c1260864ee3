package server

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// tracking remembers which client read which key, by the keys' names alone, as
// redis-server does. Clients that have gone are dropped when their keys change.
type tracking struct {
	count atomic.Int64 // clients that track
	limit *atomic.Int64

	mu      sync.Mutex
	keys    map[string]map[int64]struct{} // ids of clients
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
	var evicted []string
	t.mu.Lock()
	if t.keys == nil {
		t.keys = make(map[string]map[int64]struct{})
	}
	for _, key := range keys {
		if t.keys[string(key)] == nil {
			t.keys[string(key)] = make(map[int64]struct{})
		}
		t.keys[string(key)][s.id] = struct{}{}
	}
	limit := int(t.limit.Load())
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
			t.gather(client, prefix, key)
		}
	}
	t.mu.Unlock()
	if len(readers) == 0 {
		return
	}
	m := invalidation(key)
	for _, client := range readers {
		if mode := client.shared.tracking.Load(); mode != nil && !(mode.NoLoop && client == by) {
			client.sendInvalidation(m)
		}
	}
}

// gather adds a key to what will be broadcast to a client. The mutex is held.
func (t *tracking) gather(client *session, prefix string, key []byte) {
	if t.broadcast == nil {
		t.broadcast = make(map[*session][]gathered)
	}
	all := t.broadcast[client]
	if all == nil {
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

// invalidation is the message that keys changed, all of them if none is named. A RESP2 client
// gets it as one of a channel.
func invalidation(keys ...[]byte) *pushed {
	m := &pushed{}
	for i := range m.forms {
		w := resp.Writer{Proto: 2 + i}
		if w.Proto < 3 {
			w.Array(3)
			w.BulkString("message")
			w.BulkString("__redis__:invalidate")
		} else {
			w.Push(2)
			w.BulkString("invalidate")
		}
		if len(keys) == 0 {
			w.NullArray()
		} else {
			w.Array(len(keys))
			for _, key := range keys {
				w.Bulk(key)
			}
		}
		m.forms[i] = w.Buf
	}
	return m
}

// sendInvalidation sends m to the client, or to the one it redirects to.
func (s *session) sendInvalidation(m *pushed) {
	to := s
	if mode := s.shared.tracking.Load(); mode != nil && mode.Redirect != 0 {
		if to = s.worker.srv.clients.get(mode.Redirect); to == nil {
			s.redirectBroken(mode.Redirect)
			return
		}
	}
	if !to.reserve(m) {
		return
	}
	redirected := to != s
	to.worker.post(func() {
		to.shared.posted.Add(-m.size())
		if to.out.Proto >= 3 || (redirected && to.Confined()) {
			to.push(m.forms[to.out.Proto-2])
		}
	})
}

// redirectBroken tells a client that nobody gets its messages any more.
func (s *session) redirectBroken(id int64) {
	s.setFlag(flagBrokenRedirect, true)
	s.worker.post(func() {
		if s.out.Proto < 3 {
			return
		}
		w := resp.Writer{Proto: 3}
		w.Push(2)
		w.BulkString("tracking-redir-broken")
		w.Int(id)
		s.push(w.Buf)
	})
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
		if len(t.clients) == 0 {
			clear(t.keys)
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
