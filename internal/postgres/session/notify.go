package session

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

const (
	maxChannelName = 63
	maxPayload     = 7999
	// maxQueued bounds the notifications that wait for one client; a client that
	// falls behind further loses its session, as no notification may be lost.
	maxQueued = 100_000
)

// message is a notification on its way.
type message struct {
	pid              int32
	channel, payload string
}

type channelKey struct {
	db      types.OID
	channel string
}

// hub passes notifications between sessions.
type hub struct {
	mu        sync.Mutex
	listeners map[channelKey]map[*Session]bool
}

func (h *hub) init() { h.listeners = make(map[channelKey]map[*Session]bool) }

// notifications are one session's part: what its transaction will send, and what
// came for its client.
type notifications struct {
	outgoing []message
	waiting  atomic.Bool
	mu       sync.Mutex
	incoming []message
}

func (h *hub) listen(s *Session, channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := channelKey{s.db, channel}
	if h.listeners[k] == nil {
		h.listeners[k] = make(map[*Session]bool)
	}
	h.listeners[k][s] = true
}

func (h *hub) unlisten(s *Session, channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(s, channelKey{s.db, channel})
}

func (h *hub) remove(s *Session, k channelKey) {
	delete(h.listeners[k], s)
	if len(h.listeners[k]) == 0 {
		delete(h.listeners, k)
	}
}

// drop makes the session listen to nothing.
func (h *hub) drop(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, l := range h.listeners {
		if l[s] {
			h.remove(s, k)
		}
	}
}

// Listening lists the channels that the session listens on.
func (s *Session) Listening() []string {
	h := &s.m.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for k, l := range h.listeners {
		if l[s] {
			out = append(out, k.channel)
		}
	}
	sort.Strings(out)
	return out
}

// send queues messages with all who listen. Holding the hub's lock for all of
// them keeps transactions' notifications in one order for everybody.
func (h *hub) send(db types.OID, list []message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range list {
		for s := range h.listeners[channelKey{db, m.channel}] {
			s.receive(m)
		}
	}
}

func (s *Session) receive(m message) {
	n := &s.notify
	n.mu.Lock()
	full := len(n.incoming) >= maxQueued
	if !full {
		n.incoming = append(n.incoming, m)
	}
	n.mu.Unlock()
	if full {
		s.terminate()
		return
	}
	n.waiting.Store(true)
	s.client.Wake()
}

// Notify is NOTIFY and pg_notify: the message goes out when the transaction
// commits.
func (s *Session) Notify(channel, payload string) error {
	switch {
	case channel == "":
		return pgerr.New(pgerr.InvalidParameterValue, "channel name cannot be empty")
	case len(channel) > maxChannelName:
		return pgerr.New(pgerr.InvalidParameterValue, "channel name too long")
	case len(payload) > maxPayload:
		return pgerr.New(pgerr.InvalidParameterValue, "payload string too long")
	}
	m := message{s.pid, channel, payload}
	if len(s.notify.outgoing) >= maxQueued {
		return pgerr.New(pgerr.ProgramLimitExceeded, "too many notifications in one transaction")
	}
	s.pending = append(s.pending, func() { s.notify.outgoing = append(s.notify.outgoing, m) })
	return nil
}

// flush sends a committed transaction's notifications, each once.
func (n *notifications) flush(s *Session) {
	if len(n.outgoing) == 0 {
		return
	}
	seen := make(map[message]bool, len(n.outgoing))
	list := slices.DeleteFunc(n.outgoing, func(m message) bool {
		dup := seen[m]
		seen[m] = true
		return dup
	})
	n.outgoing = nil
	s.m.hub.send(s.db, list)
}

func (n *notifications) discard() { n.outgoing = nil }

// deliver hands the client what came for it.
func (s *Session) deliver() {
	n := &s.notify
	n.mu.Lock()
	list := n.incoming
	n.incoming = nil
	n.waiting.Store(false)
	n.mu.Unlock()
	for _, m := range list {
		s.client.Notification(m.pid, m.channel, m.payload)
	}
}

// listen is LISTEN, from the commit on.
func (s *Session) listen(channel string) {
	s.pending = append(s.pending, func() { s.m.hub.listen(s, channel) })
}

// unlisten is UNLISTEN; "" is all channels.
func (s *Session) unlisten(channel string) {
	s.pending = append(s.pending, func() {
		if channel == "" {
			s.m.hub.drop(s)
		} else {
			s.m.hub.unlisten(s, channel)
		}
	})
}
