package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxParams is the most parameters a message of the protocol can carry.
const maxParams = 65535

// Build analyses and plans one statement: SELECT, VALUES, INSERT, UPDATE,
// DELETE, or the query of CREATE TABLE AS. paramTypes gives the types of $1…
// that the client told, 0 where it left them open; the plan's Params are all
// resolved.
func Build(env *Env, stmt *pg_query.Node, paramTypes []types.OID) (*Plan, error) {
	a := newAnalyzer(env, paramTypes)
	q, tag, err := a.statement(stmt)
	if err != nil {
		return nil, err
	}
	if err := a.checkParams(); err != nil {
		return nil, err
	}
	return a.finish(q, tag)
}

// analyzer holds what one statement's analysis shares between query levels.
type analyzer struct {
	env    *Env
	params []types.OID // 0: not known yet
	cols   []colMeta
	rels   []RelationUse
	ctes   int
	depth  int
	// viewDepth counts views within views.
	viewDepth int
	// usesParam marks the parameters that were met.
	usesParam []bool
}

func newAnalyzer(env *Env, paramTypes []types.OID) *analyzer {
	a := &analyzer{env: env}
	if len(paramTypes) > 0 {
		a.params = make([]types.OID, len(paramTypes))
		a.usesParam = make([]bool, len(paramTypes))
		for i, t := range paramTypes {
			if t != types.UnknownOID {
				a.params[i] = t
			}
		}
	}
	a.cols = make([]colMeta, 0, 16)
	return a
}

// checkParams refuses parameters whose type nothing told.
func (a *analyzer) checkParams() error {
	for i, t := range a.params {
		if t == 0 {
			return pgerr.New(pgerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return nil
}

func (a *analyzer) newCol(m colMeta) colID {
	a.cols = append(a.cols, m)
	return colID(len(a.cols) - 1)
}

func (a *analyzer) ref(id colID, loc int32) *colRef {
	m := &a.cols[id]
	return &colRef{Typed: Typed{m.typ, m.mod, loc}, ID: id, Name: m.name}
}

// useRelation notes that the statement needs a relation.
func (a *analyzer) useRelation(rel *catalog.Relation, write, rowLock bool) {
	for i := range a.rels {
		if a.rels[i].OID == rel.OID {
			a.rels[i].Write = a.rels[i].Write || write
			a.rels[i].RowLock = a.rels[i].RowLock || rowLock
			return
		}
	}
	a.rels = append(a.rels, RelationUse{OID: rel.OID, Write: write, RowLock: rowLock})
}

// statement analyses the statement at the top.
func (a *analyzer) statement(stmt *pg_query.Node) (*query, string, error) {
	var q *query
	var tag string
	var err error
	switch s := stmt.GetNode().(type) {
	case *pg_query.Node_SelectStmt:
		tag = "SELECT"
		if s.SelectStmt.IntoClause != nil {
			tag = "SELECT INTO"
		}
		q, err = a.newLevel(nil).selectStmt(s.SelectStmt, true)
	case *pg_query.Node_InsertStmt:
		tag = "INSERT"
		q, err = a.newLevel(nil).insertStmt(s.InsertStmt)
	case *pg_query.Node_UpdateStmt:
		tag = "UPDATE"
		q, err = a.newLevel(nil).updateStmt(s.UpdateStmt)
	case *pg_query.Node_DeleteStmt:
		tag = "DELETE"
		q, err = a.newLevel(nil).deleteStmt(s.DeleteStmt)
	case *pg_query.Node_MergeStmt:
		err = pgerr.New(pgerr.FeatureNotSupported, "MERGE is not supported")
	case *pg_query.Node_CreateTableAsStmt:
		return a.statement(s.CreateTableAsStmt.Query)
	case *pg_query.Node_ViewStmt:
		return a.statement(s.ViewStmt.Query)
	case *pg_query.Node_DeclareCursorStmt:
		return a.statement(s.DeclareCursorStmt.Query)
	case *pg_query.Node_ExplainStmt:
		return a.statement(s.ExplainStmt.Query)
	default:
		err = pgerr.New(pgerr.FeatureNotSupported, "statement is not supported")
	}
	return q, tag, err
}

// clause tells where an expression stands: what is allowed there, and how
// messages call it.
type clause uint8

const (
	inNothing clause = iota
	inSelect
	inWhere
	inHaving
	inJoinOn
	inFrom
	inGroupBy
	inOrderBy
	inDistinctOn
	inLimit
	inOffset
	inReturning
	inValues
	inFilter
	inWindow
	inUpdate
	inInsert
	inConflictWhere
	inDefault
	inCheck
	inIndex
	inPredicate
	inGenerated
	inTransform
)

// noAggregates gives the phrase of the message where aggregates and window
// functions are refused.
var noAggregates = map[clause]string{
	inWhere: "WHERE", inJoinOn: "JOIN conditions", inFrom: "functions in FROM", inGroupBy: "GROUP BY",
	inInsert: "VALUES", inLimit: "LIMIT", inOffset: "OFFSET", inReturning: "RETURNING", inValues: "VALUES", inFilter: "FILTER",
	inUpdate: "UPDATE", inConflictWhere: "ON CONFLICT", inDefault: "DEFAULT expressions",
	inCheck: "check constraints", inIndex: "index expressions", inPredicate: "index predicates",
	inGenerated: "column generation expressions", inTransform: "transform expressions",
}

// qctx is one query level under analysis.
type qctx struct {
	a      *analyzer
	parent *qctx
	q      *query
	items  []*nsItem
	// hidden makes items invisible to a sub-select that is not LATERAL.
	hidden bool
	// all lists every entry of FROM, for messages about those not visible.
	all    []*nsItem
	ctes   []*cteDef
	clause clause
	// inAgg is set while an aggregate's arguments are analysed.
	inAgg bool
	// windows named by the WINDOW clause.
	named  []*window
	hasWin bool
}

func (a *analyzer) newLevel(parent *qctx) *qctx {
	qc := &qctx{a: a, parent: parent, q: &query{}}
	return qc
}

// exprIn analyses an expression in a clause.
func (qc *qctx) exprIn(c clause, n *pg_query.Node) (Expr, error) {
	old := qc.clause
	qc.clause = c
	e, err := qc.expr(n)
	qc.clause = old
	return e, err
}

// boolIn analyses a condition and splits it at its ANDs.
func (qc *qctx) boolIn(c clause, n *pg_query.Node, what string) ([]Expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := qc.exprIn(c, n)
	if err != nil {
		return nil, err
	}
	if e, err = qc.a.coerceBool(e, what); err != nil {
		return nil, err
	}
	return conjuncts(e, nil), nil
}

// conjuncts splits at AND.
func conjuncts(e Expr, out []Expr) []Expr {
	if l, ok := e.(*Logic); ok && l.Op == And {
		for _, arg := range l.Args {
			out = conjuncts(arg, out)
		}
		return out
	}
	if e == nil {
		return out
	}
	return append(out, e)
}

// andAll joins conditions; nil for none.
func andAll(list []Expr) Expr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return &Logic{Typed: Typed{types.BoolOID, -1, -1}, Op: And, Args: list}
}
