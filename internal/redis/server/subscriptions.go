package server

import (
	"maps"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// subscriptions are what a session subscribed to, by command.Topic.
type subscriptions struct {
	names [3]map[string]struct{}
	total int
	bytes int
}

func (t *subscriptions) count() int { return t.total }

// subscriptionSize is what a subscription takes besides its name; maxSubscriptionBytes
// what one client may make the server remember.
const (
	subscriptionSize     = 128
	maxSubscriptionBytes = 64 << 20
)

// counted is the number that replies to SUBSCRIBE and the like tell.
func (t *subscriptions) counted(topic command.Topic) int {
	if topic == command.ShardChannel {
		return len(t.names[topic])
	}
	return len(t.names[command.Channel]) + len(t.names[command.Pattern])
}

// Subscribe is command.Subscriber's.
func (s *session) Subscribe(topic command.Topic, name []byte) (int, error) {
	t := &s.topics
	if _, already := t.names[topic][string(name)]; already {
		return t.counted(topic), nil
	}
	size := len(name) + subscriptionSize
	if t.bytes+size > maxSubscriptionBytes {
		return 0, command.Errorf("ERR the connection subscribes to more than %d bytes of names", maxSubscriptionBytes)
	}
	if t.names[topic] == nil {
		t.names[topic] = make(map[string]struct{})
	}
	text := string(name)
	t.names[topic][text] = struct{}{}
	t.total++
	t.bytes += size
	s.worker.srv.pubsub.add(topic, text, s)
	s.shared.subscribed[topic].Store(int32(len(t.names[topic])))
	return t.counted(topic), nil
}

// Unsubscribe is command.Subscriber's.
func (s *session) Unsubscribe(topic command.Topic, name []byte) int {
	t := &s.topics
	if _, subscribed := t.names[topic][string(name)]; subscribed {
		delete(t.names[topic], string(name))
		t.total--
		t.bytes -= len(name) + subscriptionSize
		s.worker.srv.pubsub.remove(topic, string(name), s)
		s.shared.subscribed[topic].Store(int32(len(t.names[topic])))
	}
	return t.counted(topic)
}

// Subscriptions is command.Subscriber's.
func (s *session) Subscriptions(topic command.Topic) []string {
	return slices.Sorted(maps.Keys(s.topics.names[topic]))
}

// Confined is command.Subscriber's.
func (s *session) Confined() bool { return s.topics.total > 0 && s.out.Proto < 3 }

func allowedWhenConfined(spec *command.Spec) bool {
	switch spec.Name {
	case "ping", "subscribe", "ssubscribe", "psubscribe", "unsubscribe", "sunsubscribe", "punsubscribe", "quit", "reset":
		return spec.Parent() == nil
	}
	return false
}

func (s *session) unsubscribeAll() {
	if s.topics.total == 0 {
		return
	}
	for topic := range s.topics.names {
		for name := range s.topics.names[topic] {
			s.worker.srv.pubsub.remove(command.Topic(topic), name, s)
		}
		s.shared.subscribed[topic].Store(0)
	}
	s.topics = subscriptions{}
}
