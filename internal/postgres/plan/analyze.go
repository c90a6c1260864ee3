package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Build analyses and plans one statement: SELECT, VALUES, INSERT, UPDATE,
// DELETE, or the query of CREATE TABLE AS. paramTypes gives the types of $1…
// that the client told, 0 where it left them open; the plan's Params are all
// resolved.
func Build(env *Env, stmt *pg_query.Node, paramTypes []types.OID) (*Plan, error) {
	return nil, pgerr.New(pgerr.FeatureNotSupported, "statement is not supported")
}
