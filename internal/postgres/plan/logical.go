package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// colID names one column of one range table entry or one computed target; it is
// unique within a statement, so a reference needs no level or position until the
// physical plan gives it one.
type colID int32

// colMeta describes a colID.
type colMeta struct {
	name   string
	typ    types.OID
	mod    types.Typmod
	table  types.OID
	attnum int16
	// owner is the query level whose FROM clause (or grouping) produces it.
	owner *qctx
	// base is the table it belongs to, nil if it is no plain table column.
	base *baseTable
	// notNull says that the table's column is declared NOT NULL.
	notNull bool
	// fields and fieldTypes describe a record that a subquery gives.
	fields     []string
	fieldTypes []types.OID
}

// The expressions below exist between analysis and planning only.
type (
	// colRef refers to a column by identity.
	colRef struct {
		Typed
		ID   colID
		Name string
	}

	// aggRef is an aggregate call; owner computes it and gives it the identity id.
	aggRef struct {
		Typed
		Fn       *builtin.Function
		Args     []Expr
		Direct   []Expr
		Order    []SortKey
		Distinct bool
		Filter   Expr
		Variadic bool
		Star     bool
		owner    *qctx
		id       colID
	}

	// winRef is a window function call over the query's window number win.
	winRef struct {
		Typed
		Fn     *builtin.Function
		Args   []Expr
		Filter Expr
		Star   bool
		win    *window
		id     colID
	}

	// groupingRef is GROUPING(…).
	groupingRef struct {
		Typed
		Args  []Expr
		owner *qctx
		at    []int // positions in the grouping list
		id    colID
	}

	// subLink is a sub-select before it has a plan.
	subLink struct {
		Typed
		Kind SubqueryKind
		q    *query
		Left []Expr
		Fns  []*builtin.Function
		Eqs  []*builtin.Function
		Op   string
		// rewritten says that the query has been simplified.
		rewritten bool
	}
)

// window is one distinct OVER clause of a query.
type window struct {
	name      string
	partition []Expr
	order     []SortKey
	frame     Frame
	framed    bool // a frame clause was written
	calls     []*winRef
}

// fromNode is an entry of a FROM clause.
type fromNode interface{ fromNode() }

type (
	// baseTable is a table, or a virtual table.
	baseTable struct {
		rel   *catalog.Relation
		alias string
		cols  []colID // by position in rel.Columns; -1 for a dropped column
		tid   colID   // the row's TID
		lock  *lockSpec
		// wantTID and wantAll are set by statements that modify or lock the table.
		wantTID, wantAll bool
		// prefer is the order in which the columns are best given.
		prefer []colID
	}

	// fromQuery is a subquery in FROM, a view, or VALUES.
	fromQuery struct {
		q       *query
		alias   string
		lateral bool
	}

	// fromFunction is one or more set-returning functions in FROM.
	fromFunction struct {
		calls      []*Call
		widths     []int
		cols       []colID
		ordinality bool
		alias      string
		lateral    bool
	}

	// fromCTE reads a CTE.
	fromCTE struct {
		cte   *cteDef
		cols  []colID
		alias string
		work  bool // the working table of a recursive CTE
	}

	// fromJoin is an explicit join.
	fromJoin struct {
		kind        JoinKind
		left, right fromNode
		on          []Expr
	}

	// fromWhere is a FROM entry with conditions of its own: the right side of a
	// semi-join made from EXISTS.
	fromWhere struct {
		node  fromNode
		where []Expr
	}
)

func (*fromWhere) fromNode()    {}
func (*baseTable) fromNode()    {}
func (*fromQuery) fromNode()    {}
func (*fromFunction) fromNode() {}
func (*fromCTE) fromNode()      {}
func (*fromJoin) fromNode()     {}

// target is an entry of a select list.
type target struct {
	expr Expr
	name string
	id   colID
	junk bool // not part of the result: an ORDER BY or DISTINCT ON expression
	// table and attnum are told to the client for plain columns.
	table  types.OID
	attnum int16
}

// orderBy sorts by a target.
type orderBy struct {
	target     int
	desc       bool
	nullsFirst bool
	loc        int32
}

// cteDef is a WITH query.
type cteDef struct {
	name      string
	q         *query
	id        int
	refs      int
	lastRef   int32 // where the last reference stands
	recursive bool
	always    bool // MATERIALIZED
	never     bool // NOT MATERIALIZED
	modifies  bool
	// For a recursive one: the two terms, and the columns of the working table.
	start, step *query
	unionAll    bool
	cols        []colMeta
	inlined     bool
	rows        float64 // as estimated, once planned
}

// lockSpec is FOR UPDATE or its like on one table.
type lockSpec struct {
	strength LockStrength
	wait     LockWait
}

// query is one analysed query level.
type query struct {
	with []*cteDef

	from  []fromNode // nil for a query without FROM
	where []Expr     // conjuncts
	semi  []*semiJoin
	// unnested are the conditions that became semi-joins, kept where rows are
	// locked and rechecked.
	unnested []Expr

	grouped  bool // has GROUP BY, HAVING or aggregates
	group    []groupExpr
	sets     [][]int
	aggs     []*aggRef
	grouping []*groupingRef
	having   []Expr
	windows  []*window
	hasSets  bool // set-returning functions in the select list

	targets    []*target
	distinct   bool
	distinctOn []int // positions in targets
	order      []orderBy
	limit      Expr
	offset     Expr
	withTies   bool
	locks      []*baseTable

	// values holds rows of VALUES; their columns are targets' identities.
	values [][]Expr

	// set operation
	op          setOpKind
	all         bool
	left, right *query

	// pruned marks targets that nobody reads.
	pruned []bool

	// dml is given for INSERT, UPDATE and DELETE.
	dml *dml
}

// groupExpr is a grouping expression and the identity of its value.
type groupExpr struct {
	expr Expr
	id   colID
}

type setOpKind uint8

const (
	opNone setOpKind = iota
	opUnion
	opIntersect
	opExcept
)

// dml is the modifying part of INSERT, UPDATE or DELETE.
type dml struct {
	verb      string
	table     *baseTable
	input     *query // INSERT's source; its targets go to columns
	columns   []int
	set       []Assign
	generated []Assign
	checks    []CheckExpr
	conflict  *conflictSpec
	returning []*target
	recheck   []Expr
	// excluded is the proposed row of ON CONFLICT.
	excluded *baseTable
}

type conflictSpec struct {
	arbiters []*catalog.Index
	nothing  bool
	set      []Assign
	where    Expr
}

// outputs are the targets that are no junk.
func (q *query) outputs() []*target {
	for i, t := range q.targets {
		if t.junk {
			return q.targets[:i:i]
		}
	}
	return q.targets
}
