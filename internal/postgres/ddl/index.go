package ddl

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func (env *Env) createIndex(stmt *pg_query.IndexStmt) error {
	if stmt.Concurrent {
		// The index is built under a lock that lets readers go on. What CONCURRENTLY
		// adds, writers that go on too, is not kept.
		env.notice(pgerr.SuccessfulCompletion, "index is built without CONCURRENTLY: writers wait until it is done")
	}
	if stmt.TableSpace != "" {
		return notSupported("a tablespace")
	}
	method, err := indexMethod(stmt)
	if err != nil {
		return err
	}
	rel, err := env.relation(stmt.Relation)
	if err != nil {
		return err
	}
	if err := onlyTable(rel); err != nil {
		return err
	}
	if err := env.Tx.LockRelation(env.Ctx, rel.OID, table.Share, false); err != nil {
		return err
	}
	b, err := env.alterBuilder(rel.OID)
	if err != nil {
		return err
	}
	index := &catalog.Index{Name: stmt.Idxname, Unique: stmt.Unique, Method: method, Valid: true, NullsNotDistinct: stmt.NullsNotDistinct}
	if stmt.Idxname != "" && env.view().NameTaken(rel.Schema, stmt.Idxname) {
		if stmt.IfNotExists {
			env.notice(pgerr.DuplicateTable, "relation \"%s\" already exists, skipping", stmt.Idxname)
			return nil
		}
		return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", stmt.Idxname)
	}
	names, err := b.indexKeys(index, stmt.IndexParams)
	if err != nil {
		return err
	}
	if index.Include, err = includeColumns(b.rel, stmt.IndexIncludingParams); err != nil {
		return err
	}
	if stmt.WhereClause != nil {
		if _, err := plan.ExpressionOf(env.planEnv(), b.rel, stmt.WhereClause, plan.IndexPredicate, types.BoolOID, -1, ""); err != nil {
			return err
		}
		if index.Predicate, err = exprText(stmt.WhereClause); err != nil {
			return err
		}
	}
	if index.Name == "" {
		taken := func(name string) bool { return env.view().NameTaken(rel.Schema, name) }
		index.Name = chooseName(rel.Name, joinNames(names), "idx", taken)
	}
	if err := b.placeKey(index); err != nil {
		return err
	}
	return b.replaceAndBuild(index)
}

// indexMethod takes btree, and hash as btree: it answers all that a hash index
// does. The others answer what a btree cannot.
func indexMethod(stmt *pg_query.IndexStmt) (string, error) {
	switch stmt.AccessMethod {
	case "", "btree", "hash":
		return "btree", nil
	case "gin", "gist", "brin", "spgist":
		return "", notSupported("the index access method \"%s\"", stmt.AccessMethod)
	}
	return "", pgerr.New(pgerr.UndefinedObject, "access method \"%s\" does not exist", stmt.AccessMethod)
}

// indexKeys reads an index's key columns and returns what they are called in the
// index's name.
func (b *tableBuilder) indexKeys(index *catalog.Index, params []*pg_query.Node) (names []string, err error) {
	for _, p := range params {
		e := p.GetIndexElem()
		var key catalog.IndexKey
		name := e.Name
		if e.Expr == nil {
			c := column(b.rel, e.Name)
			if c == nil {
				return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", e.Name)
			}
			if key, err = b.env.indexKey(c); err != nil {
				return nil, err
			}
		} else {
			if key, err = b.expressionKey(e.Expr); err != nil {
				return nil, err
			}
			name = expressionName(e.Expr)
		}
		if len(e.Collation) > 0 {
			if err := checkCollation(nameList(e.Collation)); err != nil {
				return nil, err
			}
		}
		key.Desc = e.Ordering == pg_query.SortByDir_SORTBY_DESC
		key.NullsFirst = key.Desc
		switch e.NullsOrdering {
		case pg_query.SortByNulls_SORTBY_NULLS_FIRST:
			key.NullsFirst = true
		case pg_query.SortByNulls_SORTBY_NULLS_LAST:
			key.NullsFirst = false
		}
		if len(e.Opclass) > 0 {
			key.Opclass = strings.Join(nameList(e.Opclass), ".")
		}
		index.Keys = append(index.Keys, key)
		for base, n := name, 1; slices.Contains(names, name); n++ {
			name = base + string(rune('0'+n%10))
		}
		names = append(names, name)
	}
	return names, nil
}

// indexKey is a plain column as an index key.
func (env *Env) indexKey(c *catalog.Column) (catalog.IndexKey, error) {
	if err := indexable(c.Type); err != nil {
		return catalog.IndexKey{}, err
	}
	return catalog.IndexKey{Column: c.Num, Type: c.Type}, nil
}

func (b *tableBuilder) expressionKey(expr *pg_query.Node) (catalog.IndexKey, error) {
	e, err := plan.ExpressionOf(b.env.planEnv(), b.rel, expr, plan.IndexExpr, 0, -1, "")
	if err != nil {
		return catalog.IndexKey{}, err
	}
	if err := indexable(e.Type()); err != nil {
		return catalog.IndexKey{}, err
	}
	text, err := exprText(expr)
	return catalog.IndexKey{Expr: text, Type: e.Type()}, err
}

// indexable refuses types without an order.
func indexable(oid types.OID) error {
	switch oid {
	case types.JSONOID, types.XMLOID, types.PointOID, types.BoxOID, types.PolygonOID, types.PathOID, types.LSegOID, types.CircleOID, types.LineOID:
		return pgerr.New(pgerr.UndefinedObject, "data type %s has no default operator class for access method \"btree\"", types.FormatType(oid, -1)).
			WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
	}
	return nil
}

// expressionName is what an expression is called in an index's name.
func expressionName(expr *pg_query.Node) string {
	if call := expr.GetFuncCall(); call != nil {
		_, name := splitName(nameList(call.Funcname))
		return name
	}
	return "expr"
}

// includeColumns resolves INCLUDE.
func includeColumns(rel *catalog.Relation, nodes []*pg_query.Node) ([]int16, error) {
	var include []int16
	for _, n := range nodes {
		name := n.GetString_().GetSval()
		if e := n.GetIndexElem(); e != nil {
			if e.Expr != nil {
				return nil, notSupported("an expression in INCLUDE")
			}
			name = e.Name
		}
		c := column(rel, name)
		if c == nil {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", name)
		}
		include = append(include, c.Num)
	}
	return include, nil
}
