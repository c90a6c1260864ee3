package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Catalog is what analysis asks of a catalog snapshot; *catalog.View is one.
type Catalog interface {
	// Version is the catalog's version, kept in the plan.
	Version() uint64
	// SchemaByName finds a schema, nil if there is none.
	SchemaByName(name string) *catalog.Schema
	// RelationByName finds a relation in one schema, nil if there is none.
	RelationByName(schema types.OID, name string) *catalog.Relation
	// RelationByOID finds a relation, nil if there is none.
	RelationByOID(oid types.OID) *catalog.Relation
	// Type finds a type that is not built in (a row type, an enum, …), nil if
	// there is none.
	Type(oid types.OID) *types.Type
	// TypeByName finds a type that is not built in, by its catalog name.
	TypeByName(schema types.OID, name string) *types.Type
}

// Stats estimates the sizes of tables.
type Stats interface {
	// RowEstimate is the approximate number of rows; ok is false if unknown.
	RowEstimate(rel *catalog.Relation) (rows float64, ok bool)
}

// Settings are the planner's parameters, as the session set them. The zero value
// is PostgreSQL's default: everything enabled.
type Settings struct {
	DisableSeqScan, DisableIndexScan, DisableHashJoin, DisableMergeJoin bool
	DisableNestLoop, DisableHashAgg, DisableSort, DisableMaterial       bool
	// WorkMem is the memory of one sort or hash, in bytes; 0 is 4 MB.
	WorkMem int64
}

// Env is what a statement is analysed against.
type Env struct {
	View Catalog
	// SearchPath lists schemas in order; a missing pg_catalog comes first.
	SearchPath []types.OID
	// Stats may be nil: every table is then taken to have a default size.
	Stats Stats
	// Fn serves constant folding and the reading of literals. Literals of types
	// that depend on settings (timestamptz, date, regclass, …) are read once, when
	// the plan is made, with Fn.Format, as PostgreSQL reads them at parse time.
	Fn       *builtin.Context
	Settings Settings
	// Source is the statement's text; it serves no purpose but messages that
	// quote it.
	Source string
}
