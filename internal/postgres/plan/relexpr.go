package plan

import (
	"sync"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// texts caches the parse trees of SQL kept in the catalog: views, defaults,
// checks, index expressions.
var texts = parser.NewCache(8 << 20)

func parseStatement(sql string) (*pg_query.Node, error) {
	stmts, err := texts.Parse(sql)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, pgerr.New(pgerr.InternalError, "expected one statement in the catalog's text")
	}
	return stmts[0].Node, nil
}

// ParseExpr gives the parse tree of an expression's text. The tree is shared and
// must not be modified.
func ParseExpr(sql string) (*pg_query.Node, error) {
	n, err := parseStatement("SELECT " + sql)
	if err != nil {
		return nil, err
	}
	ts := n.GetSelectStmt().GetTargetList()
	if len(ts) != 1 {
		return nil, pgerr.New(pgerr.SyntaxError, "expected one expression")
	}
	return ts[0].GetResTarget().GetVal(), nil
}

// ExprKind says what an expression kept in the catalog is for: what it may
// refer to and how messages call it.
type ExprKind uint8

// Kinds of catalog expression.
const (
	DefaultExpr ExprKind = iota
	CheckCondition
	GeneratedExpr
	IndexExpr
	IndexPredicate
	// TransformExpr is ALTER COLUMN TYPE's USING, over the old row.
	TransformExpr
)

var exprClause = map[ExprKind]clause{
	DefaultExpr: inDefault, CheckCondition: inCheck, GeneratedExpr: inGenerated, IndexExpr: inIndex, IndexPredicate: inPredicate,
	TransformExpr: inTransform,
}

// ExpressionOf analyses an expression over a relation's row: its Columns are
// positions in rel.Columns (rel may be nil: no columns). want is the type it is
// to have, 0 for its own; for a default and a generated column, column names
// the column it is assigned to. Constants are not folded, so that Deparse gives
// back what was written.
func ExpressionOf(env *Env, rel *catalog.Relation, node *pg_query.Node, kind ExprKind, want types.OID, mod types.Typmod, column string) (Expr, error) {
	a := newAnalyzer(env, nil)
	qc := a.newLevel(nil)
	var t *baseTable
	if rel != nil {
		var it *nsItem
		t, it = qc.tableItem(rel, nil)
		qc.items = []*nsItem{it}
	}
	e, err := qc.exprIn(exprClause[kind], node)
	if err != nil {
		return nil, err
	}
	if len(a.params) > 0 {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", len(a.params))
	}
	switch {
	case kind == CheckCondition || kind == IndexPredicate:
		what := "CHECK"
		if kind == IndexPredicate {
			what = "WHERE"
		}
		e, err = a.coerceBool(e, what)
	case want != 0 && column != "":
		from := e.Type()
		var out Expr
		if out, err = a.coerceTo(e, want, mod, builtin.CastAssignment, -1); err == nil && out == nil {
			what := "default expression"
			if kind == GeneratedExpr {
				what = "generation expression"
			}
			err = pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" is of type %s but %s is of type %s",
				column, a.typeName(want), what, a.typeName(from)).
				WithHint("You will need to rewrite or cast the expression.").At(locOf(e))
		}
		e = out
	case want != 0:
		e, err = a.assign(e, "?column?", want, mod, locOf(e))
	default:
		e, err = a.resolveUnknown(e)
	}
	if err != nil {
		return nil, err
	}
	if err := checkMutability(kind, e); err != nil {
		return nil, err
	}
	if t == nil {
		return e, nil
	}
	return overRow(e, t), nil
}

