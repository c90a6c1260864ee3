package table

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// runningTx counts the transactions in a database. A transaction counts itself
// before it looks whether the database is going; a drop says so before it counts.
// So one of the two sees the other.
type runningTx struct {
	n        atomic.Int64
	dropping atomic.Bool
}

// CreateDatabase adds a database with the standard schemas. It is a catalog
// change like any other; PostgreSQL's rule that it may not run in a transaction
// block is the session's to keep.
func (tx *Tx) CreateDatabase(ctx context.Context, d *catalog.Database) error {
	if err := tx.claimDatabaseName(ctx, d.Name); err != nil {
		return err
	}
	d.Version = tx.e.nextVersion()
	changes := []catalog.Change{{Kind: catalog.ObjectDatabase, OID: d.OID, Object: d}}
	for _, n := range catalog.StandardSchemas() {
		n.Version = tx.e.nextVersion()
		changes = append(changes, catalog.Change{Kind: catalog.ObjectSchema, Database: d.OID, OID: n.OID, Object: n})
	}
	return tx.change(changes...)
}

func (tx *Tx) claimDatabaseName(ctx context.Context, name string) error {
	if err := tx.lockName(ctx, 'd', 0, 0, name); err != nil {
		return err
	}
	if tx.Catalog().DatabaseByName(name) != nil {
		return pgerr.New(pgerr.DuplicateDatabase, "database \"%s\" already exists", name)
	}
	return nil
}

// ReplaceDatabase changes a database.
func (tx *Tx) ReplaceDatabase(ctx context.Context, d *catalog.Database) error {
	if err := tx.lockObject(ctx, 0, d.OID, ShareUpdateExclusive, false); err != nil {
		return err
	}
	old := tx.Catalog().DatabaseByOID(d.OID)
	if old == nil || old.Version != d.Version {
		return concurrentlyUpdated()
	}
	if old.Name != d.Name {
		if err := tx.claimDatabaseName(ctx, d.Name); err != nil {
			return err
		}
	}
	d.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectDatabase, OID: d.OID, Object: d})
}

// DropDatabase removes a database with all that is in it; 55006 if it is the
// transaction's own, or a transaction goes on running in it. Connections
// without a transaction are the session layer's to look for.
func (tx *Tx) DropDatabase(ctx context.Context, oid types.OID) error {
	if oid == tx.db {
		return pgerr.New(pgerr.ObjectInUse, "cannot drop the currently open database")
	}
	if err := tx.lockObject(ctx, 0, oid, AccessExclusive, false); err != nil {
		return err
	}
	if err := tx.e.untilIdle(ctx, oid); err != nil {
		return err
	}
	state := tx.Catalog().State()
	v := state.View(oid)
	if v.DatabaseByOID(oid) == nil {
		return pgerr.New(pgerr.InvalidCatalogName, "database with OID %d does not exist", oid)
	}
	if tx.e.runningIn(oid).n.Load() > 0 {
		return inUse(state, oid)
	}
	var changes []catalog.Change
	for _, r := range v.AllRelations() {
		tx.discard(storageIDs(r)...)
		changes = append(changes, catalog.Change{Kind: catalog.ObjectRelation, Database: oid, OID: r.OID})
	}
	for _, t := range v.CustomTypes() {
		changes = append(changes, catalog.Change{Kind: catalog.ObjectType, Database: oid, OID: t.OID})
	}
	for _, n := range v.Schemas() {
		changes = append(changes, catalog.Change{Kind: catalog.ObjectSchema, Database: oid, OID: n.OID})
	}
	tx.ddl.dropped = append(tx.ddl.dropped, oid)
	return tx.change(append(changes, catalog.Change{Kind: catalog.ObjectDatabase, OID: oid})...)
}

// dropPatience is how long DROP DATABASE waits for the transactions in it, as long as
// PostgreSQL does: most who are there are about to leave.
const dropPatience = 5 * time.Second

// untilIdle waits until no transaction runs in a database, or patience is at its end.
func (e *Engine) untilIdle(ctx context.Context, oid types.OID) error {
	r := e.runningIn(oid)
	for deadline := time.Now().Add(e.patience); r.n.Load() > 0 && time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return cancelled(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// CreateRole adds a role.
func (tx *Tx) CreateRole(ctx context.Context, r *catalog.Role) error {
	if err := tx.claimRoleName(ctx, r.Name); err != nil {
		return err
	}
	r.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectRole, OID: r.OID, Object: r})
}

func (tx *Tx) claimRoleName(ctx context.Context, name string) error {
	if err := tx.lockName(ctx, 'u', 0, 0, name); err != nil {
		return err
	}
	if tx.Catalog().RoleByName(name) != nil {
		return pgerr.New(pgerr.DuplicateObject, "role \"%s\" already exists", name)
	}
	return nil
}

// ReplaceRole changes a role.
func (tx *Tx) ReplaceRole(ctx context.Context, r *catalog.Role) error {
	if err := tx.lockObject(ctx, 0, r.OID, ShareUpdateExclusive, false); err != nil {
		return err
	}
	old := tx.Catalog().Role(r.OID)
	if old == nil || old.Version != r.Version {
		return concurrentlyUpdated()
	}
	if old.Name != r.Name {
		if err := tx.claimRoleName(ctx, r.Name); err != nil {
			return err
		}
	}
	r.Version = tx.e.nextVersion()
	return tx.change(catalog.Change{Kind: catalog.ObjectRole, OID: r.OID, Object: r})
}

// DropRole removes a role; 2BP01 if it owns something in any database.
func (tx *Tx) DropRole(ctx context.Context, oid types.OID) error {
	if err := tx.lockObject(ctx, 0, oid, AccessExclusive, false); err != nil {
		return err
	}
	state := tx.Catalog().State()
	r := tx.Catalog().Role(oid)
	if r == nil {
		return pgerr.New(pgerr.UndefinedObject, "role with OID %d does not exist", oid)
	}
	if state.Owns(oid) {
		return pgerr.New(pgerr.DependentObjectsStillExist, "role \"%s\" cannot be dropped because some objects depend on it", r.Name)
	}
	return tx.change(catalog.Change{Kind: catalog.ObjectRole, OID: oid})
}

// dropLeft drops a relation that an earlier run left behind.
func (e *Engine) dropLeft(db, oid types.OID) error {
	tx, err := e.Begin(TxOptions{Database: db})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := tx.DropRelation(ctx, oid); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit(ctx)
}
