package session

import (
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// paramValue reads a parameter's bytes.
func (s *Session) paramValue(typ types.OID, format int16, v []byte) (types.Datum, error) {
	if v == nil {
		return types.Null, nil
	}
	if format == 1 {
		return types.DecodeBinary(typ, v)
	}
	if format != 0 {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", format)
	}
	switch physical(typ) {
	case types.KindInt, types.KindFloat, types.KindBool:
		// The value keeps nothing of its text.
		return types.Input(typ, unsafe.String(unsafe.SliceData(v), len(v)), -1, &s.format)
	}
	text := string(v)
	if !utf8.ValidString(text) {
		return types.Null, parser.CheckUTF8(text)
	}
	if err := parser.CheckUTF8(text); err != nil {
		return types.Null, err
	}
	return types.Input(typ, text, -1, &s.format)
}

// Execute is the Execute message: it runs a portal, or goes on with it, for at
// most limit rows (0: all). suspended tells that there may be more.
func (s *Session) Execute(name string, limit int) (suspended bool, err error) {
	p, err := s.portal(name)
	if err != nil {
		return false, s.fail(err)
	}
	suspended, err = s.execute(p, limit)
	s.stopwatch.executed()
	if err != nil {
		return false, s.fail(err)
	}
	return suspended, nil
}

func (s *Session) execute(p *portal, limit int) (bool, error) {
	st := p.stmt
	if st == nil || st.stmt == nil {
		s.client.Empty()
		return false, nil
	}
	s.source = st.text
	if s.failed && !endsFailure(st.stmt) {
		return false, errFailedTransaction
	}
	s.stopwatch.start(s.activity.run(st.text))
	s.m.stats.statements.Add(1)
	if t := st.stmt.Node.GetTransactionStmt(); t != nil {
		tag, err := s.transactionCommand(t)
		if err != nil {
			return false, err
		}
		s.client.Complete(tag, -1)
		return false, nil
	}
	if p.done {
		s.client.Complete(p.tag, p.sentCount())
		return false, nil
	}
	if err := s.begun(); err != nil {
		return false, err
	}
	if !p.started {
		if err := s.start(p, limit); err != nil {
			return false, err
		}
	}
	back := p.resume(s.tx)
	suspended, err := s.send(p, limit)
	back()
	s.canceler.stop()
	switch {
	case err != nil:
	case suspended:
		p.pause(s.tx)
	default:
		p.leave()
	}
	return suspended, err
}

// start begins a portal's execution. A statement that changes rows, and any
// command, runs to its end here; only plain queries give their rows in parts.
func (s *Session) start(p *portal, limit int) error {
	p.started = true
	if !p.stmt.isQuery() {
		out, err := s.command(p.stmt.stmt, p.params)
		if err != nil {
			return err
		}
		p.tag, p.count, p.rows = out.tag, out.count, out.rows
		if p.columns == nil {
			p.columns = out.columns
		}
		return nil
	}
	pl, err := s.replan(p.stmt)
	if err != nil {
		return err
	}
	if err := s.startPlan(pl.prog.Plan); err != nil {
		return err
	}
	p.ec = s.ec
	cur, err := pl.prog.Open(&p.ec, p.params)
	if err != nil {
		return err
	}
	p.tag = pl.prog.Plan.Tag
	p.rows = running{cur}
	p.count = countRows
	if p.tag == "SELECT" && !modifies(pl) {
		return nil
	}
	if len(p.columns) == 0 || limit > 0 {
		return s.runOut(p, running{cur})
	}
	return nil
}

// modifies reports a query with data-modifying WITH clauses, which run to their
// end whatever the client reads.
func modifies(pl *planned) bool {
	return pl.prog.Plan.Writes && pl.prog.Plan.Tag == "SELECT" && hasModifyingCTE(pl.stmt)
}

// countRows stands in portal.count for the number of rows sent.
const countRows = -2

func (p *portal) sentCount() int64 {
	if p.count == countRows {
		return p.sent
	}
	return p.count
}

// runOut runs a statement that changes rows to its end, keeping what it returns.
func (s *Session) runOut(p *portal, r running) error {
	keep := &stored{cols: p.columns}
	for {
		b, err := r.cur.Next()
		if err != nil {
			return err // the portal closes the cursor
		}
		if b == nil {
			break
		}
		if len(p.columns) > 0 {
			if err := keep.add(b); err != nil {
				return err
			}
		}
	}
	p.count = r.cur.RowsAffected()
	if err := s.complete(r.cur); err != nil {
		return err
	}
	p.rows = keep
	return nil
}

// send gives a portal's rows to the client, and its completion after the last.
func (s *Session) send(p *portal, limit int) (suspended bool, err error) {
	left := int64(limit)
	for p.rows != nil {
		n := maxBatch
		if limit > 0 {
			if left == 0 {
				return true, nil
			}
			n = int(min(left, maxBatch))
		}
		b, err := p.rows.next(n)
		if err != nil {
			return false, err
		}
		if b == nil {
			if r, ok := p.rows.(running); ok {
				if p.count == countRows && p.tag != "SELECT" {
					p.count = r.cur.RowsAffected()
				}
			}
			err := p.rows.close()
			p.rows = nil
			if err == nil {
				err = s.foreign.EndStatement()
			}
			if err != nil {
				return false, err
			}
			break
		}
		left -= int64(b.Rows())
		p.sent += int64(b.Rows())
		if len(p.columns) == 0 {
			continue
		}
		if err := s.client.Rows(p.columns, p.formats, b, &s.format); err != nil {
			return false, err
		}
	}
	p.done = true
	s.client.Complete(p.tag, p.sentCount())
	return false, nil
}

// startPlan begins the statement of a plan. One that would write is refused in a
// read-only transaction before it touches anything; locks of rows are refused where
// they are taken.
func (s *Session) startPlan(p *plan.Plan) error {
	if err := s.tx.StartStatement(); err != nil {
		return err
	}
	if p.Writes && p.Tag != "SELECT" && s.tx.ReadOnly() {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", p.Tag)
	}
	return nil
}
