package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

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
	View *catalog.View
	// SearchPath lists schemas in order; a missing pg_catalog comes first.
	SearchPath []types.OID
	// TempSchema is what pg_temp means: the schema of the session's temporary tables.
	TempSchema string
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

// Schema finds a schema by the name that a statement has for it; nil if there is none.
func (e *Env) Schema(name string) *catalog.Schema {
	if name == "pg_temp" {
		name = e.TempSchema
	}
	return e.View.SchemaByName(name)
}
