package server

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// clients is the registry of connections.
type clients struct {
	nextID atomic.Int64
	count  atomic.Int64
	mu     sync.Mutex
	byID   map[int64]*session
}

func (c *clients) newID() int64 { return c.nextID.Add(1) }

func (c *clients) add(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = make(map[int64]*session)
	}
	c.byID[s.id] = s
}

func (c *clients) remove(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, s.id)
}

func (c *clients) get(id int64) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID[id]
}

// each calls f for every client, in no order. f must not block.
func (c *clients) each(f func(s *session)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.byID {
		f(s)
	}
}

// all lists the clients by id.
func (c *clients) all() []*session {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]*session, 0, len(c.byID))
	for _, s := range c.byID {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *session) int { return cmp.Compare(a.id, b.id) })
	return list
}

// Clients is command.Server's.
func (s *Server) Clients() []command.ClientInfo {
	var infos []command.ClientInfo
	for _, client := range s.clients.all() {
		if client.shared.flags.Load()&flagKilled == 0 {
			infos = append(infos, client.Info())
		}
	}
	return infos
}

// KillClient is command.Server's.
func (s *Server) KillClient(id int64) bool {
	client := s.clients.get(id)
	if client == nil {
		return false
	}
	client.kill()
	return true
}
