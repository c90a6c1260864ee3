package catalog

import (
	"strings"

	"github.com/tidwall/btree"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// View is the catalog as one database sees it: its own schemas and relations,
// and the databases and roles that all share. It is immutable, and so is every
// object it gives: copy one to change it.
type View struct {
	state *State
	db    types.OID
}

// View shows the state to a database.
func (s *State) View(db types.OID) *View { return &View{state: s, db: db} }

// State is what the view shows.
func (v *View) State() *State { return v.state }

// Version tells views apart: while it stays the same, so does every object. A
// change that is not committed has a version of its own, so a plan made against
// one never passes for valid elsewhere.
func (v *View) Version() uint64 { return v.state.version }

// Database is the database whose view this is.
func (v *View) Database() types.OID { return v.db }

// Databases lists all databases by OID.
func (v *View) Databases() []*Database { return v.state.databases.Values() }

// DatabaseByOID finds a database, nil if there is none.
func (v *View) DatabaseByOID(oid types.OID) *Database {
	d, _ := v.state.databases.Get(key(0, oid))
	return d
}

// DatabaseByName finds a database, nil if there is none.
func (v *View) DatabaseByName(name string) *Database {
	if oid, ok := v.state.names.Get(nameKey(nameDatabase, 0, 0, name)); ok {
		return v.DatabaseByOID(oid)
	}
	return nil
}

// Roles lists all roles by OID.
func (v *View) Roles() []*Role { return v.state.roles.Values() }

// Role finds a role, nil if there is none.
func (v *View) Role(oid types.OID) *Role {
	r, _ := v.state.roles.Get(key(0, oid))
	return r
}

// RoleByName finds a role, nil if there is none.
func (v *View) RoleByName(name string) *Role {
	if oid, ok := v.state.names.Get(nameKey(nameRole, 0, 0, name)); ok {
		return v.Role(oid)
	}
	return nil
}

// Schemas lists the schemas by OID.
func (v *View) Schemas() []*Schema { return ofDatabase(v.state.schemas, v.db) }

// Schema finds a schema, nil if there is none.
func (v *View) Schema(oid types.OID) *Schema {
	if oid == OrbitOID {
		return orbit
	}
	n, _ := v.state.schemas.Get(key(v.db, oid))
	return n
}

// SchemaByName finds a schema, nil if there is none.
func (v *View) SchemaByName(name string) *Schema {
	if oid, ok := v.state.names.Get(nameKey(nameSchema, v.db, 0, name)); ok {
		return v.Schema(oid)
	}
	if name == orbit.Name {
		return orbit
	}
	return nil
}

// Relation finds a table, view, sequence or virtual relation, nil if there is
// none.
func (v *View) Relation(oid types.OID) *Relation {
	if r, ok := v.state.relations.Get(key(v.db, oid)); ok {
		return r
	}
	return virtualByOID(oid)
}

// Lookup finds a relation by name, nil if there is none. Names of indexes,
// which share the name space, are found by LookupIndex.
func (v *View) Lookup(schema types.OID, name string) *Relation {
	if oid, ok := v.state.names.Get(nameKey(nameRelation, v.db, schema, name)); ok {
		r, _ := v.state.relations.Get(key(v.db, oid))
		return r
	}
	return virtualByName(schema, name)
}

// Quote puts a name into quotes, which are right whatever words are reserved.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Quoted is a relation's name with its schema, as SQL of one's own making needs it.
func (v *View) Quoted(r *Relation) string {
	if n := v.Schema(r.Schema); n != nil {
		return Quote(n.Name) + "." + Quote(r.Name)
	}
	return Quote(r.Name)
}

// NameTaken reports whether a relation or index has the name.
func (v *View) NameTaken(schema types.OID, name string) bool {
	_, ok := v.state.names.Get(nameKey(nameRelation, v.db, schema, name))
	return ok || virtualByName(schema, name) != nil
}

// Index finds an index and its table, nil if there is none.
func (v *View) Index(oid types.OID) (*Index, *Relation) {
	table, ok := v.state.indexes.Get(key(v.db, oid))
	if !ok {
		return nil, nil
	}
	r, _ := v.state.relations.Get(key(v.db, table))
	for _, i := range r.Indexes {
		if i.OID == oid {
			return i, r
		}
	}
	return nil, nil
}

// LookupIndex finds an index by name, and its table, nil if there is none.
func (v *View) LookupIndex(schema types.OID, name string) (*Index, *Relation) {
	if oid, ok := v.state.names.Get(nameKey(nameRelation, v.db, schema, name)); ok {
		return v.Index(oid)
	}
	return nil, nil
}

// Relations lists a schema's relations by name, virtual ones at the end.
func (v *View) Relations(schema types.OID) []*Relation {
	var out []*Relation
	prefix := nameKey(nameRelation, v.db, schema, "")
	v.state.names.Ascend(prefix, func(k string, oid types.OID) bool {
		if !strings.HasPrefix(k, prefix) {
			return false
		}
		if r, ok := v.state.relations.Get(key(v.db, oid)); ok {
			out = append(out, r)
		}
		return true
	})
	return append(out, virtualsOf(schema)...)
}

// AllRelations lists the relations of the database by OID, without virtual ones.
func (v *View) AllRelations() []*Relation { return ofDatabase(v.state.relations, v.db) }

// VirtualRelations lists the computed relations of a schema by name.
func (v *View) VirtualRelations(schema types.OID) []*Relation { return virtualsOf(schema) }

// Dependents lists what cannot be without a relation: tables whose foreign keys
// refer to it (itself perhaps), sequences that its columns own, views that read
// it.
func (v *View) Dependents(oid types.OID) []*Relation {
	list, _ := v.state.dependents.Get(key(v.db, oid))
	out := make([]*Relation, 0, len(list))
	for _, o := range list {
		if r, ok := v.state.relations.Get(key(v.db, o)); ok {
			out = append(out, r)
		}
	}
	return out
}

// OwnedSequences lists the sequences owned by a table's columns, or by one of
// them if column is not 0.
func (v *View) OwnedSequences(table types.OID, column int16) []*Relation {
	var out []*Relation
	for _, r := range v.Dependents(table) {
		if s := r.Sequence; s != nil && s.OwnerTable == table && (column == 0 || s.OwnerCol == column) {
			out = append(out, r)
		}
	}
	return out
}

// ForeignKeyRef is a foreign key and the table that has it.
type ForeignKeyRef struct {
	Table      *Relation
	Constraint *Constraint
}

// ReferencedBy lists the foreign keys that refer to a table.
func (v *View) ReferencedBy(table types.OID) []ForeignKeyRef {
	var out []ForeignKeyRef
	for _, r := range v.Dependents(table) {
		for _, c := range r.Constraints {
			if c.Kind == ForeignKey && c.RefTable == table {
				out = append(out, ForeignKeyRef{r, c})
			}
		}
	}
	return out
}

// CustomTypes lists the types that users made, by OID.
func (v *View) CustomTypes() []*CustomType { return ofDatabase(v.state.customs, v.db) }

// CustomType finds a type that a user made, nil if there is none.
func (v *View) CustomType(oid types.OID) *CustomType {
	t, _ := v.state.customs.Get(key(v.db, oid))
	return t
}

// CustomTypeByName finds a type that a user made, nil if there is none.
func (v *View) CustomTypeByName(schema types.OID, name string) *CustomType {
	if oid, ok := v.state.names.Get(nameKey(nameType, v.db, schema, name)); ok {
		return v.CustomType(oid)
	}
	return nil
}

func ofDatabase[T any](m *btree.Map[uint64, T], db types.OID) []T {
	var out []T
	m.Ascend(key(db, 0), func(k uint64, o T) bool {
		if types.OID(k>>32) != db {
			return false
		}
		out = append(out, o)
		return true
	})
	return out
}
