package table

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// StorageName is what a storage id is for.
type StorageName struct{ Database, Schema, Relation string }

// StorageNames tells what the storage ids are that the catalog names: an index by
// its own name, but for the one whose order the rows of its table are in.
func (e *Engine) StorageNames() map[uint64]StorageName { return storageNames(e.published.Load()) }

func storageNames(state *catalog.State) map[uint64]StorageName {
	names := make(map[uint64]StorageName)
	for _, d := range state.View(0).Databases() {
		view := state.View(d.OID)
		schemas := make(map[types.OID]string)
		for _, n := range view.Schemas() {
			schemas[n.OID] = n.Name
		}
		for _, r := range view.AllRelations() {
			for _, i := range r.Indexes {
				names[i.Storage] = StorageName{d.Name, schemas[r.Schema], i.Name}
			}
			if r.Storage != 0 {
				names[r.Storage] = StorageName{d.Name, schemas[r.Schema], r.Name}
			}
		}
	}
	return names
}
