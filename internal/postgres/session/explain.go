package session

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// explainColumns are EXPLAIN's: its format tells the type.
func explainColumns(e *pg_query.ExplainStmt) ([]plan.ResultColumn, error) {
	typ := types.TextOID
	for _, n := range e.Options {
		if d := n.GetDefElem(); d.Defname == "format" && lower(defText(d)) == "json" {
			typ = types.JSONOID
		}
	}
	return []plan.ResultColumn{{Name: "QUERY PLAN", Type: typ, Typmod: -1}}, nil
}

// explain is EXPLAIN.
func (s *Session) explain(e *pg_query.ExplainStmt, stmt *parser.Statement, params []types.Datum) (outcome, error) {
	return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN is not supported")
}

var _ = strings.TrimSpace
