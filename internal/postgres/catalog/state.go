package catalog

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// State is every catalog object of every database. It is built and changed by
// one owner (the Put and Drop methods); from the moment it is shared it must not
// change any more: Copy it first, which is O(1). Readers see it through a View.
type State struct {
	version   uint64
	databases *btree.Map[uint64, *Database]
	roles     *btree.Map[uint64, *Role]
	schemas   *btree.Map[uint64, *Schema] // by database and OID
	relations *btree.Map[uint64, *Relation]
	customs   *btree.Map[uint64, *CustomType]
	// indexes gives an index's table.
	indexes *btree.Map[uint64, types.OID]
	// names gives OIDs: of relations and indexes together, as pg_class has them.
	names *btree.Map[string, types.OID]
	// dependents lists, for a relation, those that need it: tables whose foreign
	// keys refer to it, sequences it owns, views that read it. Slices are never
	// modified in place.
	dependents *btree.Map[uint64, []types.OID]
}

// copying guards Copy: the trees note the copy in the original.
var copying sync.Mutex

// NewState is a catalog with nothing in it.
func NewState() *State {
	return &State{
		databases:  new(btree.Map[uint64, *Database]),
		roles:      new(btree.Map[uint64, *Role]),
		schemas:    new(btree.Map[uint64, *Schema]),
		relations:  new(btree.Map[uint64, *Relation]),
		customs:    new(btree.Map[uint64, *CustomType]),
		indexes:    new(btree.Map[uint64, types.OID]),
		names:      new(btree.Map[string, types.OID]),
		dependents: new(btree.Map[uint64, []types.OID]),
	}
}

// Copy returns a state that may be changed without the original noticing. It
// bears a version of its own, which the caller gives.
func (s *State) Copy(version uint64) *State {
	copying.Lock()
	defer copying.Unlock()
	return &State{
		version:    version,
		databases:  s.databases.Copy(),
		roles:      s.roles.Copy(),
		schemas:    s.schemas.Copy(),
		relations:  s.relations.Copy(),
		customs:    s.customs.Copy(),
		indexes:    s.indexes.Copy(),
		names:      s.names.Copy(),
		dependents: s.dependents.Copy(),
	}
}

// Version tells states apart: two with the same version are the same.
func (s *State) Version() uint64 { return s.version }

func key(db, oid types.OID) uint64 { return uint64(db)<<32 | uint64(oid) }

// Name spaces within names.
const (
	nameDatabase = 'd'
	nameRole     = 'u'
	nameSchema   = 'n'
	nameRelation = 'r'
	nameType     = 't'
)

func nameKey(space byte, db, schema types.OID, name string) string {
	b := make([]byte, 0, 64)
	b = append(b, space)
	b = binary.BigEndian.AppendUint32(b, uint32(db))
	b = binary.BigEndian.AppendUint32(b, uint32(schema))
	return string(append(b, name...))
}

// PutDatabase adds or replaces a database.
func (s *State) PutDatabase(d *Database) {
	if old, ok := s.databases.Get(key(0, d.OID)); ok {
		s.names.Delete(nameKey(nameDatabase, 0, 0, old.Name))
	}
	s.databases.Set(key(0, d.OID), d)
	s.names.Set(nameKey(nameDatabase, 0, 0, d.Name), d.OID)
}

// DropDatabase removes a database with all that is in it.
func (s *State) DropDatabase(oid types.OID) {
	old, ok := s.databases.Delete(key(0, oid))
	if !ok {
		return
	}
	s.names.Delete(nameKey(nameDatabase, 0, 0, old.Name))
	v := s.View(oid)
	for _, r := range v.AllRelations() {
		s.DropRelation(oid, r.OID)
	}
	for _, t := range v.CustomTypes() {
		s.DropType(oid, t.OID)
	}
	for _, n := range v.Schemas() {
		s.DropSchema(oid, n.OID)
	}
}

// PutRole adds or replaces a role.
func (s *State) PutRole(r *Role) {
	if old, ok := s.roles.Get(key(0, r.OID)); ok {
		s.names.Delete(nameKey(nameRole, 0, 0, old.Name))
	}
	s.roles.Set(key(0, r.OID), r)
	s.names.Set(nameKey(nameRole, 0, 0, r.Name), r.OID)
}

