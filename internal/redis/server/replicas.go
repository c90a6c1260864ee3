package server

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/replication"
)

// replicas are the clients that follow the stream, in the order they came.
type replicas struct {
	mu   sync.Mutex
	list []*replica
	good int // acknowledged lately, if min-replicas-to-write matters
	// tooFew says that writes are refused for want of good replicas.
	tooFew atomic.Bool
	pinged time.Time

	full, partial, refused atomic.Uint64
}

func (l *replicas) add(r *replica) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, r)
}

func (l *replicas) remove(r *replica) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(other *replica) bool { return other == r })
}

func (l *replicas) all() []*replica {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// openFeed makes the stream and lets it follow the keyspace.
func (s *Server) openFeed() {
	backlog := s.params.Number("repl-backlog-size")
	s.feed = replication.New(backlog.Load, func() int64 { return s.outputLimits.Load().Replica.Hard })
	s.keys.Follow(s.feed)
	expiredAs := func(text string) {
		if text == "yes" {
			s.keys.SetExpiredAs("UNLINK")
		} else {
			s.keys.SetExpiredAs("DEL")
		}
	}
	expiredAs(s.params.Text("lazyfree-lazy-expire"))
	s.params.OnChange("lazyfree-lazy-expire", expiredAs)
	for _, name := range []string{"min-replicas-to-write", "min-replicas-max-lag"} {
		s.params.OnChange(name, func(string) { s.countGoodReplicas() })
	}
	s.countGoodReplicas()
}

// countGoodReplicas finds out whether writes must be refused.
func (s *Server) countGoodReplicas() {
	need, maxLag := s.params.Int("min-replicas-to-write"), s.params.Int("min-replicas-max-lag")
	good := 0
	now := time.Now().UnixMilli()
	for _, r := range s.replicas.all() {
		if r.is(replicaOnline) && (now-r.ackTime.Load())/1000 <= maxLag {
			good++
		}
	}
	s.replicas.mu.Lock()
	s.replicas.good = good
	s.replicas.mu.Unlock()
	s.replicas.tooFew.Store(!s.IsReplica() && need > 0 && maxLag > 0 && int64(good) < need)
}

// TooFewReplicas is command.Server's.
func (s *Server) TooFewReplicas() bool { return s.replicas.tooFew.Load() }

func (s *Server) replicationTimeout() time.Duration {
	return time.Duration(s.params.Int("repl-timeout")) * time.Second
}

// tendReplicas does once a second what is due by time: pings, replicas that have
// fallen silent, a stream that nobody reads any more.
func (s *Server) tendReplicas(now time.Time) {
	if !s.feed.Following() {
		return
	}
	if period := time.Duration(s.params.Int("repl-ping-replica-period")) * time.Second; now.Sub(s.replicas.pinged) >= period {
		s.replicas.pinged = now
		s.feed.Ping()
	}
	timeout := s.replicationTimeout()
	for _, r := range s.replicas.all() {
		silent := now.Sub(time.UnixMilli(r.ackTime.Load()))
		if r.is(replicaOnline) && !r.old && silent > timeout {
			s.log.Warn("disconnecting a replica that fell silent", "client", r.session.addr)
			s.KillClient(r.session.id)
		}
	}
	s.countGoodReplicas()
	s.feed.Expire(time.Duration(s.params.Int("repl-backlog-ttl")) * time.Second)
}

// Acknowledged is command.Server's.
func (s *Server) Acknowledged(offset int64) int {
	n := 0
	for _, r := range s.replicas.all() {
		if r.is(replicaOnline) && r.ack.Load() >= offset {
			n++
		}
	}
	return n
}

// RequestAcks is command.Server's.
func (s *Server) RequestAcks() {
	if !s.pause.active(time.Now().UnixMilli()) { // the stream stands still then
		s.feed.RequestAcks()
	}
}

// Replication is command.Server's.
func (s *Server) Replication() command.Replication {
	state := s.feed.State()
	now := time.Now().UnixMilli()
	p := command.Replication{
		ID: state.ID, Offset: state.Offset, Active: state.Active, BacklogSize: state.BacklogSize,
		Primary:   s.primaryState(),
		FirstByte: state.FirstByte, Kept: state.Kept,
		FullSyncs: s.replicas.full.Load(), PartialSyncs: s.replicas.partial.Load(), RefusedPartials: s.replicas.refused.Load(),
	}
	for _, r := range s.replicas.all() {
		host, port := r.session.announced()
		p.Replicas = append(p.Replicas, command.ReplicaState{
			Host: host, Port: port, State: replicaState(r.state.Load()).String(), Offset: r.ack.Load(),
			Lag: max(0, now-r.ackTime.Load()) / 1000,
		})
	}
	s.replicas.mu.Lock()
	p.Good = s.replicas.good
	s.replicas.mu.Unlock()
	return p
}

// announced is where a replica says it can be reached.
func (s *session) announced() (host string, port int) {
	host, port = s.replica.host, s.replica.port
	if host == "" {
		if h, _, err := net.SplitHostPort(s.addr); err == nil {
			host = h
		}
	}
	return host, port
}

// record runs a command's handler and has replicas hear of what it did.
func (s *Server) record(c *command.Ctx) error {
	if c.Spec.Nests || c.Spec.Name == "exec" {
		return s.handle(c) // the commands it runs are recorded
	}
	c.BeginEffects()
	changes := c.Keys.Changes()
	err := s.handle(c)
	c.EndEffects(c.Keys.Changes() != changes)
	return err
}

// endEffects closes a unit of what replicas hear of: all that one request did.
func endEffects(run *keyspace.Run) {
	if run.Followed() {
		run.Effects().EndUnit()
	}
}
