package ddl

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func (env *Env) truncate(stmt *pg_query.TruncateStmt) error {
	t := &truncation{env: env, cascade: stmt.Behavior == pg_query.DropBehavior_DROP_CASCADE}
	for _, n := range stmt.Relations {
		rel, err := env.relation(n.GetRangeVar())
		if err != nil {
			return err
		}
		if err := onlyTable(rel); err != nil {
			return err
		}
		if err := t.add(rel.OID); err != nil {
			return err
		}
	}
	if err := t.referring(); err != nil {
		return err
	}
	for _, oid := range t.tables {
		if err := env.Tx.Truncate(env.Ctx, oid); err != nil {
			return err
		}
		if !stmt.RestartSeqs {
			continue
		}
		for _, s := range env.view().OwnedSequences(oid, 0) {
			if err := env.Tx.RestartSequence(env.Ctx, s.OID, s.Sequence.Start); err != nil {
				return err
			}
		}
	}
	return nil
}

// truncation is the tables that are emptied together.
type truncation struct {
	env     *Env
	cascade bool
	tables  []types.OID
}

func (t *truncation) add(oid types.OID) error {
	if slices.Contains(t.tables, oid) {
		return nil
	}
	t.tables = append(t.tables, oid)
	return t.env.Tx.LockRelation(t.env.Ctx, oid, table.AccessExclusive, false)
}

// referring adds the tables that refer to those that are emptied, with CASCADE, or
// refuses.
func (t *truncation) referring() error {
	for i := 0; i < len(t.tables); i++ {
		view := t.env.view()
		rel := view.Relation(t.tables[i])
		if rel == nil {
			return pgerr.New(pgerr.UndefinedTable, "relation with OID %d does not exist", t.tables[i])
		}
		for _, ref := range view.ReferencedBy(rel.OID) {
			if slices.Contains(t.tables, ref.Table.OID) {
				continue
			}
			if !t.cascade {
				return referredTo(rel, ref.Table)
			}
			t.env.notice(pgerr.SuccessfulCompletion, "truncate cascades to table \"%s\"", ref.Table.Name)
			if err := t.add(ref.Table.OID); err != nil {
				return err
			}
		}
	}
	return nil
}

func referredTo(rel, by *catalog.Relation) error {
	return pgerr.New(pgerr.FeatureNotSupported, "cannot truncate a table referenced in a foreign key constraint").
		WithDetail("Table \"%s\" references \"%s\".", by.Name, rel.Name).
		WithHint("Truncate table \"%s\" at the same time, or use TRUNCATE ... CASCADE.", by.Name)
}