func checkMutability(kind ExprKind, e Expr) error {
	if kind == DefaultExpr || kind == CheckCondition || kind == TransformExpr || volatility(e) == builtin.Immutable {
		return nil
	}
	switch kind {
	case GeneratedExpr:
		return pgerr.New(pgerr.InvalidObjectDefinition, "generation expression is not immutable")
	case IndexPredicate:
		return pgerr.New(pgerr.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE")
	}
	return pgerr.New(pgerr.InvalidObjectDefinition, "functions in index expression must be marked IMMUTABLE")
}

// Expression analyses an expression kept as text, as ExpressionOf does.
func Expression(env *Env, rel *catalog.Relation, sql string, kind ExprKind, want types.OID, mod types.Typmod) (Expr, error) {
	n, err := ParseExpr(sql)
	if err != nil {
		return nil, err
	}
	return ExpressionOf(env, rel, n, kind, want, mod, "")
}

// overRow turns a table's columns into positions in its row.
func overRow(e Expr, t *baseTable) Expr {
	return mapExpr(e, func(x Expr) Expr {
		c, ok := x.(*colRef)
		if !ok {
			return x
		}
		for i, id := range t.cols {
			if id == c.ID {
				return &Column{Typed: c.Typed, Index: i, Name: c.Name}
			}
		}
		return x
	})
}

// overTable is the reverse: positions become a FROM entry's columns.
func (a *analyzer) overTable(e Expr, t *baseTable) Expr {
	return mapExpr(e, func(x Expr) Expr {
		if c, ok := x.(*Column); ok {
			return a.ref(t.cols[c.Index], -1)
		}
		return x
	})
}

// rowRules are a relation's expressions, analysed: they are made once for each
// version of the relation, which is never modified.
type rowRules struct {
	defaults  []Expr // by position; nil is NULL
	generated []Assign
	checks    []CheckExpr
	// keys and predicates of indexes, by position in rel.Indexes; a key that is a
	// plain column is nil.
	keys       [][]Expr
	predicates [][]Expr
}

// rules caches rowRules by relation; it starts over when it has grown big.
var rules = struct {
	sync.RWMutex
	m map[*catalog.Relation]*rowRules
}{m: map[*catalog.Relation]*rowRules{}}

const maxRules = 4096

func (a *analyzer) rowRules(rel *catalog.Relation) (*rowRules, error) {
	rules.RLock()
	r := rules.m[rel]
	rules.RUnlock()
	if r != nil {
		return r, nil
	}
	r, err := a.makeRules(rel)
	if err != nil {
		return nil, err
	}
	rules.Lock()
	if len(rules.m) >= maxRules {
		clear(rules.m)
	}
	rules.m[rel] = r
	rules.Unlock()
	return r, nil
}

func (a *analyzer) makeRules(rel *catalog.Relation) (*rowRules, error) {
	r := &rowRules{defaults: make([]Expr, len(rel.Columns))}
	for i, c := range rel.Columns {
		if c.Dropped {
			continue
		}
		switch {
		case c.Generated != "":
			e, err := Expression(a.env, rel, c.Generated, GeneratedExpr, c.Type, c.Typmod)
			if err != nil {
				return nil, err
			}
			r.generated = append(r.generated, Assign{Column: i, Expr: a.fold(e)})
		case c.Identity != 0:
			e, err := a.identityDefault(rel, c)
			if err != nil {
				return nil, err
			}
			r.defaults[i] = e
		case c.Default != "":
			e, err := Expression(a.env, rel, c.Default, DefaultExpr, c.Type, c.Typmod)
			if err != nil {
				return nil, err
			}
			r.defaults[i] = a.fold(e)
		}
	}
	for _, con := range rel.Constraints {
		if con.Kind != catalog.Check {
			continue
		}
		e, err := Expression(a.env, rel, con.Expr, CheckCondition, 0, -1)
		if err != nil {
			return nil, err
		}
		r.checks = append(r.checks, CheckExpr{Name: con.Name, Expr: a.fold(e)})
	}
	for _, ix := range rel.Indexes {
		keys := make([]Expr, len(ix.Keys))
		for k, key := range ix.Keys {
			if key.Column != 0 {
				continue
			}
			e, err := Expression(a.env, rel, key.Expr, IndexExpr, 0, -1)
			if err != nil {
				return nil, err
			}
			keys[k] = a.fold(e)
		}
		r.keys = append(r.keys, keys)
		var pred []Expr
		if ix.Predicate != "" {
			e, err := Expression(a.env, rel, ix.Predicate, IndexPredicate, 0, -1)
			if err != nil {
				return nil, err
			}
			pred = conjuncts(a.fold(e), nil)
		}
		r.predicates = append(r.predicates, pred)
	}
	return r, nil
}

// identityDefault is the nextval of an identity column's sequence.
func (a *analyzer) identityDefault(rel *catalog.Relation, c *catalog.Column) (Expr, error) {
	seqs := a.env.View.OwnedSequences(rel.OID, c.Num)
	var seq *catalog.Relation
	for _, s := range seqs {
		if s.Sequence != nil && s.Sequence.Internal {
			seq = s
		}
	}
	if seq == nil {
		return nil, pgerr.New(pgerr.InternalError, "no owned sequence found")
	}
	arg := &Const{Typed: Typed{types.RegclassOID, -1, -1}, Value: types.Int(int64(seq.OID))}
	fn, err := a.resolveFunction("pg_catalog", "nextval", []Expr{arg}, nil, false, -1)
	if err != nil {
		return nil, err
	}
	e := &Call{Typed: Typed{fn.fn.Ret, -1, -1}, Fn: fn.fn, Args: []Expr{arg}}
	return a.assign(e, c.Name, c.Type, c.Typmod, -1)
}

// RowRules gives the analysed expressions of a relation for those who write rows
// without a plan (COPY): defaults by position (nil is NULL), stored generated
// columns and checks over the new row (columns by position in rel.Columns).
func RowRules(env *Env, rel *catalog.Relation) (defaults []Expr, generated []Assign, checks []CheckExpr, err error) {
	r, err := newAnalyzer(env, nil).rowRules(rel)
	if err != nil {
		return nil, nil, nil, err
	}
	return r.defaults, r.generated, r.checks, nil
}

// IndexRules gives, for each of rel.Indexes, the analysed key expressions (nil
// where the key is a plain column) and the conjuncts of the partial predicate.
func IndexRules(env *Env, rel *catalog.Relation) (keys, predicates [][]Expr, err error) {
	r, err := newAnalyzer(env, nil).rowRules(rel)
	if err != nil {
		return nil, nil, err
	}
	return r.keys, r.predicates, nil
}
