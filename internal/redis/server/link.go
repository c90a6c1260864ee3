package server

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/replication/follow"
	"github.com/orbit-server/orbit/internal/redis/script"
)

const (
	// retryFirst is how long a link that failed is left alone, retryMost what that
	// doubles up to.
	retryFirst = time.Second
	retryMost  = 16 * time.Second
	// linkLasted is how long a link must have lasted to be tried again at once.
	linkLasted = time.Second
)

// follow keeps a link to a primary, until that is to be followed no more.
func (s *Server) follow(ctx context.Context, p *primary) {
	defer close(p.done)
	if p.before != nil {
		<-p.before.done
		s.following.mu.Lock()
		p.at = p.before.at
		p.before = nil
		s.following.mu.Unlock()
	}
	for delay := time.Duration(0); ; {
		began := time.Now()
		err := s.followOnce(ctx, p)
		p.become(s, linkWaits)
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("no link to the primary", "err", err)
		switch {
		case err == errLinkLost && time.Since(began) > linkLasted: //nolint:errorlint // bare, from followOnce
			delay = 0
		case delay == 0:
			delay = retryFirst
		default:
			delay = min(2*delay, retryMost)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
	}
}

// errLinkLost is how a link ends that was up.
var errLinkLost = errors.New("the link to the primary is lost")

// become sets the link's state and the rules that follow from it.
func (p *primary) become(s *Server, state linkState) {
	f := &s.following
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.state == linkUp && state != linkUp {
		p.down = time.Now()
	}
	p.state = state
	if f.primary == p {
		s.setRules()
	}
}

// followOnce connects and stays connected for as long as it goes well.
func (s *Server) followOnce(ctx context.Context, p *primary) error {
	p.become(s, linkConnects)
	o := follow.Options{
		Addr: net.JoinHostPort(p.host, strconv.Itoa(p.port)),
		User: s.params.Text("masteruser"), Password: s.params.Text("masterauth"),
		Port: s.announcedPort(), Host: s.params.Text("replica-announce-ip"), Timeout: s.replicationTimeout(),
	}
	if o.Password == "" {
		o.User = "" // as redis-server: a name alone is nothing to authenticate with
	}
	s.following.mu.Lock()
	at := p.at
	s.following.mu.Unlock()
	link, err := follow.Connect(ctx, o, at.Position)
	if err != nil {
		return err
	}
	at.Position = link.Position
	if link.Full {
		at.db = 0
		stop := context.AfterFunc(ctx, func() { _ = link.Close() })
		err := s.takeDataset(p, link)
		if !stop() || err != nil {
			return errors.Join(err, link.Close())
		}
	}
	conn, err := link.Conn()
	if err != nil {
		return errors.Join(err, link.Close())
	}
	s.log.Info("linked to the primary", "full", link.Full, "offset", at.Offset)
	return s.runUpstream(ctx, p, conn, at)
}

// announcedPort is where the server says that clients reach it.
func (s *Server) announcedPort() int {
	if port := s.params.Int("replica-announce-port"); port != 0 {
		return int(port)
	}
	if addr, ok := s.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// runUpstream has the primary's stream executed until the link ends.
func (s *Server) runUpstream(ctx context.Context, p *primary, conn net.Conn, at position) error {
	u := s.openUpstream(p, conn, at)
	f := &s.following
	f.mu.Lock()
	p.upstream = u
	f.mu.Unlock()
	p.become(s, linkUp)
	select {
	case <-u.lost:
	case <-ctx.Done():
		u.session.worker.post(func() {
			if !u.session.closed {
				u.session.conn.close()
			}
		})
		<-u.lost
	}
	f.loop.do(func() { at = u.position() })
	f.mu.Lock()
	defer f.mu.Unlock()
	p.upstream, p.at = nil, at
	if u.broken.Load() {
		return errors.New("the data differs from the primary's")
	}
	return errLinkLost
}

// takeDataset loads the primary's data set beside the data, which is served meanwhile,
// and puts it in its place once it is whole.
func (s *Server) takeDataset(p *primary, link *follow.Link) (err error) {
	p.become(s, linkTransfers)
	s.log.Info("taking the primary's data set", "offset", link.Offset)
	in, err := link.Dataset()
	if err != nil {
		return err
	}
	t := &incoming{total: in.Size}
	t.lastIO.Store(time.Now().UnixMilli())
	s.setIncoming(p, t)
	defer s.setIncoming(p, nil)

	run := s.keys.NewRun()
	next, err := run.Replace()
	if err != nil {
		return errors.Join(err, run.Abort())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, next.Abandon())
			err = errors.Join(err, applyAndWait(run))
		}
	}()
	if err := applyAndWait(run); err != nil { // the clients' turn
		return err
	}
	next.Run().Copies()
	_, change, err := s.loadBeside(in, next, dataset.LoadOptions{
		Function: func([]byte) error { return nil },
		Progress: func() error {
			if n := in.Progress(); n != t.read.Load() {
				t.read.Store(n)
				t.lastIO.Store(time.Now().UnixMilli())
			}
			return link.Ping()
		},
	})
	if err == nil {
		err = in.Finish()
	}
	if err != nil {
		return err
	}
	return s.exchangeData(p, run, next, change, link.Position)
}

func (s *Server) setIncoming(p *primary, t *incoming) {
	s.following.mu.Lock()
	defer s.following.mu.Unlock()
	p.incoming = t
}

// exchangeData puts what was loaded in the place of all data, unless the primary is
// not to be followed any more.
func (s *Server) exchangeData(p *primary, run *keyspace.Run, next *keyspace.Replacement, change *script.Change, at follow.Position) error {
	if err := run.LockAll(); err != nil {
		return err
	}
	if p.ended.Load() {
		return errEnded
	}
	err := s.takeReplacement(run, next, change)
	if err == nil {
		s.following.mu.Lock()
		p.at = position{Position: at}
		s.following.mu.Unlock()
	}
	return err
}

// applyAndWait applies a run and waits until its writes are durable.
func applyAndWait(run *keyspace.Run) error {
	pending, err := run.Apply()
	if err == nil && pending != nil {
		err = pending.Wait()
	}
	return err
}
