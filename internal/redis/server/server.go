package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/all"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/param"
	"github.com/orbit-server/orbit/internal/redis/replication"
	"github.com/orbit-server/orbit/internal/redis/telemetry"
	"github.com/orbit-server/orbit/internal/storage"
)

// Options configure a server.
type Options struct {
	// Addr is where to listen: host:port; port 0 takes a free one, "" none. TLSAddr
	// is where to listen for TLS, with the certificates that Params name. Local
	// connections are served in any case.
	Addr, TLSAddr string
	// Keyspace is the data; it stays the caller's to close, after Shutdown.
	Keyspace *keyspace.Keyspace
	// Params are CONFIG's parameters; their defaults when nil.
	Params *param.Params
	// Logger is slog.Default() when nil. Keys and values are never logged.
	Logger *slog.Logger
	// Loops is the number of event loops; cores minus one when 0.
	Loops int
	// Version is orbit's, for INFO.
	Version string
	// Place tells where the data is, and ChangeMode moves a protocol's data into the
	// other kind of storage. Either may be nil.
	Place      func() command.Place
	ChangeMode func(ctx context.Context, protocol, mode string) error
	// KeepConfig keeps for the next start the parameters that were changed, and the
	// users' rules, which come back as Users. Nil: CONFIG REWRITE is an error.
	KeepConfig func(parameters map[string]string, users []string) error
	Users      []string
	// OnShutdown is called, once, when a client asks for SHUTDOWN. Nil: SHUTDOWN
	// is an error.
	OnShutdown func()
	// Registry is the table of commands; all of them when nil.
	Registry *command.Registry

	streams bool // goroutines instead of epoll, for tests
}

// eventLoop is a worker and what carries its sessions' bytes.
type eventLoop interface {
	// take makes conn one of the loop's.
	take(conn net.Conn)
	// sessions is the worker.
	sessions() *worker
	// stop ends the loop and its connections and waits for it.
	stop() error
}

// Server is the Redis front. New, Start, then Shutdown.
type Server struct {
	opts     Options
	log      *slog.Logger
	keys     *keyspace.Keyspace
	params   *param.Params
	registry *command.Registry
	tel      *telemetry.Telemetry
	started  time.Time
	runID    string

	clients   clients
	watches   watches
	monitors  monitors
	pubsub    pubsub
	waiters   waiters
	events    events
	tracking  tracking
	pause     pause
	scripts   scripts
	users     *acl.Users
	syncers   syncers
	feed      *replication.Feed
	replicas  replicas
	following following
	panics    atomic.Uint64
	// failureSaid is the second in which a failing write was logged last.
	failureSaid atomic.Int64
	saves       saves
	rates       rates
	running     bool
	draining    atomic.Bool
	idle        atomic.Bool // housekeeping stands still
	asked       sync.Once   // for SHUTDOWN

	listening sync.Mutex // guards listener while the server runs
	listener  net.Listener
	plain     []eventLoop // for connections without TLS
	secure    secure
	local     *streamLoop  // for connections by way of the data directory
	loops     []eventLoop  // all
	long      atomic.Int64 // long commands under way
	longTurns chan struct{}
	stop      chan struct{}
	// stopping is done when stop is closed.
	stopping  context.Context
	beginStop context.CancelFunc
	tasks     sync.WaitGroup // accepting and housekeeping

	// Live values of parameters.
	maxBulk, queryLimit, latencyTracking *atomic.Int64
	slowerThan, slowlogLen               *atomic.Int64
	latencyThreshold, maxClients         *atomic.Int64
	idleTimeout, keepAlive               *atomic.Int64
	protectedMode                        *atomic.Int64
	outputLimits                         atomic.Pointer[param.OutputLimits]
	memory                               memory
	replyTuning                          replyTuning
	changes                              atomic.Int64 // commands that changed the data
	syncing, syncAgain                   atomic.Bool  // a sync that WAITAOF asked for
}

var _ command.Server = (*Server)(nil)

