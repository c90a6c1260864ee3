package sysview

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// orbitRows are the views of the schema orbit, as relationRows has the others.
const orbitRows = "orbit\tactors\t9101\t9102\tv\tprotocol:25,name:25,partition:20,database:19,schema:19,relation:19," +
	"state:25,active_since:1184,last_used:1184,messages:20,in_memory:16,keys:20,bytes:20,persistence:25,unsaved:16,saved_at:1184\n" +
	"orbit\tlatency\t9103\t9104\tv\tprotocol:25,count:20,p50_ms:701,p90_ms:701,p99_ms:701,p999_ms:701,max_ms:701\n"

var orbitViews = map[string]source{"actors": orbitActors, "latency": orbitLatency}

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

// Latency is a row of orbit.latency: how long what clients of a protocol asked for took,
// in milliseconds, since the start. Nothing is known of a Count of 0.
type Latency struct {
	Protocol                 string
	Count                    uint64
	P50, P90, P99, P999, Max float64
}

// LatencyLister is an Env that knows of latencies; without it orbit.latency is empty.
type LatencyLister interface{ Latencies() []Latency }

func orbitLatency(s *scan) error {
	lister, ok := s.env.(LatencyLister)
	if !ok {
		return nil
	}
	for _, l := range lister.Latencies() {
		row := []types.Datum{text(l.Protocol), num(l.Count), null, null, null, null, null}
		if l.Count > 0 {
			row = append(row[:2], float(l.P50), float(l.P90), float(l.P99), float(l.P999), float(l.Max))
		}
		if err := s.row(row...); err != nil {
			return err
		}
	}
	return nil
}

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
