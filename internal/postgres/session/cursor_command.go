package session

import (
	"math"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Options of DECLARE, from parsenodes.h.
const (
	cursorBinary   = 1
	cursorScroll   = 2
	cursorNoScroll = 4
	cursorHold     = 32
)

// declareCursor is DECLARE CURSOR.
func (s *Session) declareCursor(d *pg_query.DeclareCursorStmt, stmt *parser.Statement, params []types.Datum) (outcome, error) {
	hold := d.Options&cursorHold != 0
	if s.block == blockNone && !hold {
		return outcome{}, pgerr.New(pgerr.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if d.Portalname == "" {
		return outcome{}, pgerr.New(pgerr.InvalidCursorName, "invalid cursor name: must not be empty")
	}
	pl, err := s.planLocked(&parser.Statement{Node: d.Query, Text: stmt.Text, Kind: parser.Query}, stmt.Text, typesOf(params))
	if err != nil {
		return outcome{}, err
	}
	if len(pl.prog.Plan.Columns) == 0 || pl.prog.Plan.Tag != "SELECT" || modifies(pl) {
		return outcome{}, pgerr.New(pgerr.InvalidCursorDefinition, "DECLARE CURSOR must not contain data-modifying statements")
	}
	if err := s.tx.StartStatement(); err != nil {
		return outcome{}, err
	}
	p, err := s.newPortal(d.Portalname)
	if err != nil {
		return outcome{}, err
	}
	p.cursor, p.hold, p.binary = true, hold, d.Options&cursorBinary != 0
	p.scroll = d.Options&cursorScroll != 0
	p.columns, p.text, p.started = pl.prog.Plan.Columns, stmt.Text, true
	if p.binary {
		p.formats = []int16{1}
	}
	p.params = append(p.params, params...)
	p.ec = s.ec
	cur, err := pl.prog.Open(&p.ec, p.params)
	if err != nil {
		s.closePortal(p)
		return outcome{}, err
	}
	p.rows = running{cur}
	if p.scroll || hold {
		// Rows that may be wanted again are kept from the start; a held cursor
		// reads the rest when its transaction commits.
		p.keep = &stored{cols: p.columns}
	}
	p.pause(s.tx)
	return outcome{tag: "DECLARE CURSOR", count: -1}, nil
}

// typesOf gives no types: a cursor's parameters are those of the message that
// declares it, planned by their place.
func typesOf(params []types.Datum) []types.OID {
	if len(params) == 0 {
		return nil
	}
	return make([]types.OID, len(params))
}

// holdPortals reads the held cursors' rows, as their transaction ends.
func (s *Session) holdPortals() error {
	for _, p := range s.portals {
		if !p.hold || p.held {
			continue
		}
		back := p.resume(s.tx)
		err := p.readAll()
		back()
		if err != nil {
			return err
		}
		p.leave()
		p.held = true
	}
	return nil
}

// readAll reads a cursor's remaining rows into keep.
func (p *portal) readAll() error {
	if p.keep == nil {
		p.keep = &stored{cols: p.columns}
	}
	return p.readTo(math.MaxInt64)
}

// readTo reads rows into keep until it has n.
func (p *portal) readTo(n int64) error {
	for p.rows != nil && int64(len(p.keep.rows)) < n {
		b, err := p.rows.next(int(min(n-int64(len(p.keep.rows)), maxBatch)))
		if err != nil {
			return err
		}
		if b == nil {
			err := p.rows.close()
			p.rows = nil
			return err
		}
		if err := p.keep.add(b); err != nil {
			return err
		}
	}
	return nil
}

// fetch is FETCH and MOVE.
func (s *Session) fetch(f *pg_query.FetchStmt) (outcome, error) {
	p := s.portals[f.Portalname]
	if p == nil {
		return outcome{}, pgerr.New(pgerr.InvalidCursorName, "cursor %q does not exist", f.Portalname)
	}
	if !p.cursor {
		return outcome{}, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "portal %q cannot be run", f.Portalname)
	}
	back := p.resume(s.tx)
	rows, err := p.fetch(f.Direction, f.HowMany)
	back()
	if err != nil {
		return outcome{}, err
	}
	if f.Ismove {
		return outcome{tag: "MOVE", count: int64(len(rows.rows))}, nil
	}
	return outcome{tag: "FETCH", columns: p.columns, rows: rows}, nil
}

// fetch moves the cursor and gives the rows passed.
func (p *portal) fetch(dir pg_query.FetchDirection, n int64) (*stored, error) {
	switch dir {
	case pg_query.FetchDirection_FETCH_FORWARD:
		if n < 0 {
			return p.backward(-n)
		}
		return p.forward(n)
	case pg_query.FetchDirection_FETCH_BACKWARD:
		if n < 0 {
			return p.forward(-n)
		}
		return p.backward(n)
	case pg_query.FetchDirection_FETCH_ABSOLUTE:
		return p.absolute(n)
	default: // FETCH_RELATIVE
		switch {
		case n > 0:
			if _, err := p.forward(n - 1); err != nil {
				return nil, err
			}
			return p.forward(1)
		case n < 0:
			if _, err := p.backward(-n - 1); err != nil {
				return nil, err
			}
			return p.backward(1)
		}
		return p.current()
	}
}

// fetchAll is what FETCH ALL gives as a number.
const fetchAll = math.MaxInt64

// forward gives the next n rows; 0 the current row again.
func (p *portal) forward(n int64) (*stored, error) {
	if n == 0 {
		return p.current()
	}
	out := &stored{cols: p.columns}
	if p.keep != nil {
		end := p.at + n
		if n == fetchAll || end < 0 {
			end = fetchAll
		}
		if err := p.readTo(end); err != nil {
			return nil, err
		}
		have := int64(len(p.keep.rows))
		from := min(p.at, have)
		to := min(end, have)
		out.rows = p.keep.rows[from:to]
		p.at = to
		if to < end {
			p.at = have + 1
		}
		return out, nil
	}
	for p.rows != nil && int64(len(out.rows)) < n {
		b, err := p.rows.next(int(min(n-int64(len(out.rows)), maxBatch)))
		if err != nil {
			return nil, err
		}
		if b == nil {
			if err := p.rows.close(); err != nil {
				return nil, err
			}
			p.rows = nil
			p.at++
			break
		}
		if err := out.add(b); err != nil {
			return nil, err
		}
		p.at += int64(b.Rows())
	}
	return out, nil
}

func (p *portal) mayScroll() error {
	if p.keep == nil || !p.scroll {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
			WithHint("Declare it with SCROLL option to enable backward scan.")
	}
	return nil
}

// current gives the row that the cursor stands on.
func (p *portal) current() (*stored, error) {
	out := &stored{cols: p.columns}
	if p.at == 0 {
		return out, nil
	}
	if err := p.mayScroll(); err != nil {
		return nil, err
	}
	if p.at <= int64(len(p.keep.rows)) {
		out.rows = p.keep.rows[p.at-1 : p.at]
	}
	return out, nil
}

// backward gives the n rows before the current one, the nearest first.
func (p *portal) backward(n int64) (*stored, error) {
	if n == 0 {
		return p.current()
	}
	if err := p.mayScroll(); err != nil {
		return nil, err
	}
	out := &stored{cols: p.columns}
	for p.at > 0 && int64(len(out.rows)) < n {
		p.at--
		if p.at > 0 && p.at <= int64(len(p.keep.rows)) {
			out.rows = append(out.rows, p.keep.rows[p.at-1])
		}
	}
	return out, nil
}

// absolute goes to row n, counted from the end if negative, and gives it.
func (p *portal) absolute(n int64) (*stored, error) {
	if n < p.at || n < 0 {
		if err := p.mayScroll(); err != nil {
			return nil, err
		}
	}
	if n < 0 {
		if err := p.readAll(); err != nil {
			return nil, err
		}
		n = max(int64(len(p.keep.rows))+1+n, 0)
	}
	if p.keep == nil {
		for p.at < n-1 && p.rows != nil {
			if _, err := p.forward(min(n-1-p.at, maxBatch)); err != nil {
				return nil, err
			}
		}
		if n == p.at || p.rows == nil {
			return &stored{cols: p.columns}, nil
		}
		return p.forward(1)
	}
	if n == 0 {
		p.at = 0
		return &stored{cols: p.columns}, nil
	}
	p.at = n - 1
	return p.forward(1)
}

// closeCursor is CLOSE.
func (s *Session) closeCursor(c *pg_query.ClosePortalStmt) (outcome, error) {
	if c.Portalname == "" {
		for _, p := range s.portals {
			if p.cursor {
				s.closePortal(p)
			}
		}
		return outcome{tag: "CLOSE CURSOR ALL", count: -1}, nil
	}
	p := s.portals[c.Portalname]
	if p == nil {
		return outcome{}, pgerr.New(pgerr.InvalidCursorName, "cursor %q does not exist", c.Portalname)
	}
	s.closePortal(p)
	return outcome{tag: "CLOSE CURSOR", count: -1}, nil
}

// hasModifyingCTE reports WITH clauses that change rows.
func hasModifyingCTE(stmt *parser.Statement) bool {
	sel := stmt.Node.GetSelectStmt()
	for _, c := range sel.GetWithClause().GetCtes() {
		switch c.GetCommonTableExpr().GetCtequery().GetNode().(type) {
		case *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt:
			return true
		}
	}
	return false
}
