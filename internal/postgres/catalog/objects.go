package catalog

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// RelKind is pg_class.relkind.
type RelKind byte

// Relation kinds. Indexes are held by their table and have no Relation.
const (
	KindTable     RelKind = 'r'
	KindView      RelKind = 'v'
	KindSequence  RelKind = 'S'
	KindComposite RelKind = 'c'
	// KindVirtual is a table of pg_catalog or information_schema whose rows are
	// computed; pg_class shows it as a table or view.
	KindVirtual RelKind = 'V'
)

// Database is a row of pg_database.
type Database struct {
	OID   types.OID
	Name  string
	Owner types.OID
	// IsTemplate and AllowConn are datistemplate and datallowconn.
	IsTemplate bool
	AllowConn  bool
	Comment    string
	// Version grows with every change of this object.
	Version uint64
}

// Schema is a row of pg_namespace.
type Schema struct {
	OID     types.OID
	Name    string
	Owner   types.OID
	Comment string
	Version uint64
}

// TempSchemaPrefix begins the names of the schemas of temporary tables; what follows
// is the process id of the session.
const TempSchemaPrefix = "pg_temp_"

// Temporary tells whether what is in the schema goes with a session.
func (n *Schema) Temporary() bool { return strings.HasPrefix(n.Name, TempSchemaPrefix) }

// Relation is a table, view, sequence or composite type. Objects of a View are
// never modified: a change makes a new one.
type Relation struct {
	OID    types.OID
	Name   string
	Schema types.OID
	Kind   RelKind
	Owner  types.OID
	// Storage names the relation's keys in the store; TRUNCATE and a rewrite give
	// a new one.
	Storage      uint64
	Temporary    bool
	Unlogged     bool
	AccessMethod string // MethodHeap and so on; "" counts as MethodHeap
	RowType      types.OID
	// Columns are in attnum order; dropped ones stay, marked, so that old rows
	// still decode. Column i has Num i+1.
	Columns     []*Column
	Indexes     []*Index // the primary key first, if there is one
	Constraints []*Constraint
	Options     map[string]string // reloptions
	// ViewSQL is a view's query as canonical SQL text.
	ViewSQL string
	// DependsOn lists the relations that a view reads.
	DependsOn []types.OID
	Sequence  *Sequence
	Comment   string
	// Version grows with every change of this relation.
	Version uint64
}

// The access methods of tables. An ordinary table is called heap, as in
// PostgreSQL, so that what pg_dump writes can be restored there; persistent is the
// same where the server's mode is.
const (
	MethodHeap       = "heap"
	MethodPersistent = "persistent"
	MethodActor      = "actor"
)

// Pinned tells that the rows lie in memory whatever the server's mode is.
func (r *Relation) Pinned() bool { return r.AccessMethod == MethodActor }

// Column is a row of pg_attribute.
type Column struct {
	Num     int16
	Name    string
	Type    types.OID
	Typmod  types.Typmod
	NotNull bool
	// Default and Generated hold an expression as SQL text, "" if none.
	Default   string
	Generated string
	Identity  byte // 'a' always, 'd' by default, 0 none
	Dropped   bool
	// Missing is the value of rows written before the column was added
	// (evaluated once at ADD COLUMN … DEFAULT), in text form; MissingNull if NULL.
	Missing    string
	HasMissing bool
	Collation  types.OID
	Comment    string
}

// Index is a row of pg_index with its pg_class entry.
type Index struct {
	OID     types.OID
	Name    string
	Storage uint64 // names the index's keys; for the primary key the table's own
	Unique  bool
	Primary bool
	// Clustered is true for the index whose order the rows themselves are kept in:
	// the primary key. A table without one is ordered by a hidden row number.
	Clustered        bool
	NullsNotDistinct bool
	Method           string // btree; others are refused, or taken as btree where PostgreSQL's semantics allow
	Keys             []IndexKey
	Include          []int16 // extra columns (INCLUDE), attnums
	Predicate        string  // SQL text of a partial index's WHERE, "" if none
	Valid            bool
	Comment          string
}

// IndexKey is one key column of an index.
type IndexKey struct {
	Column     int16  // attnum; 0 for an expression
	Expr       string // SQL text
	Type       types.OID
	Desc       bool
	NullsFirst bool
	Opclass    string // as written, "" for the default
}

// ConstraintKind is pg_constraint.contype.
type ConstraintKind byte

// Constraint kinds.
const (
	Check      ConstraintKind = 'c'
	PrimaryKey ConstraintKind = 'p'
	Unique     ConstraintKind = 'u'
	ForeignKey ConstraintKind = 'f'
)

// Constraint is a row of pg_constraint.
type Constraint struct {
	OID        types.OID
	Name       string
	Kind       ConstraintKind
	Columns    []int16
	Index      types.OID // of p, u
	Expr       string    // of c, SQL text
	RefTable   types.OID // of f, and what follows
	RefColumns []int16
	RefIndex   types.OID
	OnUpdate   byte // a no action, r restrict, c cascade, n set null, d set default
	OnDelete   byte
	DeleteSet  []int16 `json:",omitempty"` // what ON DELETE SET NULL or DEFAULT sets, if not all Columns
	Match      byte    // s simple, f full
	Deferrable bool
	Deferred   bool // initially deferred
	Validated  bool
	NoInherit  bool
	Comment    string
}

// Sequence is a row of pg_sequence; its current value is kept by table.
type Sequence struct {
	Type       types.OID
	Start      int64
	Increment  int64
	Min, Max   int64
	Cache      int64
	Cycle      bool
	OwnerTable types.OID // owned by this column, 0 if none
	OwnerCol   int16
	// Internal is true for an identity column's sequence.
	Internal bool
}

// Role is a row of pg_authid.
type Role struct {
	OID                                                                     types.OID
	Name                                                                    string
	Superuser, Inherit, CreateRole, CreateDB, Login, Replication, BypassRLS bool
	ConnLimit                                                               int32
	Password                                                                string // SCRAM verifier, "" if none
	Comment                                                                 string
	Version                                                                 uint64
}

// CustomType is a type that a user made: kept and found by name here, given its
// meaning by the type system when enums, domains and composites arrive.
type CustomType struct {
	OID     types.OID
	Name    string
	Schema  types.OID
	Owner   types.OID
	Kind    byte // pg_type.typtype: e enum, d domain, c composite, r range
	Array   types.OID
	Base    types.OID // of a domain
	Typmod  types.Typmod
	Labels  []string // of an enum, in order
	Rel     types.OID
	Comment string
	Version uint64
}
