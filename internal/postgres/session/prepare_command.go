package session

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// prepareCommand is PREPARE.
func (s *Session) prepareCommand(n *pg_query.PrepareStmt, stmt *parser.Statement) (outcome, error) {
	if n.Name == "" {
		return outcome{}, pgerr.New(pgerr.InvalidPreparedStatementDefinition, "invalid statement name: must not be empty")
	}
	if _, ok := s.stmts[n.Name]; ok {
		return outcome{}, pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", n.Name)
	}
	declared := make([]types.OID, len(n.Argtypes))
	for i, t := range n.Argtypes {
		oid, _, err := plan.ResolveType(s.planEnv(s.view(), s.source), t.GetTypeName())
		if err != nil {
			return outcome{}, err
		}
		declared[i] = oid
	}
	inner := &parser.Statement{
		Node: n.Query, Text: stmt.Text, Start: stmt.Start, End: stmt.End, Kind: parser.Query, Params: stmt.Params,
	}
	p := &prepared{name: n.Name, text: stmt.Text, stmt: inner, declared: declared, params: declared, fromSQL: true}
	if err := s.analyze(p); err != nil {
		return outcome{}, err
	}
	return outcome{tag: "PREPARE", count: -1}, s.keep(p)
}

// executeCommand is EXECUTE.
func (s *Session) executeCommand(n *pg_query.ExecuteStmt) (outcome, error) {
	p, err := s.statement(n.Name)
	if err != nil {
		return outcome{}, err
	}
	params, err := s.executeParams(p, n.Params)
	if err != nil {
		return outcome{}, err
	}
	if p.stmt == nil {
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "EXECUTE of an empty statement is not supported")
	}
	if !p.isQuery() {
		if p.stmt.Node.GetTransactionStmt() != nil {
			return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "EXECUTE of a transaction command is not supported")
		}
		return s.command(p.stmt, params)
	}
	pl, err := s.replan(p)
	if err != nil {
		return outcome{}, err
	}
	return s.runToOutcome(pl, params)
}

// runToOutcome runs a plan as a command: its rows come as the client takes them,
// or all at once if it changes rows.
func (s *Session) runToOutcome(pl *planned, params []types.Datum) (outcome, error) {
	if err := s.startPlan(pl.prog.Plan); err != nil {
		return outcome{}, err
	}
	ec := s.ec
	cur, err := pl.prog.Open(&ec, params)
	if err != nil {
		return outcome{}, err
	}
	out := outcome{tag: pl.prog.Plan.Tag, columns: pl.prog.Plan.Columns}
	if out.tag == "SELECT" && !modifies(pl) {
		out.rows = running{cur}
		return out, nil
	}
	keep, err := drain(cur, out.columns)
	if err != nil {
		return outcome{}, err
	}
	out.count = cur.RowsAffected()
	if len(out.columns) > 0 {
		out.rows = keep
	}
	return out, s.complete(cur)
}

// drain runs a cursor to its end and keeps its rows. It is closed on an error.
func drain(cur *exec.Cursor, cols []plan.ResultColumn) (*stored, error) {
	keep := &stored{cols: cols}
	for {
		b, err := cur.Next()
		if err != nil {
			return nil, closing(cur, err)
		}
		if b == nil {
			return keep, nil
		}
		if len(cols) > 0 {
			if err := keep.add(b); err != nil {
				return nil, closing(cur, err)
			}
		}
	}
}

// executeParams evaluates EXECUTE's arguments.
func (s *Session) executeParams(p *prepared, args []*pg_query.Node) ([]types.Datum, error) {
	if len(args) != len(p.params) {
		return nil, pgerr.New(pgerr.SyntaxError, "wrong number of parameters for prepared statement %q", p.name).
			WithDetail("Expected %d parameters but got %d.", len(p.params), len(args))
	}
	if len(args) == 0 {
		return nil, nil
	}
	env := s.planEnv(s.view(), s.source)
	row := &plan.Result{}
	built := &plan.Plan{Root: row, Tag: "SELECT"}
	for i, a := range args {
		e, err := plan.ExpressionOf(env, nil, a, plan.DefaultExpr, p.params[i], -1, "")
		if err != nil {
			return nil, err
		}
		row.Exprs = append(row.Exprs, e)
		row.Cols = append(row.Cols, plan.ColumnInfo{Type: e.Type(), Typmod: e.Typmod()})
		built.Columns = append(built.Columns, plan.ResultColumn{Type: e.Type(), Typmod: e.Typmod()})
	}
	if err := s.tx.StartStatement(); err != nil {
		return nil, err
	}
	ec := s.ec
	cur, err := exec.Open(&ec, built, nil)
	if err != nil {
		return nil, err
	}
	b, err := cur.Next()
	if err != nil {
		return nil, closing(cur, err)
	}
	values := b.Row(0, nil)
	return values, cur.Close()
}

// deallocate is DEALLOCATE.
func (s *Session) deallocate(n *pg_query.DeallocateStmt) (outcome, error) {
	if n.Name == "" {
		s.forgetAll()
		return outcome{tag: "DEALLOCATE ALL", count: -1}, nil
	}
	if !s.forget(n.Name) {
		return outcome{}, pgerr.New(pgerr.InvalidSQLStatementName, "prepared statement %q does not exist", n.Name)
	}
	return outcome{tag: "DEALLOCATE", count: -1}, nil
}
