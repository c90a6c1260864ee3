package session

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// What one session may keep: statements, and bytes of their texts.
const (
	maxPrepared     = 50_000
	maxPreparedText = 256 << 20
)

// prepared is a prepared statement.
type prepared struct {
	name     string
	text     string            // as the client gave it
	stmt     *parser.Statement // nil for an empty one
	declared []types.OID
	params   []types.OID
	columns  []plan.ResultColumn // of rows it gives; nil if none, or not known before it runs
	plan     *planned            // of a query, as made last
	fromSQL  bool                // by PREPARE
	made     time.Time
}

// ParseStatement is the Parse message.
func (s *Session) ParseStatement(name, text string, declared []types.OID) error {
	s.source = text
	if err := s.parseStatement(name, text, declared); err != nil {
		return s.fail(err)
	}
	return nil
}

func (s *Session) parseStatement(name, text string, declared []types.OID) error {
	if name == "" {
		s.unnamed = nil
	} else if _, ok := s.stmts[name]; ok {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", name)
	}
	p := &prepared{name: name, text: text, declared: declared, params: declared}
	if !s.failed {
		// The plan of the same text, made before, tells all there is to know.
		k := planKey{env: s.environment(), params: oidKey(declared), text: text}
		if pl := s.m.plans.get(k); pl != nil && s.valid(pl) {
			p.use(pl)
			return s.keep(p)
		}
	}
	stmts, err := s.m.parsed.Parse(text)
	if err != nil {
		return err
	}
	if len(stmts) > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	if len(stmts) == 1 {
		p.stmt = &stmts[0]
		if s.failed && !endsFailure(p.stmt) {
			return errFailedTransaction
		}
		if err := s.analyze(p); err != nil {
			return err
		}
	}
	return s.keep(p)
}

// keep makes a statement known by its name.
func (s *Session) keep(p *prepared) error {
	p.made = s.fn.StmtTime
	if p.name == "" {
		s.unnamed = p
		return nil
	}
	if len(s.stmts) >= maxPrepared {
		return pgerr.New(pgerr.ProgramLimitExceeded, "too many prepared statements")
	}
	if s.kept += len(p.text); s.kept > maxPreparedText {
		s.kept -= len(p.text)
		return pgerr.New(pgerr.OutOfMemory, "out of memory").WithDetail("The prepared statements have more than %d bytes.", maxPreparedText)
	}
	s.stmts[p.name] = p
	return nil
}

// forget drops a named statement and reports whether there was one.
func (s *Session) forget(name string) bool {
	p, ok := s.stmts[name]
	if ok {
		s.kept -= len(p.text)
		delete(s.stmts, name)
	}
	return ok
}

func (s *Session) forgetAll() {
	clear(s.stmts)
	s.kept = 0
}

func (p *prepared) use(pl *planned) {
	p.plan, p.stmt = pl, pl.stmt
	p.params, p.columns = pl.prog.Plan.Params, pl.prog.Plan.Columns
}

// isQuery reports a statement that is planned.
func (p *prepared) isQuery() bool {
	return p.stmt != nil && p.stmt.Kind == parser.Query && selectInto(p.stmt.Node) == nil
}

// analyze finds the types of a statement's parameters and columns.
func (s *Session) analyze(p *prepared) error {
	if !p.isQuery() {
		cols, err := s.commandColumns(p.stmt)
		if err != nil {
			return err
		}
		p.columns = cols
		if p.stmt.Params > 0 && len(p.params) < p.stmt.Params {
			all := make([]types.OID, p.stmt.Params)
			copy(all, p.declared)
			p.params = all
		}
		return nil
	}
	s.fn.StmtTime = now()
	if s.tx == nil {
		// Relations are looked up, and literals read, as of the transaction that the
		// statement will probably run in.
		if err := s.begin(s.fn.StmtTime); err != nil {
			return err
		}
	}
	pl, err := s.planText(p.stmt, p.text, p.declared)
	if err != nil {
		return err
	}
	p.use(pl)
	return nil
}

func now() time.Time { return time.Now() }

// statement finds a prepared statement.
func (s *Session) statement(name string) (*prepared, error) {
	p := s.unnamed
	if name != "" {
		p = s.stmts[name]
	}
	if p == nil {
		if name == "" {
			return nil, pgerr.New(pgerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
		}
		return nil, pgerr.New(pgerr.InvalidSQLStatementName, "prepared statement %q does not exist", name)
	}
	return p, nil
}

// replan gives a valid, locked plan of a prepared statement.
func (s *Session) replan(p *prepared) (*planned, error) {
	for range maxReplans {
		if !s.valid(p.plan) {
			pl, err := s.planText(p.stmt, p.text, p.declared)
			if err != nil {
				return nil, err
			}
			if !sameColumns(pl.prog.Plan.Columns, p.columns) {
				return nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
			}
			p.plan = pl
		}
		ok, err := s.lock(p.plan)
		if err != nil {
			return nil, err
		}
		if ok {
			return p.plan, nil
		}
	}
	return nil, errStale
}

func sameColumns(a, b []plan.ResultColumn) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Type != b[i].Type || a[i].Typmod != b[i].Typmod {
			return false
		}
	}
	return true
}

// DescribeStatement is Describe of a statement: the types of its parameters and
// its columns, nil if it gives no rows.
func (s *Session) DescribeStatement(name string) ([]types.OID, []plan.ResultColumn, error) {
	p, err := s.statement(name)
	if err != nil {
		return nil, nil, s.fail(err)
	}
	if s.failed && len(p.columns) > 0 {
		return nil, nil, s.fail(errFailedTransaction)
	}
	return p.params, p.columns, nil
}

// CloseStatement is Close of a statement; one that is not there is no error.
func (s *Session) CloseStatement(name string) {
	if name == "" {
		s.unnamed = nil
		return
	}
	s.forget(name)
}