// New makes a server that does not listen yet.
func New(o Options) (*Server, error) {
	if o.Keyspace == nil {
		return nil, errors.New("redis server: no keyspace")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Loops <= 0 {
		o.Loops = max(runtime.GOMAXPROCS(0)-1, 1)
	}
	var err error
	if o.Params == nil {
		if o.Params, err = param.New(nil); err != nil {
			return nil, err
		}
	}
	if o.Registry == nil {
		if o.Registry, err = all.Registry(); err != nil {
			return nil, err
		}
	}
	var id [20]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	s := &Server{
		opts: o, log: o.Logger, keys: o.Keyspace, params: o.Params, registry: o.Registry,
		tel: telemetry.New(o.Registry.Count()), started: time.Now(), runID: hex.EncodeToString(id[:]),
		longTurns: make(chan struct{}, max(runtime.GOMAXPROCS(0), 2)),
		stop:      make(chan struct{}),
	}
	s.stopping, s.beginStop = context.WithCancel(context.Background())
	s.waiters.keys = s.keys
	s.syncers.stop = make(chan struct{})
	s.replyTuning.peakReset.Store(command.ReplyPeakReset)
	s.saves.last.Store(s.started.UnixMilli())
	s.bindParams()
	if err := s.openUsers(); err != nil {
		return nil, err
	}
	if err := s.openTLS(); err != nil {
		return nil, err
	}
	if err := s.openScripts(); err != nil {
		return nil, err
	}
	s.bindPort()
	return s, nil
}

func (s *Server) bindParams() {
	p := s.params
	s.maxBulk = p.Number("proto-max-bulk-len")
	s.queryLimit = p.Number("client-query-buffer-limit")
	s.latencyTracking = p.Number("latency-tracking")
	s.slowerThan = p.Number("slowlog-log-slower-than")
	s.slowlogLen = p.Number("slowlog-max-len")
	s.latencyThreshold = p.Number("latency-monitor-threshold")
	s.maxClients = p.Number("maxclients")
	s.idleTimeout = p.Number("timeout")
	s.keepAlive = p.Number("tcp-keepalive")
	s.protectedMode = p.Number("protected-mode")
	limits := p.OutputLimits()
	s.outputLimits.Store(&limits)
	p.OnChange("client-output-buffer-limit", func(string) {
		limits := p.OutputLimits()
		s.outputLimits.Store(&limits)
	})
	s.events.set(p.Text("notify-keyspace-events"))
	p.OnChange("notify-keyspace-events", s.events.set)
	s.tracking.limit = p.Number("tracking-table-max-keys")
	p.OnChange("tracking-table-max-keys", func(string) { s.tracking.shrink(s) })
	if store, ok := s.keys.Store().(storage.DurabilitySetter); ok {
		p.Release("appendfsync", func() error {
			d, err := storage.ParseDurability(p.Text("appendfsync"))
			if err != nil {
				return err
			}
			store.SetDurability(d)
			if kept := s.keys.Store().Durability(); kept != d {
				return fmt.Errorf("it is %s where the data is at present", kept)
			}
			return nil
		})
	}
	s.keys.OnExpired(s.expired)
	s.keys.OnFieldsExpired(s.fieldsExpired)
	s.openFeed()
	s.bindRules()
	s.bindMemory()
}

// Start listens and serves in the background. An address in use is an error.
func (s *Server) Start() error {
	err := s.listen()
	if err == nil {
		err = s.listenTLS()
	}
	if err == nil {
		err = s.fixParams()
	}
	if err == nil {
		s.openFollowing()
		err = s.resumeFollowing()
	}
	if err != nil {
		return errors.Join(err, s.closeListeners(), s.stopLoops())
	}
	s.listenLocal()
	s.running = true
	s.tasks.Add(1)
	go s.housekeep()
	if s.listener != nil {
		s.tasks.Add(1)
		go s.accept(s.listener, s.admit)
	}
	if s.secure.listener != nil {
		s.tasks.Add(1)
		go s.accept(s.secure.listener, s.admitTLS)
	}
	return nil
}

// listen opens the port without TLS and its loops.
func (s *Server) listen() error {
	if s.opts.Addr == "" {
		return nil
	}
	var err error
	if s.listener, err = net.Listen("tcp", s.opts.Addr); err != nil {
		return fmt.Errorf("redis server: %w", err)
	}
	for range s.opts.Loops {
		l, err := newLoop(s)
		if err != nil {
			return fmt.Errorf("redis server: %w", err)
		}
		s.plain = append(s.plain, l)
		s.loops = append(s.loops, l)
	}
	return nil
}

func (s *Server) closeListeners() error {
	s.listening.Lock()
	defer s.listening.Unlock()
	var errs []error
	for _, l := range []net.Listener{s.listener, s.secure.listener} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// fixParams lets CONFIG GET tell how the server was started.
func (s *Server) fixParams() error {
	ports := map[string]string{"port": "0", "tls-port": "0"}
	var host string
	for name, addr := range map[string]net.Addr{"tls-port": s.TLSAddr(), "port": s.PlainAddr()} {
		if addr == nil {
			continue
		}
		var err error
		if host, ports[name], err = net.SplitHostPort(addr.String()); err != nil {
			return err
		}
	}
	return errors.Join(
		s.params.Fix("port", ports["port"]),
		s.params.Fix("tls-port", ports["tls-port"]),
		s.params.Fix("bind", host),
		s.params.Fix("databases", strconv.Itoa(s.keys.Databases())),
		s.params.Fix("appendfsync", s.keys.Store().Durability().String()),
	)
}

// PlainAddr is where the server listens without TLS, nil if it does not.
func (s *Server) PlainAddr() net.Addr {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Addr is where the server listens: PlainAddr, or TLSAddr if there is no such.
func (s *Server) Addr() net.Addr {
	if addr := s.PlainAddr(); addr != nil {
		return addr
	}
	return s.TLSAddr()
}

// Shutdown stops accepting, lets what was read finish, sends the replies and
// closes the connections; those that are not done when ctx ends are cut.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.draining.Swap(true) {
		return errors.New("redis server: already shut down")
	}
	if !s.running {
		return nil
	}
	err := s.closeListeners()
	close(s.stop)
	s.beginStop()
	s.tasks.Wait()
	s.stopFollowing()
	s.eachWorker(func(w *worker) {
		for client := range w.sessions {
			client.Close()
			client.closeIfDone()
		}
	})
	err = errors.Join(err, s.awaitDrained(ctx))
	err = errors.Join(err, s.stopLoops())
	close(s.syncers.stop)
	return errors.Join(err, s.syncers.await(ctx))
}

func (s *Server) awaitDrained(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.clients.count.Load() == 0 && s.long.Load() == 0 {
			return nil
		}
		if r := s.scripts.engine.Current(); r != nil && s.overdue(r) {
			s.scripts.engine.Abort(errStopping)
		}
		select {
		case <-ctx.Done():
			s.scripts.engine.Abort(errStopping)
			return fmt.Errorf("redis server: %d clients were cut off: %w", s.clients.count.Load(), ctx.Err())
		case <-tick.C:
		}
	}
}

func (s *Server) stopLoops() error {
	var errs []error
	for _, l := range s.loops {
		errs = append(errs, l.stop())
	}
	return errors.Join(errs...)
}

// eachWorker has f run on every worker, soon.
func (s *Server) eachWorker(f func(w *worker)) {
	for _, l := range s.loops {
		w := l.sessions()
		w.post(func() { f(w) })
	}
}

// elapsed is the time since the server's start by the monotonic clock.
func (s *Server) elapsed() time.Duration { return time.Since(s.started) }

// Registry is command.Server's.
func (s *Server) Registry() *command.Registry { return s.registry }

// Params is command.Server's.
func (s *Server) Params() *param.Params { return s.params }

// Keyspace is command.Server's.
func (s *Server) Keyspace() *keyspace.Keyspace { return s.keys }

// Telemetry is command.Server's.
func (s *Server) Telemetry() *telemetry.Telemetry { return s.tel }

// RequestShutdown is command.Server's.
func (s *Server) RequestShutdown() bool {
	if s.opts.OnShutdown == nil {
		return false
	}
	s.asked.Do(func() { go s.opts.OnShutdown() })
	return true
}
