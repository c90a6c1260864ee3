package server

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/replication/follow"
)

// Rules that following a primary puts in force; none while the server is one itself.
const (
	ruleReplica  uint32 = 1 << iota // it follows one
	ruleReadOnly                    // its clients may not write
	ruleStale                       // what it has is out of date, and not to be shown
)

// following is the server's part as a replica.
type following struct {
	// rules are looked up for every command.
	rules atomic.Uint32
	loop  *streamLoop // runs the primary's session

	mu      sync.Mutex
	primary *primary // nil: the server follows nobody
	closed  bool
}

// primary is whom the server follows, until it follows another.
type primary struct {
	host string
	port int
	// ended is set when it is to be followed no more: nothing of it is applied from
	// then on. cancel ends waiting for it.
	ended  atomic.Bool
	cancel context.CancelFunc
	done   chan struct{} // closed when nothing is left of it
	before *primary      // whom the server followed before, until that is done

	// Guarded by following.mu.
	at       position
	state    linkState
	down     time.Time // since when there is no link; zero if there never was one
	upstream *upstream // the link's session, nil if there is none
	incoming *incoming // the data set that is coming, nil if none is
}

// position is how much of which history the data is a copy of, and the database that
// the history had selected there.
type position struct {
	follow.Position
	db int
}

type linkState uint8

// States of a link, as ROLE names them.
const (
	linkWaits linkState = iota
	linkConnects
	linkTransfers
	linkUp
)

func (s linkState) String() string {
	return [...]string{"connect", "connecting", "sync", "connected"}[s]
}

// incoming is a data set on its way.
type incoming struct {
	total        int64
	read, lastIO atomic.Int64 // bytes, unix ms
}

// primaryBlob is where it is stored whom the server follows: port and host, so that a
// restart goes on with that.
const primaryBlob = "replicaof"

// openFollowing makes the loop on which a primary's session runs.
func (s *Server) openFollowing() {
	s.following.loop = newStreamLoop(s)
	s.following.loop.worker.run.Copies()
	s.loops = append(s.loops, s.following.loop)
}

// Follow is command.Server's.
func (s *Server) Follow(c *command.Ctx, host string, port int) error {
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.primary
	switch {
	case f.closed:
		return command.Errorf("ERR The server is shutting down")
	case host == "" && old == nil:
		return nil
	case host == "":
		if err := c.Keys.DeleteBlob(primaryBlob); err != nil {
			return err
		}
		old.end()
		f.primary = nil
		s.log.Info("the server is a primary now")
	default:
		if err := c.Keys.SetBlob(primaryBlob, []byte(strconv.Itoa(port)+" "+host)); err != nil {
			return err
		}
		p := &primary{host: host, port: port, before: old}
		if old != nil {
			old.end()
		} else {
			// What the command's own transaction did is told to nobody: those who come to
			// follow the same primary will not have it.
			if effects := c.Keys.Effects(); effects.Empty() {
				p.at = s.ownPosition()
			} else {
				effects.DropUnit()
			}
			s.unblockAll()
		}
		c.Unfollowed = true // so is what the transaction goes on to do
		s.begin(p)
	}
	s.setRules()
	s.tellReplicaof()
	return nil
}

// ownPosition is where the server's own history ends: a replica that was promoted has
// that as its past.
func (s *Server) ownPosition() (at position) {
	if state := s.feed.State(); state.Active {
		at.Position = follow.Position{ID: state.ID, Offset: state.Offset}
	}
	return at
}

// begin follows a primary. The caller holds following.mu.
func (s *Server) begin(p *primary) {
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(context.Background())
	p.done = make(chan struct{})
	s.following.primary = p
	s.log.Info("following a primary", "addr", net.JoinHostPort(p.host, strconv.Itoa(p.port)))
	go s.follow(ctx, p)
}

// resumeFollowing follows whom the server followed when it was stopped.
func (s *Server) resumeFollowing() error {
	run := s.keys.NewRun()
	var host string
	var port int
	err := run.EachBlob(primaryBlob, func(_ string, value []byte) error {
		number, name, ok := strings.Cut(string(value), " ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			return fmt.Errorf("redis server: the record of the primary to follow does not decode: %q", value)
		}
		host, port = name, n
		return nil
	})
	if err != nil || host == "" {
		return err
	}
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	s.begin(&primary{host: host, port: port})
	s.setRules()
	s.tellReplicaof()
	return nil
}

// stopFollowing ends the link for good and waits until nothing is left of it.
func (s *Server) stopFollowing() {
	f := &s.following
	f.mu.Lock()
	f.closed = true
	p := f.primary
	f.mu.Unlock()
	if p != nil {
		p.end()
		<-p.done
	}
}

// end has nothing more of the primary applied.
func (p *primary) end() {
	p.ended.Store(true)
	p.cancel()
}

