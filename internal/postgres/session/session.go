package session

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/foreign"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/sysview"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Session is one connection's state. Its methods are called by one goroutine at
// a time, except those that say otherwise.
type Session struct {
	m      *Manager
	client Client
	pid    int32
	secret int32
	own    *table.Session

	db          types.OID
	dbName      string
	sessionUser *catalog.Role
	user        *catalog.Role // as SET ROLE has it

	settings
	// What statements need of the settings in a ready form; see applied.
	format           types.Format
	timeout          time.Duration
	idleTx, idle     time.Duration
	planSettings     plan.Settings
	workMem          int
	minMessages      int
	env              uint64 // identifies what plans depend on; 0: to be computed
	path             searchPath
	reported         map[string]string // last told to the client
	toReport         []string
	defaultIsolation table.Isolation

	transaction
	canceler  canceler
	activity  activity
	stopwatch stopwatch

	fn      builtin.Context
	ec      exec.Context
	lifter  parser.Lifter
	params  []types.Datum
	stmts   map[string]*prepared
	kept    int // bytes of the statements' texts
	unnamed *prepared
	portals map[string]*portal
	bound   int     // bytes of the portals' parameters
	spare   *portal // an unnamed portal to use again
	notify  notifications
	// source is the text that error positions refer to, "" if there is none.
	source string
	// foreign watches the rows that the transaction changes.
	foreign *foreign.Keys
}

func newSession(m *Manager, l Login, c Client, db *catalog.Database, role *catalog.Role) *Session {
	s := &Session{
		m: m, client: c, db: db.OID, dbName: db.Name, sessionUser: role, user: role,
		stmts: make(map[string]*prepared), portals: make(map[string]*portal), reported: make(map[string]string),
	}
	s.settings.defaults = m.base
	s.fn.Env = s
	s.format.Names = sysview.Names(&s.fn)
	s.ec = exec.Context{Fn: &s.fn, Virtual: m.o.Virtual, TempDir: m.o.TempDir, Handle: s.handle, Hook: s.rowHook}
	s.foreign = foreign.New(keySession{s})
	s.activity.begin(l, time.Now())
	return s
}

// PID identifies the session, as BackendKeyData and pg_stat_activity do.
func (s *Session) PID() int32 { return s.pid }

// Secret is what a CancelRequest must give.
func (s *Session) Secret() int32 { return s.secret }

// Close ends the session: it rolls back, and gives up all it holds.
func (s *Session) Close() {
	s.closePortals(0, true)
	if s.tx != nil {
		s.tx.Rollback()
		s.tx = nil
	}
	if err := s.dropTempSchema(); err != nil {
		// The tables stay until the server starts again.
		s.m.o.Logger.Warn("temporary tables could not be dropped", "error", err)
	}
	s.m.hub.drop(s)
	s.m.forget(s)
	s.own.Close()
}

// Status is the transaction status of ReadyForQuery: I idle, T in a transaction,
// E in a failed one.
func (s *Session) Status() byte {
	switch {
	case s.failed:
		return 'E'
	case s.block == blockExplicit:
		return 'T'
	default:
		return 'I'
	}
}

// Ready is called before each ReadyForQuery: it tells the client what changed
// meanwhile.
func (s *Session) Ready() {
	if len(s.toReport) > 0 {
		s.report()
	}
	if s.notify.waiting.Load() && s.block == blockNone {
		s.deliver()
	}
	s.activity.rest(s.Status())
	s.stopwatch.rest()
	if s.retired() {
		s.client.Wake() // to end it
	}
}

// Idle is called when Client.Wake interrupted the wait for the client. It sends
// what came for the client; an error ends the connection.
func (s *Session) Idle() error {
	if err := s.Terminated(); err != nil {
		return err
	}
	if s.retired() {
		return errTerminated
	}
	if s.notify.waiting.Load() && s.block == blockNone {
		s.deliver()
	}
	return nil
}

// IdleTimeout is how long the client may now stay silent, 0 for ever, and the
// error that ends the connection then.
func (s *Session) IdleTimeout() (time.Duration, error) {
	if s.block == blockExplicit {
		return s.idleTx, errIdleTransaction
	}
	return s.idle, errIdleSession
}

// Error turns an error into what the client is told: with the position in
// characters, of the statement that failed.
func (s *Session) Error(err error) *pgerr.Error {
	e := *pgerr.From(err)
	if e.Severity == "" {
		e.Severity = "ERROR"
	}
	if e.Position > 0 {
		at := e.Position - 1
		if s.source == "" || at > len(s.source) {
			e.Position = 0
		} else {
			e.Position = utf8.RuneCountInString(s.source[:at]) + 1
		}
	}
	return &e
}

// fail notes that a statement failed: the transaction is aborted, or, outside a
// block, rolled back.
func (s *Session) fail(err error) error {
	s.canceler.stop()
	s.m.stats.errors.Add(1)
	if s.block == blockExplicit {
		s.abort()
		return err
	}
	s.rollback()
	return err
}

// abort fails the block. What was done since the last savepoint, or all if there is
// none, is undone at once: nobody shall wait for locks of a transaction that can only
// be rolled back, however long its client takes to do so.
func (s *Session) abort() {
	if s.failed {
		return
	}
	s.failed = true
	if s.tx == nil {
		return
	}
	n := len(s.savepoints)
	s.closePortals(n, false)
	if n > 0 && s.tx.RollbackTo(s.savepoints[n-1].id) == nil {
		return
	}
	s.closePortals(0, false)
	s.tx.Rollback()
	s.tx, s.ec.Tx = nil, nil
	s.m.stats.rollbacks.Add(1)
}

// Reject fails a message that makes no sense, as a statement fails.
func (s *Session) Reject(err error) error { return s.fail(err) }

// begun prepares for a statement: a transaction, a context, the time.
func (s *Session) begun() error {
	now := time.Now()
	s.fn.StmtTime = now
	if s.tx == nil {
		if err := s.begin(now); err != nil {
			return err
		}
	}
	s.ec.Ctx = s.startStatement(s.timeout)
	return nil
}

// errFailedTransaction refuses a statement in a failed transaction.
var errFailedTransaction = pgerr.New(pgerr.InFailedSQLTransaction,
	"current transaction is aborted, commands ignored until end of transaction block")

// notice sends a notice if client_min_messages lets it pass.
func (s *Session) notice(severity, code, format string, args ...any) {
	n := pgerr.New(code, format, args...)
	n.Severity = severity
	s.sendNotice(n)
}

func (s *Session) sendNotice(n *pgerr.Error) {
	if messageLevel(n.Severity) >= s.minMessages {
		s.client.Notice(n)
	}
}

func (s *Session) warn(code, message string) { s.notice("WARNING", code, "%s", message) }

// messageLevel orders severities as client_min_messages does.
func messageLevel(severity string) int {
	for i, l := range optsMessages {
		if strings.EqualFold(l, severity) {
			return i
		}
	}
	if strings.EqualFold(severity, "info") {
		return len(optsMessages) // always sent
	}
	return 0
}

func lower(s string) string { return strings.ToLower(s) }
