package ddl

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/table"
)

func (env *Env) truncate(stmt *pg_query.TruncateStmt) error {
	for _, n := range stmt.Relations {
		rel, err := env.relation(n.GetRangeVar())
		if err != nil {
			return err
		}
		if err := onlyTable(rel); err != nil {
			return err
		}
		if err := env.Tx.LockRelation(env.Ctx, rel.OID, table.AccessExclusive, false); err != nil {
			return err
		}
		if err := env.Tx.Truncate(env.Ctx, rel.OID); err != nil {
			return err
		}
		if !stmt.RestartSeqs {
			continue
		}
		for _, s := range env.view().OwnedSequences(rel.OID, 0) {
			if err := env.Tx.RestartSequence(env.Ctx, s.OID, s.Sequence.Start); err != nil {
				return err
			}
		}
	}
	return nil
}
