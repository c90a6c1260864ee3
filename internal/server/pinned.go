package server

import (
	"errors"
	"log/slog"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/storage/hybrid"
)

// pinnedBase begins the keys of the SQL store on disk where tables that are pinned
// in memory keep what outlives the process. The tower's own keys are below it.
var pinnedBase = []byte{0xf0}

// withPinned lets tables of a store on disk be kept in memory (USING actor). Until
// there is one that costs a comparison of keys.
func (s *stores) withPinned(disk *towerStore, logger *slog.Logger) (*towerStore, error) {
	persistence, err := actor.ParsePersistence(s.config.ActorPersistence)
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	lower, upper := table.PinnedRange()
	home := disk.Store
	disk.tables, err = hybrid.New(hybrid.Options{
		Home: home, Lower: lower, Upper: upper, Base: pinnedBase, Defining: table.PinnedKey(),
		Logged: persistence == actor.WriteThrough, Volatile: persistence == actor.None,
		Open: func() (hybrid.Memory, error) {
			system, err := s.actorSystem()
			if err != nil {
				return nil, err
			}
			store, err := system.Open(actor.Options{
				Kind: "pinned", Limit: s.config.ActorTableMemory, Logger: logger,
				Route:     actor.Route{Key: table.PartitionOf, Range: table.PartitionOfRange},
				IdleAfter: s.config.ActorIdleAfter, Interval: s.config.ActorSnapshotEvery,
				Persistence: persistence, Backing: home, Base: pinnedBase,
			})
			if err != nil {
				return nil, err
			}
			s.noteActors(store)
			return store, nil
		},
	})
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	disk.Store = disk.tables
	return disk, nil
}
