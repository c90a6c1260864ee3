package session

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/latency"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/sysview"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// Options of a Manager.
type Options struct {
	Engine *table.Engine
	// Virtual computes the tables of pg_catalog and information_schema; nil is
	// sysview.Rows.
	Virtual exec.VirtualRows
	// Actors lists the actors of the process, for orbit.actors; nil is none.
	Actors func() []sysview.Actor
	// RedisLatency is how long the commands of the other protocol took, for
	// orbit.latency; nil is that it is not served.
	RedisLatency func() *latency.Snapshot
	// Settings are server-wide values of settings by name, as a configuration
	// file would give them: port, max_connections, data_directory, …
	Settings map[string]string
	// Live are settings whose values change while the server runs, by name.
	Live map[string]func() string
	// ChangeMode moves the data of a protocol, redis or postgres, into the other kind
	// of storage; "" is the one that the configuration names. Nil if that cannot be.
	ChangeMode func(ctx context.Context, protocol, mode string) error
	// ServerFiles lets superusers COPY from and to files of the server.
	ServerFiles bool
	// MaxSessions bounds the sessions; 0 is 1,000.
	MaxSessions int
	// ParseCache and PlanCache bound the shared caches, in bytes; 0 is 32 MB and
	// 64 MB.
	ParseCache, PlanCache int
	// TempDir is where sorts and hashes spill.
	TempDir string
	Logger  *slog.Logger
}

// Manager owns what sessions share: the caches, the list of sessions, NOTIFY.
type Manager struct {
	o       Options
	engine  *table.Engine
	parsed  *parser.Cache
	plans   *planCache
	hub     hub
	started time.Time
	base    map[string]string // Options.Settings, checked

	mu       sync.Mutex
	sessions map[int32]*Session
	nextPID  int32
	closing  bool

	handles handleCache
	// lookAgain is how often plans are compared with their tables.
	lookAgain time.Duration

	envs    envTable
	stats   counters
	retired latency.Snapshot // of sessions that ended
}

// counters count what sessions did, for Stats.
type counters struct {
	statements, errors, commits, rollbacks atomic.Int64
}

// NewManager makes a manager. Errors are settings that do not exist or values
// they do not take.
func NewManager(o Options) (*Manager, error) {
	if o.Virtual == nil {
		o.Virtual = sysview.Rows{}
	}
	if o.MaxSessions <= 0 {
		o.MaxSessions = 1000
	}
	if o.ParseCache <= 0 {
		o.ParseCache = 32 << 20
	}
	if o.PlanCache <= 0 {
		o.PlanCache = 64 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Manager{
		o: o, engine: o.Engine, parsed: parser.NewCache(o.ParseCache), plans: newPlanCache(o.PlanCache),
		started: time.Now(), lookAgain: lookAgain, base: make(map[string]string), sessions: make(map[int32]*Session),
	}
	m.hub.init()
	for name, v := range o.Settings {
		g := lookupGUC(name)
		if g == nil {
			return nil, unknownSetting(name)
		}
		canonical, err := g.parse(v)
		if err != nil {
			return nil, err
		}
		m.base[lower(g.name)] = canonical
	}
	return m, nil
}

// Started is when the manager was made: pg_postmaster_start_time().
func (m *Manager) Started() time.Time { return m.started }

// Engine is the engine that sessions work on.
func (m *Manager) Engine() *table.Engine { return m.engine }

// Login is what a client said about itself at start-up.
type Login struct {
	User, Database string
	// Settings are the start-up packet's parameters besides user and database,
	// and those of its options.
	Settings map[string]string
	// Address is the client's, for pg_stat_activity.
	Address string
	Port    int
}

// Role finds the role that a client wants to be, for authentication; nil if
// there is none.
func (m *Manager) Role(name string) *catalog.Role {
	return m.engine.Catalog(catalog.PostgresOID).RoleByName(name)
}

// Reserve checks that one more session may be; Open checks again.
func (m *Manager) Reserve() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.room()
}

func (m *Manager) room() error {
	if m.closing {
		e := pgerr.New(pgerr.CannotConnectNow, "the database system is shutting down")
		e.Severity = fatal
		return e
	}
	if len(m.sessions) >= m.o.MaxSessions {
		e := pgerr.New(pgerr.TooManyConnections, "sorry, too many clients already")
		e.Severity = fatal
		return e
	}
	return nil
}

