package session

import (
	"fmt"
	"strings"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// explainOptions are EXPLAIN's, as written.
type explainOptions struct {
	analyze, verbose, costs, timing, summary, json bool
}

func explainFormat(list []*pg_query.Node) (explainOptions, error) {
	o := explainOptions{costs: true}
	timing, summary := false, false // given
	for _, n := range list {
		d := n.GetDefElem()
		if d.Defname == "format" {
			switch f := lower(defText(d)); f {
			case "text":
				o.json = false
			case "json":
				o.json = true
			case "xml", "yaml":
				return o, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN format %s is not supported", f)
			default:
				return o, pgerr.New(pgerr.InvalidParameterValue, "unrecognized value for EXPLAIN option \"format\": %q", f).At(d.Location)
			}
			continue
		}
		v, err := defBool(d)
		if err != nil {
			return o, err
		}
		switch d.Defname {
		case "analyze":
			o.analyze = v
		case "verbose":
			o.verbose = v
		case "costs":
			o.costs = v
		case "timing":
			o.timing, timing = v, true
		case "summary":
			o.summary, summary = v, true
		case "buffers", "wal", "settings", "generic_plan":
			if v {
				return o, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN option %q is not supported", strings.ToUpper(d.Defname)).At(d.Location)
			}
		default:
			return o, pgerr.New(pgerr.SyntaxError, "unrecognized EXPLAIN option %q", d.Defname).At(d.Location)
		}
	}
	if timing && o.timing && !o.analyze {
		return o, pgerr.New(pgerr.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
	}
	if !timing {
		o.timing = o.analyze
	}
	if !summary {
		o.summary = o.analyze
	}
	return o, nil
}

// explainColumns are EXPLAIN's: its format tells the type.
func explainColumns(e *pg_query.ExplainStmt) ([]plan.ResultColumn, error) {
	o, err := explainFormat(e.Options)
	if err != nil {
		return nil, err
	}
	typ := types.TextOID
	if o.json {
		typ = types.JSONOID
	}
	return []plan.ResultColumn{{Name: "QUERY PLAN", Type: typ, Typmod: -1}}, nil
}

// explain is EXPLAIN.
func (s *Session) explain(e *pg_query.ExplainStmt, stmt *parser.Statement, params []types.Datum) (outcome, error) {
	o, err := explainFormat(e.Options)
	if err != nil {
		return outcome{}, err
	}
	cols, err := explainColumns(e)
	if err != nil {
		return outcome{}, err
	}
	if o.analyze && e.Query.GetCreateTableAsStmt() != nil {
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN ANALYZE of CREATE TABLE AS is not supported")
	}
	began := time.Now()
	pl, params, err := s.explained(e.Query, stmt, params)
	if err != nil {
		return outcome{}, err
	}
	x := plan.ExplainOptions{
		Costs: o.costs, Verbose: o.verbose, JSON: o.json, Timing: o.timing, Format: &s.format,
		Summary: o.summary, Planning: inMillis(time.Since(began)),
	}
	if o.analyze {
		began = time.Now()
		stats, err := s.analyzed(pl, params)
		if err != nil {
			return outcome{}, err
		}
		x.Execute = inMillis(time.Since(began))
		x.Actual = func(n plan.Node) *plan.Actual { return actual(stats[n]) }
	}
	lines := plan.Explain(pl, x)
	if o.json {
		lines = []string{strings.Join(lines, "\n")}
	}
	rows := &stored{cols: cols}
	for _, l := range lines {
		rows.rows = append(rows.rows, []types.Datum{types.Text(l)})
	}
	return outcome{tag: "EXPLAIN", count: -1, columns: cols, rows: rows}, nil
}

// explained plans and locks what EXPLAIN is about.
func (s *Session) explained(query *pg_query.Node, stmt *parser.Statement, params []types.Datum) (*plan.Plan, []types.Datum, error) {
	switch q := query.GetNode().(type) {
	case *pg_query.Node_ExecuteStmt:
		p, err := s.statement(q.ExecuteStmt.Name)
		if err != nil {
			return nil, nil, err
		}
		if !p.isQuery() {
			return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN EXECUTE of a command is not supported")
		}
		if params, err = s.executeParams(p, q.ExecuteStmt.Params); err != nil {
			return nil, nil, err
		}
		pl, err := s.replan(p)
		if err != nil {
			return nil, nil, err
		}
		return pl.prog.Plan, params, nil
	case *pg_query.Node_CreateTableAsStmt:
		query = q.CreateTableAsStmt.Query
	case *pg_query.Node_DeclareCursorStmt:
		query = q.DeclareCursorStmt.Query
	}
	inner := &parser.Statement{Node: query, Text: stmt.Text, Kind: parser.Query}
	pl, err := s.planLocked(inner, stmt.Text, typesOf(params))
	if err != nil {
		return nil, nil, err
	}
	return pl.prog.Plan, params, nil
}

// analyzed runs a plan for EXPLAIN ANALYZE and gives what its nodes did.
func (s *Session) analyzed(p *plan.Plan, params []types.Datum) (map[plan.Node]*exec.NodeStats, error) {
	prog, err := exec.CompileCounted(p)
	if err != nil {
		return nil, err
	}
	if err := s.startPlan(p); err != nil {
		return nil, err
	}
	ec := s.ec
	cur, err := prog.Open(&ec, params)
	if err != nil {
		return nil, err
	}
	for {
		b, err := cur.Next()
		if err != nil {
			return nil, closing(cur, err)
		}
		if b == nil {
			break
		}
	}
	stats := cur.Stats()
	return stats, s.complete(cur)
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// actual gives a node's counters per loop, nil if it never ran.
func actual(st *exec.NodeStats) *plan.Actual {
	if st == nil || st.Loops == 0 {
		return nil
	}
	loops := float64(st.Loops)
	a := &plan.Actual{
		Startup: inMillis(st.Startup), Total: inMillis(st.Total) / loops, Rows: float64(st.Rows) / loops, Loops: st.Loops,
	}
	if st.Removed > 0 {
		a.Extra = append(a.Extra, fmt.Sprintf("Rows Removed by Filter: %.0f", float64(st.Removed)/loops))
	}
	switch {
	case st.Spilled > 0:
		a.Extra = append(a.Extra, fmt.Sprintf("Disk: %dkB", (st.Spilled+1023)>>10))
	case st.Memory > 0:
		a.Extra = append(a.Extra, fmt.Sprintf("Memory Usage: %dkB", (st.Memory+1023)>>10))
	}
	return a
}
