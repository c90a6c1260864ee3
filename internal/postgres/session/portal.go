package session

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// What one session may keep open: portals and cursors, and bytes of their
// parameters.
const (
	maxPortals    = 10_000
	maxPortalData = 1 << 30
)

// portal is a bound statement, or a cursor.
type portal struct {
	name    string
	made    time.Time
	stmt    *prepared
	params  []types.Datum
	formats []int16
	columns []plan.ResultColumn
	ec      exec.Context

	size    int              // bytes of the parameters
	rows    rowSource        // while it runs
	sees    *table.Statement // what its statement sees, for when it goes on later
	started bool
	done    bool
	sent    int64 // rows given so far
	tag     string
	count   int64 // for the tag, of a statement that ran to its end at once
	// level is how many savepoints there were when it was made: rolling back to an
	// earlier one closes it.
	level int

	// Of cursors:
	cursor bool
	scroll bool
	hold   bool
	binary bool
	text   string
	at     int64 // the row it stands on, from 1; 0 is before the first
	keep   *stored
	held   bool // its transaction has ended
}

func (s *Session) portal(name string) (*portal, error) {
	p := s.portals[name]
	if p == nil {
		return nil, pgerr.New(pgerr.InvalidCursorName, "portal %q does not exist", name)
	}
	return p, nil
}

// newPortal makes a portal; an unnamed one replaces the last.
func (s *Session) newPortal(name string) (*portal, error) {
	if old := s.portals[name]; old != nil {
		if name != "" {
			return nil, pgerr.New(pgerr.DuplicateCursor, "cursor %q already exists", name)
		}
		s.closePortal(old)
	}
	if len(s.portals) >= maxPortals {
		return nil, pgerr.New(pgerr.ProgramLimitExceeded, "too many open portals")
	}
	p := s.spare
	if p == nil {
		p = &portal{}
	}
	s.spare = nil
	*p = portal{name: name, made: s.fn.StmtTime, level: len(s.savepoints), ec: s.ec, params: p.params[:0]}
	s.portals[name] = p
	return p, nil
}

// pause keeps what the portal's statement sees, before another one runs.
func (p *portal) pause(tx *table.Tx) {
	if p.sees == nil && tx != nil && p.rows != nil {
		p.sees = tx.Statement()
	}
}

// resume lets the portal go on with what its statement saw, until back is called.
func (p *portal) resume(tx *table.Tx) (back func()) {
	if p.sees == nil || tx == nil {
		return func() {}
	}
	return tx.Enter(p.sees)
}

// leave gives up what pause kept.
func (p *portal) leave() {
	if p.sees != nil {
		p.sees.Close()
		p.sees = nil
	}
}

func (s *Session) closePortal(p *portal) {
	if p.rows != nil {
		// An execution given up has nothing to tell.
		_ = p.rows.close()
		p.rows = nil
	}
	p.leave()
	delete(s.portals, p.name)
	s.bound -= p.size
	if p.name == "" {
		clear(p.params)
		s.spare = p
	}
}

// closePortals closes those made at a savepoint level or above, at the end of a
// transaction those that are not held; with all, every one.
func (s *Session) closePortals(level int, all bool) {
	for _, p := range s.portals {
		if all || !p.held && p.level >= level {
			s.closePortal(p)
		}
	}
}

// ClosePortal is Close of a portal; one that is not there is no error.
func (s *Session) ClosePortal(name string) {
	if p := s.portals[name]; p != nil {
		s.closePortal(p)
	}
}

// ParamTypes are the types that a Bind message's values must have.
func (s *Session) ParamTypes(stmt string) ([]types.OID, error) {
	p, err := s.statement(stmt)
	if err != nil {
		return nil, s.fail(err)
	}
	return p.params, nil
}

// Bind is the Bind message: values holds each parameter's bytes, nil for NULL,
// and formats says how they are encoded. What values point to may change after
// the call.
func (s *Session) Bind(name, stmt string, formats []int16, values [][]byte, results []int16) error {
	if err := s.bind(name, stmt, formats, values, results); err != nil {
		return s.fail(err)
	}
	return nil
}

// checkFormats refuses what is neither text (0) nor binary (1), whether or not
// there is a value to be sent so.
func checkFormats(lists ...[]int16) error {
	for _, formats := range lists {
		for _, f := range formats {
			if f != 0 && f != 1 {
				return pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", f)
			}
		}
	}
	return nil
}

func (s *Session) bind(name, stmt string, formats []int16, values [][]byte, results []int16) error {
	st, err := s.statement(stmt)
	if err != nil {
		return err
	}
	s.source = st.text
	if s.failed && (st.stmt == nil || !endsFailure(st.stmt)) {
		return errFailedTransaction
	}
	if err := checkFormats(formats, results); err != nil {
		return err
	}
	if len(formats) > 1 && len(formats) != len(values) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d parameter formats but %d parameters", len(formats), len(values))
	}
	if len(values) != len(st.params) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d",
			len(values), stmt, len(st.params))
	}
	if len(results) > 1 && len(results) != len(st.columns) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", len(results), len(st.columns))
	}
	p, err := s.newPortal(name)
	if err != nil {
		return err
	}
	p.stmt, p.columns = st, st.columns
	p.formats = append(p.formats, results...)
	for _, v := range values {
		p.size += len(v)
	}
	if s.bound += p.size; s.bound > maxPortalData {
		s.closePortal(p)
		return pgerr.New(pgerr.OutOfMemory, "out of memory").WithDetail("The open portals have more than %d bytes of parameters.", maxPortalData)
	}
	for i, v := range values {
		var f int16
		switch len(formats) {
		case 0:
		case 1:
			f = formats[0]
		default:
			f = formats[i]
		}
		d, err := s.paramValue(st.params[i], f, v)
		if err != nil {
			s.closePortal(p)
			e := *pgerr.From(err)
			e.Where = "unnamed portal parameter $" + itoa(int64(i+1))
			if name != "" {
				e.Where = "portal \"" + name + "\" parameter $" + itoa(int64(i+1))
			}
			return &e
		}
		p.params = append(p.params, d)
	}
	return nil
}

// DescribePortal is Describe of a portal: its columns, nil if it gives no rows,
// and their formats.
func (s *Session) DescribePortal(name string) ([]plan.ResultColumn, []int16, error) {
	p, err := s.portal(name)
	if err != nil {
		return nil, nil, s.fail(err)
	}
	return p.columns, p.formats, nil
}
