package sysview

import "github.com/orbit-server/orbit/internal/postgres/catalog"

// sizes are about how many rows a relation has: some for what is built in, and
// some for each relation of the user.
var sizes = map[string]struct{ fixed, each float64 }{
	"pg_aggregate":      {120, 0},
	"pg_amop":           {250, 0},
	"pg_amproc":         {100, 0},
	"pg_attribute":      {2400, 12},
	"pg_attrdef":        {1, 2},
	"pg_cast":           {200, 0},
	"pg_class":          {200, 2},
	"pg_constraint":     {1, 1},
	"pg_depend":         {1, 6},
	"pg_description":    {2600, 1},
	"pg_index":          {1, 1},
	"pg_indexes":        {1, 1},
	"pg_operator":       {700, 0},
	"pg_proc":           {2000, 0},
	"pg_settings":       {350, 0},
	"pg_tables":         {60, 1},
	"pg_timezone_names": {600, 0},
	"pg_type":           {360, 1},
	"pg_views":          {130, 1},

	"check_constraints":  {350, 3},
	"columns":            {2400, 10},
	"column_privileges":  {2400, 40},
	"key_column_usage":   {1, 1},
	"parameters":         {3500, 0},
	"role_column_grants": {2400, 40},
	"role_table_grants":  {200, 7},
	"routines":           {1900, 0},
	"table_constraints":  {350, 4},
	"table_privileges":   {200, 7},
	"tables":             {200, 1},
	"views":              {130, 1},
}

// RowEstimate is about how many rows a computed relation has, for the planner.
func RowEstimate(v *catalog.View, rel *catalog.Relation) float64 {
	if rel.Sequence != nil || sources[rel.OID] == nil {
		return 1
	}
	if s, ok := sizes[rel.Name]; ok {
		return s.fixed + s.each*float64(len(v.AllRelations()))
	}
	return 40
}
