package sysview

import "time"

// orbitRows are the views of the schema orbit, as relationRows has the others.
const orbitRows = "orbit\tactors\t9101\t9102\tv\tprotocol:25,name:25,partition:20,database:19,schema:19,relation:19," +
	"state:25,active_since:1184,last_used:1184,messages:20,in_memory:16,keys:20,bytes:20,persistence:25,unsaved:16,saved_at:1184\n"

var orbitViews = map[string]source{"actors": orbitActors}

// Actor is a row of orbit.actors: a partition in memory and the actor that owns it.
type Actor struct {
	Protocol, Name string
	Partition      uint64
	// The table or index that lies in it, where there is one.
	Database, Schema, Relation string
	Active                     bool
	Since, LastUsed            time.Time // zero if never
	Messages                   uint64
	InMemory                   bool
	Keys, Bytes                int64 // of what is in memory
	Persistence                string
	Unsaved                    bool
	SavedAt                    time.Time // of the last snapshot
}

// ActorLister is an Env that knows of actors; without it orbit.actors is empty.
type ActorLister interface{ Actors() []Actor }

func orbitActors(s *scan) error {
	lister, ok := s.env.(ActorLister)
	if !ok {
		return nil
	}
	for _, a := range lister.Actors() {
		state := "passive"
		if a.Active {
			state = "active"
		}
		if err := s.row(
			text(a.Protocol), text(a.Name), num(a.Partition), textOrNull(a.Database), textOrNull(a.Schema), textOrNull(a.Relation),
			text(state), timestamp(a.Since), timestamp(a.LastUsed), num(a.Messages), boolean(a.InMemory), num(a.Keys), num(a.Bytes),
			text(a.Persistence), boolean(a.Unsaved), timestamp(a.SavedAt),
		); err != nil {
			return err
		}
	}
	return nil
}
