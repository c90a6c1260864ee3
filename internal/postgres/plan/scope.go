package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// nsItem is an entry of a level's name space: a FROM entry, or a join.
type nsItem struct {
	alias  string
	schema types.OID // of a table without an alias, for schema.table references
	// byTable: columns can be reached as alias.column; byName: as column alone.
	byTable, byName bool
	cols            []nsCol
	base            *baseTable
	node            fromNode
	// loc of the entry in the query.
	loc int32
}

// nsCol is a visible column: an identity, or the merged expression of a USING
// column.
type nsCol struct {
	name string
	id   colID
	expr Expr
}

func (qc *qctx) colExpr(c *nsCol, loc int32) Expr {
	if c.expr != nil {
		return c.expr
	}
	return qc.a.ref(c.id, loc)
}

// findColumn looks an unqualified name up, level by level. nil if it is unknown.
func (qc *qctx) findColumn(name string, loc int32) (Expr, error) {
	for level := qc; level != nil; level = level.parent {
		if level.hidden {
			continue
		}
		var found *nsCol
		for _, it := range level.items {
			if !it.byName {
				continue
			}
			for i := range it.cols {
				if it.cols[i].name != name {
					continue
				}
				if found != nil {
					return nil, pgerr.New(pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).At(loc)
				}
				found = &it.cols[i]
			}
		}
		if found != nil {
			return level.colExpr(found, loc), nil
		}
		for _, it := range level.items {
			if it.byName && it.base != nil {
				if e, err := level.systemColumn(it, name, loc); e != nil || err != nil {
					return e, err
				}
			}
		}
	}
	return nil, nil
}

// findTable looks a FROM entry up by its name.
func (qc *qctx) findTable(schema, name string, loc int32) (*nsItem, *qctx, error) {
	var schemaOID types.OID
	if schema != "" {
		s := qc.a.env.Schema(schema)
		if s == nil {
			return nil, nil, nil
		}
		schemaOID = s.OID
	}
	for level := qc; level != nil; level = level.parent {
		if level.hidden {
			continue
		}
		var found *nsItem
		for _, it := range level.items {
			if !it.byTable || it.alias != name {
				continue
			}
			if schema != "" && it.schema != schemaOID {
				continue
			}
			if found != nil {
				return nil, nil, pgerr.New(pgerr.AmbiguousAlias, "table reference \"%s\" is ambiguous", name).At(loc)
			}
			found = it
		}
		if found != nil {
			return found, level, nil
		}
	}
	return nil, nil, nil
}

// missingTable is the error for table.column where there is no such FROM entry.
func (qc *qctx) missingTable(name string, loc int32) error {
	for level := qc; level != nil; level = level.parent {
		for _, it := range level.all {
			if it.alias == name {
				return pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).
					WithHint("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", name).At(loc)
			}
			if it.base != nil && it.base.rel.Name == name {
				return pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).
					WithHint("Perhaps you meant to reference the table alias \"%s\".", it.alias).At(loc)
			}
		}
	}
	return pgerr.New(pgerr.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name).At(loc)
}

// maxFuzzy is the greatest distance of a name that is worth a hint.
const maxFuzzy = 3

// nearest collects the columns with the name nearest to a misspelt one, as
// updateFuzzyAttrMatchState does: two at most.
type nearest struct {
	distance int
	names    [2]string
	n        int
}

func (f *nearest) add(alias, column, wanted string, penalty int) {
	if penalty > f.distance || column == "" {
		return
	}
	d := editDistance(column, wanted, f.distance+2-penalty)
	if d > len(wanted)/2 {
		return
	}
	d += penalty
	name := alias + "." + column
	switch {
	case d < f.distance:
		f.distance, f.n, f.names[0] = d, 1, name
	case d == f.distance && f.n == 1:
		f.n, f.names[1] = 2, name
	case d == f.distance && f.n == 2:
		// Too many to be of help.
		f.n = 0
	}
}

// missingColumn is the error for an unknown column, with the nearest names.
func (qc *qctx) missingColumn(table, name string, loc int32) error {
	e := pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", name).At(loc)
	if table != "" {
		e = pgerr.New(pgerr.UndefinedColumn, "column %s.%s does not exist", table, name).At(loc)
	}
	near := nearest{distance: maxFuzzy + 1}
	for level := qc; level != nil; level = level.parent {
		for _, it := range level.all {
			if _, isJoin := it.node.(*fromJoin); isJoin || it.alias == "" {
				continue
			}
			penalty := 0
			if table != "" {
				penalty = editDistance(table, it.alias, maxFuzzy+2)
			}
			for _, c := range it.cols {
				if c.name == name && table == "" {
					return e.WithHint("There is a column named \"%s\" in table \"%s\", but it cannot be referenced from this part of the query.", name, it.alias)
				}
				near.add(it.alias, c.name, name, penalty)
			}
		}
	}
	switch near.n {
	case 1:
		return e.WithHint("Perhaps you meant to reference the column \"%s\".", near.names[0])
	case 2:
		return e.WithHint("Perhaps you meant to reference the column \"%s\" or the column \"%s\".", near.names[0], near.names[1])
	}
	return e
}

// editDistance is the Levenshtein distance, or limit if it is at least that.
func editDistance(a, b string, limit int) int {
	if len(a) > 255 || len(b) > 255 {
		return limit
	}
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
		}
		prev, cur = cur, prev
	}
	return min(prev[len(b)], limit)
}

// relation finds a table by name; nil if there is none.
func (a *analyzer) relation(schema, name string) *catalog.Relation {
	if schema != "" {
		s := a.env.Schema(schema)
		if s == nil {
			return nil
		}
		return a.env.View.Lookup(s.OID, name)
	}
	explicit := false
	for _, s := range a.env.SearchPath {
		explicit = explicit || s == catalog.PgCatalogOID
	}
	if !explicit {
		if r := a.env.View.Lookup(catalog.PgCatalogOID, name); r != nil {
			return r
		}
	}
	for _, s := range a.env.SearchPath {
		if r := a.env.View.Lookup(s, name); r != nil {
			return r
		}
	}
	return nil
}
