package server

import (
	"maps"
	"slices"
	"sync"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// pubsub knows who subscribed to what. Messages reach a session through its
// worker, so that publishing waits for no subscriber.
type pubsub struct {
	mu     sync.RWMutex
	topics [3]map[string]map[*session]struct{} // by command.Topic
}

func (p *pubsub) add(topic command.Topic, name string, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.topics[topic] == nil {
		p.topics[topic] = make(map[string]map[*session]struct{})
	}
	if p.topics[topic][name] == nil {
		p.topics[topic][name] = make(map[*session]struct{})
	}
	p.topics[topic][name][s] = struct{}{}
}

func (p *pubsub) remove(topic command.Topic, name string, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.topics[topic][name], s)
	if len(p.topics[topic][name]) == 0 {
		delete(p.topics[topic], name)
	}
}

// Publish is command.Server's.
func (s *Server) Publish(topic command.Topic, channel, message []byte) int {
	p := &s.pubsub
	p.mu.RLock()
	defer p.mu.RUnlock()
	kind := "message"
	if topic == command.ShardChannel {
		kind = "smessage"
	}
	receivers := 0
	if to := p.topics[topic][string(channel)]; len(to) > 0 {
		receivers += spread(to, kind, channel, message)
	}
	if topic == command.Channel {
		for pattern, to := range p.topics[command.Pattern] {
			if glob.Match([]byte(pattern), channel) {
				receivers += spread(to, "pmessage", []byte(pattern), channel, message)
			}
		}
	}
	return receivers
}

// spread posts one message to sessions, grouped by their workers.
func spread(to map[*session]struct{}, kind string, parts ...[]byte) int {
	m := newPushed(kind, parts...)
	byWorker := make(map[*worker][]*session)
	for s := range to {
		if s.reserve(m) {
			byWorker[s.worker] = append(byWorker[s.worker], s)
		}
	}
	for w, sessions := range byWorker {
		w.post(func() {
			for _, s := range sessions {
				s.shared.posted.Add(-m.size())
				s.push(m.forms[s.out.Proto-2])
			}
		})
	}
	return len(to)
}

// pushed is a message as RESP2 and RESP3 write it, shared by its receivers.
type pushed struct{ forms [2][]byte }

func newPushed(kind string, parts ...[]byte) *pushed {
	m := &pushed{}
	for i := range m.forms {
		w := resp.Writer{Proto: 2 + i}
		w.Push(1 + len(parts))
		w.BulkString(kind)
		for _, part := range parts {
			w.Bulk(part)
		}
		m.forms[i] = w.Buf
	}
	return m
}

func (m *pushed) size() int64 { return int64(len(m.forms[0])) }

// reserve accounts for a message on its way. It refuses, and has the client
// closed, if that alone exceeds what the client's output may come to: a worker
// that is behind must not be sent without bound.
func (s *session) reserve(m *pushed) bool {
	limit := s.worker.srv.outputLimits.Load().PubSub.Hard
	posted := s.shared.posted.Add(m.size())
	if limit == 0 || posted == m.size() || posted+s.shared.outputMem.Load() <= limit {
		return true
	}
	s.shared.posted.Add(-m.size())
	if s.shared.flags.Load()&flagClosing == 0 {
		s.worker.srv.tel.OutputLimited.Add(1)
		s.worker.srv.KillClient(s.id)
	}
	return false
}

// Subscribed is command.Server's.
func (s *Server) Subscribed(topic command.Topic) []string {
	s.pubsub.mu.RLock()
	defer s.pubsub.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.pubsub.topics[topic]))
}

// Subscribers is command.Server's.
func (s *Server) Subscribers(topic command.Topic, name []byte) int {
	s.pubsub.mu.RLock()
	defer s.pubsub.mu.RUnlock()
	return len(s.pubsub.topics[topic][string(name)])
}
