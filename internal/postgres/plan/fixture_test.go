package plan

import (
	"strings"
	"testing"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// fixture is a catalog in memory, made from CREATE statements.
type fixture struct {
	t     testing.TB
	state *catalog.State
	next  types.OID
	rows  map[string]float64
}

const fixtureDB = catalog.PostgresOID

func newFixture(t testing.TB, ddl string) *fixture {
	f := &fixture{t: t, state: catalog.Bootstrap(), next: catalog.FirstUserOID, rows: map[string]float64{}}
	f.exec(ddl)
	return f
}

func (f *fixture) oid() types.OID { f.next++; return f.next }

// exec runs CREATE TABLE, CREATE INDEX, CREATE VIEW and CREATE SEQUENCE.
func (f *fixture) exec(ddl string) {
	f.t.Helper()
	tree, err := pg_query.Parse(ddl)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, raw := range tree.Stmts {
		switch s := raw.Stmt.Node.(type) {
		case *pg_query.Node_CreateStmt:
			f.table(s.CreateStmt)
		case *pg_query.Node_IndexStmt:
			f.index(s.IndexStmt)
		case *pg_query.Node_ViewStmt:
			f.view(s.ViewStmt)
		case *pg_query.Node_CreateSeqStmt:
			f.state.PutRelation(fixtureDB, &catalog.Relation{
				OID: f.oid(), Name: s.CreateSeqStmt.Sequence.Relname, Schema: catalog.PublicOID, Kind: catalog.KindSequence,
				Sequence: &catalog.Sequence{Type: types.Int8OID, Start: 1, Increment: 1, Min: 1, Max: 1 << 62, Cache: 1},
			})
		default:
			f.t.Fatalf("fixture cannot run %T", s)
		}
	}
}

func (f *fixture) env() *Env {
	return &Env{
		View: f.state.View(fixtureDB), SearchPath: []types.OID{catalog.PgCatalogOID, catalog.PublicOID}, Stats: f,
		Fn: &builtin.Context{
			TxTime: time.Unix(0, 0), StmtTime: time.Unix(0, 0), Location: time.UTC,
			Format: types.Format{ExtraFloatDigits: 1, Location: time.UTC, Names: f},
		},
	}
}

// RegName and RegOID serve regclass literals.
func (f *fixture) RegName(_, oid types.OID) (string, bool) {
	if r := f.state.View(fixtureDB).Relation(oid); r != nil {
		return r.Name, true
	}
	return "", false
}

func (f *fixture) RegOID(_ types.OID, name string) (types.OID, error) {
	if r := f.state.View(fixtureDB).Lookup(catalog.PublicOID, name); r != nil {
		return r.OID, nil
	}
	return 0, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}

func (f *fixture) RowEstimate(rel *catalog.Relation) (float64, bool) {
	n, ok := f.rows[rel.Name]
	return n, ok
}

func (f *fixture) table(s *pg_query.CreateStmt) {
	rel := &catalog.Relation{
		OID: f.oid(), RowType: f.oid(), Name: s.Relation.Relname, Schema: catalog.PublicOID, Kind: catalog.KindTable, Version: 1,
	}
	var keys [][]string
	for _, e := range s.TableElts {
		switch x := e.Node.(type) {
		case *pg_query.Node_ColumnDef:
			c := x.ColumnDef
			col := &catalog.Column{Num: int16(len(rel.Columns) + 1), Name: c.Colname}
			var err error
			if col.Type, col.Typmod, err = ResolveType(f.env(), c.TypeName); err != nil {
				f.t.Fatal(err)
			}
			for _, con := range c.Constraints {
				k := con.GetConstraint()
				switch k.Contype {
				case pg_query.ConstrType_CONSTR_PRIMARY:
					keys = append([][]string{{c.Colname}}, keys...)
					col.NotNull = true
					f.pkOf(rel, c.Colname)
				case pg_query.ConstrType_CONSTR_UNIQUE:
					keys = append(keys, []string{c.Colname})
				case pg_query.ConstrType_CONSTR_NOTNULL:
					col.NotNull = true
				case pg_query.ConstrType_CONSTR_DEFAULT:
					col.Default = f.text(k.RawExpr)
				case pg_query.ConstrType_CONSTR_GENERATED:
					col.Generated = f.text(k.RawExpr)
				case pg_query.ConstrType_CONSTR_IDENTITY:
					col.Identity = k.GeneratedWhen[0]
					col.NotNull = true
					f.state.PutRelation(fixtureDB, &catalog.Relation{
						OID: f.oid(), Name: rel.Name + "_" + c.Colname + "_seq", Schema: catalog.PublicOID, Kind: catalog.KindSequence,
						Sequence: &catalog.Sequence{Type: types.Int8OID, Start: 1, Increment: 1, Min: 1, Max: 1 << 62, Cache: 1, OwnerTable: rel.OID, OwnerCol: col.Num, Internal: true},
					})
				case pg_query.ConstrType_CONSTR_CHECK:
					rel.Constraints = append(rel.Constraints, &catalog.Constraint{
						OID: f.oid(), Name: rel.Name + "_" + c.Colname + "_check", Kind: catalog.Check, Expr: f.text(k.RawExpr),
					})
				}
			}
			rel.Columns = append(rel.Columns, col)
		case *pg_query.Node_Constraint:
			k := x.Constraint
			var cols []string
			for _, n := range k.Keys {
				cols = append(cols, n.GetString_().Sval)
			}
			switch k.Contype {
			case pg_query.ConstrType_CONSTR_PRIMARY:
				keys = append([][]string{cols}, keys...)
				f.pkOf(rel, cols...)
			case pg_query.ConstrType_CONSTR_UNIQUE:
				keys = append(keys, cols)
			}
		}
	}
	for i, cols := range keys {
		ix := &catalog.Index{OID: f.oid(), Unique: true, Method: "btree", Valid: true, Name: rel.Name + "_" + strings.Join(cols, "_") + "_key"}
		kind := catalog.Unique
		if i == 0 && len(rel.Constraints) > 0 && rel.Constraints[0].Kind == catalog.PrimaryKey {
			ix.Primary, ix.Clustered, ix.Name, kind = true, true, rel.Name+"_pkey", catalog.PrimaryKey
		}
		con := &catalog.Constraint{OID: f.oid(), Name: ix.Name, Kind: kind, Index: ix.OID}
		for _, name := range cols {
			for _, c := range rel.Columns {
				if c.Name == name {
					ix.Keys = append(ix.Keys, catalog.IndexKey{Column: c.Num, Type: c.Type})
					con.Columns = append(con.Columns, c.Num)
				}
			}
		}
		rel.Indexes = append(rel.Indexes, ix)
		if kind == catalog.PrimaryKey {
			rel.Constraints[0] = con
		} else {
			rel.Constraints = append(rel.Constraints, con)
		}
	}
	f.state.PutRelation(fixtureDB, rel)
}

// pkOf reserves the first place among the constraints for the primary key.
func (f *fixture) pkOf(rel *catalog.Relation, _ ...string) {
	rel.Constraints = append([]*catalog.Constraint{{Kind: catalog.PrimaryKey}}, rel.Constraints...)
}

func (f *fixture) text(n *pg_query.Node) string {
	sel := &pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: &pg_query.SelectStmt{
		TargetList: []*pg_query.Node{{Node: &pg_query.Node_ResTarget{ResTarget: &pg_query.ResTarget{Val: n}}}},
	}}}
	s, err := pg_query.Deparse(&pg_query.ParseResult{Stmts: []*pg_query.RawStmt{{Stmt: sel}}})
	if err != nil {
		f.t.Fatal(err)
	}
	return strings.TrimPrefix(s, "SELECT ")
}