// setRules puts in force what the role and the parameters say. The caller holds
// following.mu.
func (s *Server) setRules() {
	var rules uint32
	if p := s.following.primary; p != nil {
		rules = ruleReplica
		if s.params.Yes("replica-read-only") {
			rules |= ruleReadOnly
		}
		if p.state != linkUp && !s.params.Yes("replica-serve-stale-data") {
			rules |= ruleStale
		}
	}
	s.following.rules.Store(rules)
	s.keys.LeaveExpiry(rules != 0)
	s.countGoodReplicas()
}

// tellReplicaof has CONFIG GET tell whom the server follows.
func (s *Server) tellReplicaof() {
	replicaof := ""
	if p := s.following.primary; p != nil {
		replicaof = p.host + " " + strconv.Itoa(p.port)
	}
	if err := s.params.Fix("replicaof", replicaof); err != nil {
		s.log.Error("telling whom the server follows", "err", err)
	}
}

// bindRules has the parameters that the rules depend on change them.
func (s *Server) bindRules() {
	for _, name := range []string{"replica-read-only", "replica-serve-stale-data"} {
		s.params.OnChange(name, func(string) {
			s.following.mu.Lock()
			defer s.following.mu.Unlock()
			s.setRules()
		})
	}
}

// unblockAll ends the waits of clients whose commands could not be what they were
// meant to be on a replica, as redis-server's disconnectAllBlockedClients.
func (s *Server) unblockAll() {
	s.clients.each(func(client *session) {
		if w := client.shared.waits.Load(); w != nil {
			w.thenClose.Store(true)
			s.endWait(w, errRoleChanged)
		}
	})
}

const errRoleChanged command.Error = "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"

// IsReplica is command.Server's.
func (s *Server) IsReplica() bool { return s.following.rules.Load()&ruleReplica != 0 }

// ReadOnly is command.Replica's.
func (s *session) ReadOnly() bool {
	return s.worker.srv.following.rules.Load()&ruleReadOnly != 0 && s.upstream == nil
}

// Stale is command.Replica's.
func (s *session) Stale() bool {
	return s.worker.srv.following.rules.Load()&ruleStale != 0 && s.upstream == nil
}

// permitByRole decides about a command while the server is a replica.
func (s *session) permitByRole(spec *command.Spec, args [][]byte) error {
	if s.upstream != nil {
		return s.upstream.permit(spec)
	}
	readOnly, stale := s.ReadOnly(), s.Stale()
	if !readOnly && !stale {
		return nil
	}
	rights := scripting.Rights(s.worker.srv.scripts.engine, spec, args)
	if spec.Name == "exec" && spec.Parent() == nil {
		if s.multi.writes {
			rights |= command.Write
		}
		if s.multi.needsData {
			rights &^= command.Stale
		}
	}
	switch {
	case readOnly && rights&command.Write != 0:
		return command.ErrReadOnly
	case stale && rights&command.Stale == 0:
		return command.ErrPrimaryDown
	}
	return nil
}

// stillPermits decides again, now that the locks are held: the role changes while
// nobody else holds any.
func (s *session) stillPermits(c *command.Ctx) error {
	if s.upstream != nil {
		if s.upstream.primary.ended.Load() {
			return errEnded
		}
		return nil
	}
	c.Unfollowed = true // what clients do to a replica is its own
	if s.ReadOnly() && scripting.Rights(s.worker.srv.scripts.engine, c.Spec, c.Args)&command.Write != 0 {
		return command.ErrReadOnly
	}
	return nil
}

// stillPermitsExec is stillPermits for a transaction, which has its locks now.
func (s *session) stillPermitsExec(c *command.Ctx) error {
	if err := s.permitByRole(c.Spec, c.Args); err != nil {
		s.dropMulti()
		return command.Errorf("EXECABORT Transaction discarded because of: %s", err)
	}
	return s.stillPermits(c)
}

// primaryState describes the primary that the server follows, nil if there is none.
func (s *Server) primaryState() *command.Primary {
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.primary
	if p == nil {
		return nil
	}
	now := time.Now()
	state := &command.Primary{
		Host: p.host, Port: p.port, State: p.state.String(), Up: p.state == linkUp, LastIO: -1, DownFor: -1,
		Read: p.at.Offset, Offset: p.at.Offset,
	}
	if !p.down.IsZero() {
		state.DownFor = int64(now.Sub(p.down) / time.Second)
	}
	if u := p.upstream; u != nil {
		state.Linked, state.Read, state.Offset = true, u.read.Load(), u.applied.Load()
		state.LastIO = (now.UnixMilli() - u.session.shared.lastActive.Load()) / 1000
	}
	if t := p.incoming; t != nil {
		state.Transfer = &command.Transfer{Total: t.total, Read: t.read.Load(), LastIO: (now.UnixMilli() - t.lastIO.Load()) / 1000}
	}
	return state
}