// DropRole removes a role.
func (s *State) DropRole(oid types.OID) {
	if old, ok := s.roles.Delete(key(0, oid)); ok {
		s.names.Delete(nameKey(nameRole, 0, 0, old.Name))
	}
}

// PutSchema adds or replaces a schema.
func (s *State) PutSchema(db types.OID, n *Schema) {
	if old, ok := s.schemas.Get(key(db, n.OID)); ok {
		s.names.Delete(nameKey(nameSchema, db, 0, old.Name))
	}
	s.schemas.Set(key(db, n.OID), n)
	s.names.Set(nameKey(nameSchema, db, 0, n.Name), n.OID)
}

// DropSchema removes a schema; its relations must be gone before.
func (s *State) DropSchema(db, oid types.OID) {
	if old, ok := s.schemas.Delete(key(db, oid)); ok {
		s.names.Delete(nameKey(nameSchema, db, 0, old.Name))
	}
}

// PutType adds or replaces a user's type.
func (s *State) PutType(db types.OID, t *CustomType) {
	if old, ok := s.customs.Get(key(db, t.OID)); ok {
		s.names.Delete(nameKey(nameType, db, old.Schema, old.Name))
	}
	s.customs.Set(key(db, t.OID), t)
	s.names.Set(nameKey(nameType, db, t.Schema, t.Name), t.OID)
}

// DropType removes a user's type.
func (s *State) DropType(db, oid types.OID) {
	if old, ok := s.customs.Delete(key(db, oid)); ok {
		s.names.Delete(nameKey(nameType, db, old.Schema, old.Name))
	}
}

// PutRelation adds or replaces a relation with its indexes.
func (s *State) PutRelation(db types.OID, r *Relation) {
	s.DropRelation(db, r.OID)
	s.relations.Set(key(db, r.OID), r)
	s.names.Set(nameKey(nameRelation, db, r.Schema, r.Name), r.OID)
	for _, i := range r.Indexes {
		s.indexes.Set(key(db, i.OID), r.OID)
		s.names.Set(nameKey(nameRelation, db, r.Schema, i.Name), i.OID)
	}
	for _, on := range needs(r) {
		list, _ := s.dependents.Get(key(db, on))
		if !slices.Contains(list, r.OID) {
			s.dependents.Set(key(db, on), append(slices.Clip(list), r.OID))
		}
	}
}

// DropRelation removes a relation with its indexes.
func (s *State) DropRelation(db, oid types.OID) {
	r, ok := s.relations.Delete(key(db, oid))
	if !ok {
		return
	}
	s.names.Delete(nameKey(nameRelation, db, r.Schema, r.Name))
	for _, i := range r.Indexes {
		s.indexes.Delete(key(db, i.OID))
		s.names.Delete(nameKey(nameRelation, db, r.Schema, i.Name))
	}
	for _, on := range needs(r) {
		list, _ := s.dependents.Get(key(db, on))
		list = slices.DeleteFunc(slices.Clone(list), func(o types.OID) bool { return o == oid })
		if len(list) == 0 {
			s.dependents.Delete(key(db, on))
		} else {
			s.dependents.Set(key(db, on), list)
		}
	}
}

// needs lists the relations that r cannot be without.
func needs(r *Relation) []types.OID {
	out := slices.Clone(r.DependsOn)
	for _, c := range r.Constraints {
		if c.Kind == ForeignKey {
			out = append(out, c.RefTable)
		}
	}
	if r.Sequence != nil && r.Sequence.OwnerTable != 0 {
		out = append(out, r.Sequence.OwnerTable)
	}
	return out
}

// Owns reports whether a role owns anything.
func (s *State) Owns(role types.OID) bool {
	found := false
	s.databases.Scan(func(_ uint64, d *Database) bool { found = d.Owner == role; return !found })
	if !found {
		s.schemas.Scan(func(_ uint64, n *Schema) bool { found = n.Owner == role; return !found })
	}
	if !found {
		s.relations.Scan(func(_ uint64, r *Relation) bool { found = r.Owner == role; return !found })
	}
	if !found {
		s.customs.Scan(func(_ uint64, t *CustomType) bool { found = t.Owner == role; return !found })
	}
	return found
}