func (f *fixture) index(s *pg_query.IndexStmt) {
	old := f.state.View(fixtureDB).Lookup(catalog.PublicOID, s.Relation.Relname)
	rel := *old
	ix := &catalog.Index{OID: f.oid(), Name: s.Idxname, Unique: s.Unique, Method: "btree", Valid: true}
	for _, p := range s.IndexParams {
		el := p.GetIndexElem()
		k := catalog.IndexKey{Desc: el.Ordering == pg_query.SortByDir_SORTBY_DESC}
		k.NullsFirst = k.Desc
		if el.Name != "" {
			for _, c := range rel.Columns {
				if c.Name == el.Name {
					k.Column, k.Type = c.Num, c.Type
				}
			}
		} else {
			k.Expr = f.text(el.Expr)
			e, err := Expression(f.env(), old, k.Expr, IndexExpr, 0, -1)
			if err != nil {
				f.t.Fatal(err)
			}
			k.Type = e.Type()
		}
		ix.Keys = append(ix.Keys, k)
	}
	if s.WhereClause != nil {
		ix.Predicate = f.text(s.WhereClause)
	}
	rel.Indexes = append(append([]*catalog.Index(nil), rel.Indexes...), ix)
	f.state.PutRelation(fixtureDB, &rel)
}

func (f *fixture) view(s *pg_query.ViewStmt) {
	sql, err := pg_query.Deparse(&pg_query.ParseResult{Stmts: []*pg_query.RawStmt{{Stmt: s.Query}}})
	if err != nil {
		f.t.Fatal(err)
	}
	p, err := Build(f.env(), s.Query, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	rel := &catalog.Relation{OID: f.oid(), RowType: f.oid(), Name: s.View.Relname, Schema: catalog.PublicOID, Kind: catalog.KindView, ViewSQL: sql}
	for i, c := range p.Columns {
		rel.Columns = append(rel.Columns, &catalog.Column{Num: int16(i + 1), Name: c.Name, Type: c.Type, Typmod: c.Typmod})
	}
	f.state.PutRelation(fixtureDB, rel)
}

const shop = `
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email varchar(80) UNIQUE, city text, active bool DEFAULT true);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, placed timestamptz DEFAULT now(), total numeric(10,2) CHECK (total >= 0), note text);
CREATE TABLE items (order_id bigint, line int, product text, qty int DEFAULT 1, price numeric, PRIMARY KEY (order_id, line));
CREATE TABLE plain (a int, b text, c float8);
CREATE TABLE counters (id int GENERATED ALWAYS AS IDENTITY, n smallint, twice int GENERATED ALWAYS AS (n * 2) STORED, tags text[]);
CREATE INDEX orders_customer ON orders (customer_id, placed);
CREATE INDEX customers_city ON customers (city);
CREATE INDEX customers_lower ON customers (lower(name));
CREATE INDEX orders_big ON orders (total) WHERE total > 100;
`

const shopViews = `
CREATE VIEW big_orders AS SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total > 1000;
CREATE VIEW city_counts AS SELECT city, count(*) AS n FROM customers GROUP BY city;
`

func newShop(t testing.TB) *fixture {
	f := newFixture(t, shop)
	f.rows = map[string]float64{"customers": 10000, "orders": 100000, "items": 500000, "plain": 1000, "counters": 10}
	f.exec(shopViews)
	return f
}

func (f *fixture) build(sql string, params ...types.OID) (*Plan, error) {
	tree, err := pg_query.Parse(sql)
	if err != nil {
		return nil, err
	}
	return Build(f.env(), tree.Stmts[0].Stmt, params)
}
