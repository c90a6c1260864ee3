package table

import (
	"github.com/orbit-server/orbit/internal/changefeed"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// TableScope is the table that somebody looks at, or with no relation all of them, as who
// looks at a view does.
type TableScope struct{ Database, Relation types.OID }

// FollowTable tells of commits that changed a table's rows, and of any that changed the
// catalog; 42P01 if there is no such table. With no relation, 0, it tells of all commits
// that changed something, of other databases too. What changed is visible when it is told.
func (e *Engine) FollowTable(database string, relation types.OID) (*changefeed.Follower[TableScope], error) {
	db := e.Catalog(0).DatabaseByName(database)
	if db == nil {
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database %q does not exist", database)
	}
	of := TableScope{db.OID, relation}
	if relation != 0 && e.storageOf(of) == 0 {
		return nil, pgerr.New(pgerr.UndefinedTable, "there is no table with the OID %d", relation)
	}
	return e.changes.Follow(of)
}

// storageOf is where a table's rows are now, 0 if there is no such table.
func (e *Engine) storageOf(t TableScope) uint64 {
	if rel := e.Catalog(t.Database).Relation(t.Relation); rel != nil {
		return rel.Storage
	}
	return 0
}

// tellFollowers tells of what the transaction wrote, which is visible.
func (tx *Tx) tellFollowers() {
	tx.e.changes.Tell(func(of TableScope) bool {
		if tx.ddl.changed() || of.Relation == 0 {
			return true
		}
		id := tx.e.storageOf(of)
		if id == 0 {
			return false
		}
		prefix := rowsPrefix(id)
		return tx.own.WroteIn(prefix, storage.PrefixEnd(prefix))
	})
}