const fatal = "FATAL"

func fatalError(code, format string, args ...any) *pgerr.Error {
	e := pgerr.New(code, format, args...)
	e.Severity = fatal
	return e
}

// Open starts a session for a client that has been authenticated.
func (m *Manager) Open(l Login, c Client) (*Session, error) {
	view := m.engine.Catalog(catalog.PostgresOID)
	role := view.RoleByName(l.User)
	if role == nil {
		return nil, fatalError(pgerr.InvalidAuthorizationSpecification, "role %q does not exist", l.User)
	}
	if !role.Login {
		return nil, fatalError(pgerr.InvalidAuthorizationSpecification, "role %q is not permitted to log in", l.User)
	}
	if l.Database == "" {
		l.Database = l.User
	}
	db := view.DatabaseByName(l.Database)
	if db == nil {
		return nil, fatalError(pgerr.InvalidCatalogName, "database %q does not exist", l.Database)
	}
	if !db.AllowConn {
		return nil, fatalError(pgerr.ObjectNotInPrerequisiteState, "database %q is not currently accepting connections", l.Database)
	}
	s := newSession(m, l, c, db, role)
	if err := s.startSettings(l.Settings); err != nil {
		e := *pgerr.From(err)
		e.Severity = fatal
		return nil, &e
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.room(); err != nil {
		return nil, err
	}
	var secret [4]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, err
	}
	s.secret = int32(binary.BigEndian.Uint32(secret[:]))
	for {
		if m.nextPID++; m.nextPID <= 0 {
			m.nextPID = 1
		}
		if _, taken := m.sessions[m.nextPID]; !taken {
			break
		}
	}
	s.pid = m.nextPID
	s.own = m.engine.NewSession(s.pid)
	m.sessions[s.pid] = s
	s.applyLocks()
	return s, nil
}

func (m *Manager) forget(s *Session) {
	m.mu.Lock()
	delete(m.sessions, s.pid)
	m.retire(&s.stopwatch)
	m.mu.Unlock()
}

func (m *Manager) session(pid int32) *Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sessions[pid]
}

// Cancel cancels what the session runs, if the secret is its own: a
// CancelRequest.
func (m *Manager) Cancel(pid, secret int32) {
	if s := m.session(pid); s != nil && s.secret == secret {
		s.cancelStatement(errCanceled)
	}
}

// CancelBackend is pg_cancel_backend; false if there is no such session.
func (m *Manager) CancelBackend(pid int32) bool {
	s := m.session(pid)
	if s != nil {
		s.cancelStatement(errCanceled)
	}
	return s != nil
}

// TerminateBackend is pg_terminate_backend; false if there is no such session.
func (m *Manager) TerminateBackend(pid int32) bool {
	s := m.session(pid)
	if s != nil {
		s.terminate()
	}
	return s != nil
}

// Drain refuses new sessions and ends those there are as soon as they are in no
// statement and no transaction.
func (m *Manager) Drain() {
	for _, s := range m.close() {
		s.retire()
	}
}

// Shutdown refuses new sessions and terminates those there are, whatever they
// do; each ends when its connection has seen to it.
func (m *Manager) Shutdown() {
	for _, s := range m.close() {
		s.terminate()
	}
}

// close refuses new sessions and lists those there are.
func (m *Manager) close() []*Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closing = true
	all := make([]*Session, 0, len(m.sessions))
	for _, s := range m.sessions {
		all = append(all, s)
	}
	return all
}

// Stats are counts since the start.
type Stats struct {
	Sessions                               int
	Statements, Errors, Commits, Rollbacks int64
	PlanHits, PlanMisses                   int64
	ParsedTexts, Plans                     int
}

// Stats gives the counts.
func (m *Manager) Stats() Stats {
	m.mu.Lock()
	n := len(m.sessions)
	m.mu.Unlock()
	return Stats{
		Sessions: n, Statements: m.stats.statements.Load(), Errors: m.stats.errors.Load(),
		Commits: m.stats.commits.Load(), Rollbacks: m.stats.rollbacks.Load(),
		PlanHits: m.plans.hits.Load(), PlanMisses: m.plans.misses.Load(),
		ParsedTexts: m.parsed.Len(), Plans: m.plans.len(),
	}
}
