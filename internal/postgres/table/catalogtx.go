package table

import (
	"encoding/binary"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// ddlState is what a transaction has changed in the catalog. It is copied into
// savepoints; its slices are only ever appended to.
type ddlState struct {
	changes []catalogChange
	// base is the published state that own was made from.
	base *catalog.State
	own  *catalog.State
	view *catalog.View
	// garbage are storage ids to remove once the transaction has committed.
	garbage []uint64
	// dropped are databases that go.
	dropped []types.OID
}

// catalogChange is a change and the version of the object that it was made to.
type catalogChange struct {
	catalog.Change
	base uint64
	made bool // the object did not exist before
}

func (d *ddlState) changed() bool { return len(d.changes) > 0 }

// ownCatalog is the newest committed catalog with the transaction's changes.
func (tx *Tx) ownCatalog() *catalog.View {
	d := &tx.ddl
	if published := tx.e.published.Load(); published != d.base {
		own := published.Copy(tx.e.nextVersion())
		for _, c := range d.changes {
			own.Apply(c.Change)
		}
		d.base, d.own, d.view = published, own, nil
	}
	if d.view == nil {
		d.view = d.own.View(tx.db)
	}
	return d.view
}

func (e *Engine) nextVersion() uint64 { return e.catalogVersion.Add(1) }

// change makes changes in the transaction: in what it sees of the catalog, and in
// its writes.
func (tx *Tx) change(changes ...catalog.Change) error {
	if err := tx.beforeWrite(); err != nil {
		return err
	}
	own := tx.Catalog().State().Copy(tx.e.nextVersion())
	if !tx.ddl.changed() {
		tx.ddl.base = tx.e.published.Load()
		own = tx.ddl.base.Copy(own.Version())
	}
	for _, c := range changes {
		base, existed := own.VersionOf(c)
		own.Apply(c)
		if err := c.Write(&tx.own); err != nil {
			return err
		}
		if r, ok := c.Object.(*catalog.Relation); ok && r.Pinned() {
			if err := tx.own.Set(PinnedKey(), binary.BigEndian.AppendUint64(nil, tx.xid)); err != nil {
				return err
			}
		}
		tx.ddl.changes = append(tx.ddl.changes, catalogChange{c, base, !existed})
	}
	tx.ddl.own, tx.ddl.view = own, nil
	return nil
}

// rebase makes the state to publish: the newest committed one with the
// transaction's changes. An object that another has changed meanwhile is an error;
// the locks that DDL takes leave few ways to get there. The caller holds catalogMu.
func (tx *Tx) rebase() (*catalog.State, error) {
	state := tx.e.published.Load().Copy(tx.e.nextVersion())
	for _, c := range tx.ddl.changes {
		base, existed := state.VersionOf(c.Change)
		if existed == c.made || base != c.base {
			return nil, concurrentlyUpdated()
		}
		state.Apply(c.Change)
	}
	for _, db := range tx.ddl.dropped {
		r := tx.e.runningIn(db)
		r.dropping.Store(true)
		if r.n.Load() > 0 {
			tx.keepDatabases()
			return nil, inUse(tx.e.published.Load(), db)
		}
	}
	return state, nil
}

// keepDatabases lets transactions begin again in databases that rebase closed.
func (tx *Tx) keepDatabases() {
	for _, db := range tx.ddl.dropped {
		tx.e.runningIn(db).dropping.Store(false)
	}
}

func concurrentlyUpdated() error {
	return pgerr.New(pgerr.InternalError, "tuple concurrently updated")
}

func inUse(state *catalog.State, db types.OID) error {
	name := ""
	if d := state.View(db).DatabaseByOID(db); d != nil {
		name = d.Name
	}
	return pgerr.New(pgerr.ObjectInUse, "database \"%s\" is being accessed by other users", name)
}

// discard queues storage ids for removal after the commit.
func (tx *Tx) discard(ids ...uint64) {
	tx.ddl.garbage = append(slices.Clip(tx.ddl.garbage), ids...)
}

// storageIDs lists what a relation keeps its keys under.
func storageIDs(r *catalog.Relation) []uint64 {
	var out []uint64
	if r.Storage != 0 {
		out = append(out, r.Storage)
	}
	for _, i := range r.Indexes {
		if i.Storage != 0 && !slices.Contains(out, i.Storage) {
			out = append(out, i.Storage)
		}
	}
	return out
}

// dropTemporary removes the temporary tables that an earlier run left.
func (e *Engine) dropTemporary() error {
	state := e.published.Load()
	for _, d := range state.View(0).Databases() {
		for _, r := range state.View(d.OID).AllRelations() {
			if !r.Temporary {
				continue
			}
			if err := e.dropLeft(d.OID, r.OID); err != nil {
				return err
			}
		}
	}
	return nil
}
