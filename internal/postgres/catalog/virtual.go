package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// orbit is the schema of orbit's own views. It is found by its name unless the
// database has a schema of that name, but not listed, so that pg_dump leaves it out.
var orbit = &Schema{OID: OrbitOID, Name: "orbit", Owner: BootstrapRole}

// virtuals are the relations of pg_catalog, information_schema and orbit, the same
// in every database.
var virtuals struct {
	sync.RWMutex
	byOID  map[types.OID]*Relation
	byName map[types.OID]map[string]*Relation
}

// RegisterVirtual makes a computed relation known to every View: its schema,
// columns and OID. It is called while the program starts, by the package that
// computes the rows.
func RegisterVirtual(r *Relation) {
	r.Kind = KindVirtual
	virtuals.Lock()
	defer virtuals.Unlock()
	if virtuals.byOID == nil {
		virtuals.byOID = map[types.OID]*Relation{}
		virtuals.byName = map[types.OID]map[string]*Relation{}
	}
	if virtuals.byName[r.Schema] == nil {
		virtuals.byName[r.Schema] = map[string]*Relation{}
	}
	virtuals.byOID[r.OID] = r
	virtuals.byName[r.Schema][r.Name] = r
}

func virtualByOID(oid types.OID) *Relation {
	virtuals.RLock()
	defer virtuals.RUnlock()
	return virtuals.byOID[oid]
}

func virtualByName(schema types.OID, name string) *Relation {
	virtuals.RLock()
	defer virtuals.RUnlock()
	return virtuals.byName[schema][name]
}

// virtualsOf lists a schema's computed relations by name.
func virtualsOf(schema types.OID) []*Relation {
	virtuals.RLock()
	defer virtuals.RUnlock()
	out := make([]*Relation, 0, len(virtuals.byName[schema]))
	for _, r := range virtuals.byName[schema] {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *Relation) int { return strings.Compare(a.Name, b.Name) })
	return out
}
