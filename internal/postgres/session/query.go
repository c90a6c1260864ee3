package session

import (
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Query runs a message of the simple protocol: any number of statements, which
// without BEGIN are one transaction. After an error the rest is not run.
func (s *Session) Query(sql string) error {
	began := s.activity.run(sql)
	err := s.query(sql)
	s.stopwatch.count(time.Since(began))
	return err
}

func (s *Session) query(sql string) error {
	if s.unnamed != nil {
		s.unnamed = nil
	}
	if !s.failed && s.lifter.Lift(sql) {
		done, err := s.queryShape()
		if done {
			return err
		}
	}
	s.source = sql
	stmts, err := s.m.parsed.Parse(sql)
	if err != nil {
		return s.fail(err)
	}
	if len(stmts) == 0 {
		s.client.Empty()
		return nil
	}
	for i := range stmts {
		if err := s.simple(&stmts[i], len(stmts) > 1, i == len(stmts)-1); err != nil {
			return s.fail(err)
		}
	}
	if s.block == blockImplicit { // the last statement was SAVEPOINT or the like
		s.block = blockNone
		if err := s.finish(); err != nil {
			return s.fail(err)
		}
	}
	return nil
}

// queryShape runs the statement in the lifter by the plan of its shape; done is
// false if that cannot be, and nothing has happened then.
func (s *Session) queryShape() (done bool, err error) {
	s.m.stats.statements.Add(1)
	s.source = ""
	fresh := s.tx == nil
	if err := s.begun(); err != nil {
		return true, s.fail(err)
	}
	for range maxReplans {
		p := s.planShape()
		if p == nil {
			break
		}
		params, err := s.literalValues(p)
		if err != nil {
			break // its own error comes with its position
		}
		ok, err := s.lock(p)
		if err != nil {
			return true, s.fail(err)
		}
		if !ok {
			continue
		}
		tag, rows, err := s.runPlan(p, params)
		if err != nil {
			return true, s.fail(err)
		}
		if err := s.finish(); err != nil {
			return true, s.fail(err)
		}
		s.client.Complete(tag, rows)
		return true, nil
	}
	s.canceler.stop()
	if fresh {
		s.rollback()
	}
	return false, nil
}

// simple runs one statement of a simple query.
func (s *Session) simple(stmt *parser.Statement, several, last bool) error {
	s.m.stats.statements.Add(1)
	if s.failed && !endsFailure(stmt) {
		return errFailedTransaction
	}
	if several && s.block == blockNone {
		if err := s.begun(); err != nil {
			return err
		}
		s.block = blockImplicit
	}
	if t := stmt.Node.GetTransactionStmt(); t != nil {
		tag, err := s.transactionCommand(t)
		if err != nil {
			return err
		}
		s.client.Complete(tag, -1)
		return nil
	}
	if err := s.begun(); err != nil {
		return err
	}
	tag, rows, err := s.runSimple(stmt)
	if err != nil {
		return err
	}
	if last && s.block == blockImplicit {
		s.block = blockNone
	}
	if err := s.finish(); err != nil {
		return err
	}
	s.client.Complete(tag, rows)
	return nil
}

// endsFailure tells the statements that a failed transaction still takes.
func endsFailure(stmt *parser.Statement) bool {
	t := stmt.Node.GetTransactionStmt()
	if t == nil {
		return false
	}
	switch t.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT, pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK,
		pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return true
	}
	return false
}

// selectInto is the INTO clause of SELECT INTO, nil for any other statement.
func selectInto(n *pg_query.Node) *pg_query.IntoClause {
	sel := n.GetSelectStmt()
	for sel != nil {
		if sel.IntoClause != nil {
			return sel.IntoClause
		}
		sel = sel.Larg
	}
	return nil
}

// runSimple runs a statement whose rows, if any, go out at once as text.
func (s *Session) runSimple(stmt *parser.Statement) (tag string, rows int64, err error) {
	if stmt.Kind == parser.Query && selectInto(stmt.Node) == nil {
		p, err := s.planLocked(stmt, stmt.Text, nil)
		if err != nil {
			return "", 0, err
		}
		return s.runPlan(p, nil)
	}
	out, err := s.command(stmt, nil)
	if err != nil {
		return "", 0, err
	}
	if out.rows != nil {
		rows, err := s.sendAll(out.columns, nil, out.rows)
		if err != nil {
			return "", 0, err
		}
		if out.count < 0 {
			rows = -1
		}
		return out.tag, rows, nil
	}
	return out.tag, out.count, nil
}

// planLocked plans a statement and locks what it uses.
func (s *Session) planLocked(stmt *parser.Statement, text string, params []types.OID) (*planned, error) {
	for range maxReplans {
		p, err := s.planText(stmt, text, params)
		if err != nil {
			return nil, err
		}
		ok, err := s.lock(p)
		if err != nil {
			return nil, err
		}
		if ok {
			return p, nil
		}
	}
	return nil, errStale
}

// runPlan runs a locked plan to its end, sending its rows as text.
func (s *Session) runPlan(p *planned, params []types.Datum) (tag string, rows int64, err error) {
	if err := s.startPlan(p.prog.Plan); err != nil {
		return "", 0, err
	}
	cur, err := p.prog.Open(&s.ec, params)
	if err != nil {
		return "", 0, err
	}
	cols := p.prog.Plan.Columns
	if len(cols) > 0 {
		s.client.RowDescription(cols, nil)
	}
	for {
		b, err := cur.Next()
		if err != nil {
			return "", 0, closing(cur, err)
		}
		if b == nil {
			break
		}
		if len(cols) > 0 {
			if err := s.client.Rows(cols, nil, b, &s.format); err != nil {
				return "", 0, closing(cur, err)
			}
		}
	}
	rows = cur.RowsAffected()
	if err := s.complete(cur); err != nil {
		return "", 0, err
	}
	return p.prog.Plan.Tag, rows, nil
}

// closing closes a cursor after an error, which is the one that counts.
func closing(cur *exec.Cursor, err error) error {
	_ = cur.Close()
	return err
}

// sendAll sends all rows of a command, as text or as formats say.
func (s *Session) sendAll(cols []plan.ResultColumn, formats []int16, rows rowSource) (int64, error) {
	s.client.RowDescription(cols, formats)
	n := int64(0)
	for {
		b, err := rows.next(maxBatch)
		if err != nil || b == nil {
			if cerr := rows.close(); err == nil {
				err = cerr
			}
			return n, err
		}
		n += int64(b.Rows())
		if err := s.client.Rows(cols, formats, b, &s.format); err != nil {
			_ = rows.close()
			return n, err
		}
	}
}
