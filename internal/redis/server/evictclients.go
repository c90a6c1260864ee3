package server

import (
	"cmp"
	"slices"
)

// held is what a session takes: the memory of its requests, its transaction and its
// unsent replies.
func (s *session) held() int64 {
	h := &s.shared
	return sessionSize + h.queryCap.Load() + h.replyCap.Load() + h.multiMem.Load() + h.outputMem.Load()
}

// clientsOver reports whether the clients together take more than maxmemory-clients.
func (m *memory) clientsOver(clients int64) bool {
	limit := m.clientLimit.Load()
	return limit > 0 && m.input.Load()+m.queued.Load()+m.output.Load()+clients*sessionSize > limit
}

// evictClients closes the clients that take most, but for those of CLIENT NO-EVICT,
// until the others take less than maxmemory-clients.
func (s *Server) evictClients() {
	type taker struct {
		*session
		bytes int64
	}
	var takers []taker
	over := -s.memory.clientLimit.Load()
	s.clients.each(func(client *session) {
		if flags := client.shared.flags.Load(); flags&flagClosing == 0 {
			bytes := client.held()
			over += bytes
			if flags&flagNoEvict == 0 {
				takers = append(takers, taker{client, bytes})
			}
		}
	})
	slices.SortFunc(takers, func(a, b taker) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, t := range takers {
		if over <= 0 {
			return
		}
		if s.KillClient(t.id) {
			over -= t.bytes
			s.tel.EvictedClients.Add(1)
			s.log.Warn("closing a client because of maxmemory-clients", "client", t.addr, "bytes", t.bytes)
		}
	}
}
