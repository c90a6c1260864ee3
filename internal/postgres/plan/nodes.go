package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Plan is a statement ready to run, any number of times and concurrently.
type Plan struct {
	Root   Node
	Params []types.OID // types of $1…
	// Columns describe the rows that go to the client; empty when none do.
	Columns []ResultColumn
	// Slots is the number of execution slots that Root uses.
	Slots int
	// Tag is the command tag's verb: SELECT, INSERT, UPDATE, DELETE, …
	Tag string
	// Writes says that the statement modifies or locks rows.
	Writes bool
	// CatalogVersion is the catalog the plan was made against.
	CatalogVersion uint64
	// Relations are all relations used, with the lock each needs.
	Relations []RelationUse
}

// RelationUse is a relation that a plan reads or writes.
type RelationUse struct {
	OID     types.OID
	Write   bool // ROW EXCLUSIVE instead of ACCESS SHARE
	RowLock bool // FOR UPDATE/SHARE: ROW SHARE
}

// ResultColumn describes a column to the client (RowDescription).
type ResultColumn struct {
	Name   string
	Type   types.OID
	Typmod types.Typmod
	Table  types.OID // 0 if it is no plain column
	Attnum int16
}

// ColumnInfo is a column of a node's output.
type ColumnInfo struct {
	Name   string
	Type   types.OID
	Typmod types.Typmod
	Table  types.OID
	Attnum int16
}

// Node is a physical operator.
type Node interface {
	Out() []ColumnInfo
	// Inputs are the children, outer first.
	Inputs() []Node
	Est() *Estimate
}

// Estimate is what the planner believes, for EXPLAIN and for sizing.
type Estimate struct {
	Startup, Total float64
	Rows           float64
	Width          int // bytes
}

// Base carries what every node has.
type Base struct {
	Cols []ColumnInfo
	Cost Estimate
}

// Out implements Node.
func (b *Base) Out() []ColumnInfo { return b.Cols }

// Est implements Node.
func (b *Base) Est() *Estimate { return &b.Cost }

// Inputs implements Node for leaves.
func (b *Base) Inputs() []Node { return nil }

type (
	// Result gives one row of Exprs (SELECT without FROM), or none if Filter fails.
	Result struct {
		Base
		Exprs  []Expr
		Filter Expr
	}

	// Values gives rows of expressions.
	Values struct {
		Base
		Rows [][]Expr
	}

	// Scan reads a table: whole, by key, or through an index. Its output is the
	// table's columns listed in Columns (positions in Rel.Columns), then, with
	// WithTID, the row's TID as the last column (type bytea).
	Scan struct {
		Base
		Rel     *catalog.Relation
		Alias   string
		Columns []int
		WithTID bool
		// Index is nil for a scan in the rows' own order without key bounds.
		Index *catalog.Index
		// Spans bound the index's key columns; several are read in order, without
		// duplicates (IN lists). Point is set when one span fixes every column of a
		// unique index by equality: at most one row.
		Spans   []Span
		Point   bool
		Reverse bool
		// IndexCond is what Spans came from, for EXPLAIN; it holds by construction.
		IndexCond Expr
		// Filter is over the scan's output columns.
		Filter Expr
	}

	// Span bounds a prefix of an index's key columns. Eq values come first, then
	// at most one range on the next column. Expressions hold no Columns: constants,
	// params and slots only. A NULL bound value makes the span empty, unless
	// EqNull marks that column as IS NULL.
	Span struct {
		Eq       []Expr
		EqNull   []bool // per Eq; nil: none
		Lower    Expr   // nil: open
		Upper    Expr
		LowerInc bool
		UpperInc bool
		// NotNull bounds the range column to non-NULL values (with an open side).
		NotNull bool
	}

	// VirtualScan reads a computed table of pg_catalog or information_schema. Eq
	// gives, by column position, values that the rows must have: a hint that the
	// table may use to compute fewer rows; Filter decides.
	VirtualScan struct {
		Base
		Rel     *catalog.Relation
		Alias   string
		Columns []int
		Eq      map[int]Expr
		Filter  Expr
	}

	// FunctionScan is a set-returning function in FROM; several for ROWS FROM.
	FunctionScan struct {
		Base
		Calls      []*Call
		Widths     []int // columns of each call
		Ordinality bool
		Alias      string
		Filter     Expr
	}

	// Filter keeps rows for which Cond is true.
	Filter struct {
		Base
		Input Node
		Cond  Expr
	}

	// Project computes Exprs over its input's rows.
	Project struct {
		Base
		Input Node
		Exprs []Expr
	}

	// ProjectSet is Project where some of Exprs are calls of set-returning
	// functions at the top level: rows repeat until the longest set ends.
	ProjectSet struct {
		Base
		Input Node
		Exprs []Expr
	}

	// NestLoop runs Inner once per outer row, after Binds filled slots from it.
	// Cond is over outer's then inner's columns. Without Binds, Inner may be
	// materialised.
	NestLoop struct {
		Base
		Kind         JoinKind
		Outer, Inner Node
		Binds        []Bind
		Cond         Expr
	}

	// HashJoin builds a table of Inner by InnerKeys and probes with OuterKeys
	// (each over its own side's columns); Cond is the rest, over both.
	HashJoin struct {
		Base
		Kind                 JoinKind
		Outer, Inner         Node
		OuterKeys, InnerKeys []Expr
		// KeyTypes are the common types that keys compare in.
		KeyTypes []types.OID
		Cond     Expr
	}

	// MergeJoin joins inputs sorted by their keys, ascending, NULLs last.
	MergeJoin struct {
		Base
		Kind                 JoinKind
		Outer, Inner         Node
		OuterKeys, InnerKeys []Expr
		KeyTypes             []types.OID
		Cond                 Expr
	}

	// Sort orders by Keys; with Limit (Expr, may be nil) only the first are wanted.
	Sort struct {
		Base
		Input Node
		Keys  []SortKey
		// Presorted is how many leading keys the input already has in order.
		Presorted int
		// TopN tells that a Limit above needs only so many rows (count+offset).
		TopN Expr
	}

	// SortKey orders by Expr, over the input's columns.
	SortKey struct {
		Expr       Expr
		Desc       bool
		NullsFirst bool
	}

	// Limit passes Count rows after Offset; either may be nil. WithTies keeps peers
	// by TieKeys.
	Limit struct {
		Base
		Input         Node
		Count, Offset Expr
		WithTies      bool
		TieKeys       []SortKey
	}

	// Aggregate groups by Group and computes Aggs. Output: group values in order,
	// then aggregates. No groups and no Sets: one row always. Sets are GROUPING
	// SETS as lists of positions in Group (absent ones are NULL in the output); with
	// them, GroupingCols asks for the GROUPING() masks after the aggregates.
	Aggregate struct {
		Base
		Input    Node
		Strategy AggStrategy
		Group    []Expr
		Aggs     []Agg
		Sets     [][]int
		Grouping [][]int // each: positions in Group of one GROUPING() call
		Having   Expr    // over the output
	}

	// Agg is one aggregate call.
	Agg struct {
		Fn       *builtin.Function
		Args     []Expr
		Direct   []Expr // direct arguments of an ordered-set aggregate
		Distinct bool
		Order    []SortKey
		Filter   Expr
		Type     types.OID
		Variadic bool
	}

	// Window computes window calls that share Partition and Order; the input is
	// sorted by them. Output: the input's columns, then one per call.
	Window struct {
		Base
		Input     Node
		Partition []Expr
		Order     []SortKey
		Calls     []WindowCall
	}

	// WindowCall is one call with its frame.
	WindowCall struct {
		Fn     *builtin.Function
		Args   []Expr
		Filter Expr
		Type   types.OID
		Frame  Frame
	}

	// Frame is a window frame.
	Frame struct {
		Mode       FrameMode
		Start, End FrameBound
		Exclude    FrameExclude
	}

	// FrameBound is one end; Offset serves the bounds with a value. InRange
	// computes value±offset comparison for RANGE with offset (PostgreSQL's in_range).
	FrameBound struct {
		Kind    BoundKind
		Offset  Expr
		InRange *builtin.Function
	}

	// Unique drops rows equal to the one before in Keys' positions (input sorted by
	// them); it also serves DISTINCT ON.
	Unique struct {
		Base
		Input Node
		Keys  []int
	}

	// HashDistinct drops duplicates over all columns.
	HashDistinct struct {
		Base
		Input Node
	}

	// Append is UNION ALL.
	Append struct {
		Base
		List []Node
	}

	// SetOp is INTERSECT or EXCEPT by hashing.
	SetOp struct {
		Base
		Kind        SetOpKind
		All         bool
		Left, Right Node
	}

	// With defines CTEs that are computed at most once, then runs Input. A data
	// modifying CTE runs to its end even if nobody reads it.
	With struct {
		Base
		CTEs  []*CTE
		Input Node
	}

	// CTE is one materialised query.
	CTE struct {
		ID   int // index of its rows in the execution
		Name string
		Plan Node
		// Modifies marks INSERT, UPDATE, DELETE … RETURNING.
		Modifies bool
	}

	// CTEScan reads a CTE's rows (or, inside a recursive term, the working table).
	CTEScan struct {
		Base
		ID     int
		Name   string
		Alias  string
		Work   bool
		Filter Expr
	}

	// RecursiveUnion is WITH RECURSIVE: Start once, then Step over the working
	// table ID until it gives nothing. Without All, duplicates are dropped.
	RecursiveUnion struct {
		Base
		ID          int
		Start, Step Node
		All         bool
	}

	// Materialize keeps its input's rows so that they can be read again.
	Materialize struct {
		Base
		Input Node
	}

	// LockRows locks the rows of Targets (SELECT FOR UPDATE …), waits, rechecks.
	// Each target names the position of its TID in the input and of its columns;
	// after a wait the newest values replace them and Recheck is tried again.
	LockRows struct {
		Base
		Input   Node
		Targets []LockTarget
		// Recheck is the conjunction of the query's conditions over the input's
		// columns, nil if none.
		Recheck Expr
	}

	// LockTarget is one table to lock.
	LockTarget struct {
		Rel      *catalog.Relation
		TID      int   // position of the TID in the input's columns
		At       []int // At[i]: position of Rel.Columns[Columns[i]] in the input
		Columns  []int
		Strength LockStrength
		Wait     LockWait
	}

	// Insert inserts Input's rows. Input gives a value for every live column in
	// order of Columns, defaults and generated values computed, types converted.
	Insert struct {
		Base
		Rel     *catalog.Relation
		Input   Node
		Columns []int // positions in Rel.Columns that Input's columns go to
		// Generated are stored generated columns, over the new row (all Rel.Columns).
		Generated []Assign
		Conflict  *Conflict
		Checks    []CheckExpr
		// Returning is over the new row (all of Rel.Columns by position).
		Returning []Expr
	}

	// Conflict is ON CONFLICT.
	Conflict struct {
		// Arbiters are the unique indexes it speaks of; none: any (DO NOTHING only).
		Arbiters []*catalog.Index
		Nothing  bool
		// Set and Where are over the existing row (all Rel.Columns), then the
		// proposed one (all Rel.Columns).
		Set   []Assign
		Where Expr
	}

	// Update updates the rows that Input finds. Input's columns: all of
	// Rel.Columns by position (dropped ones NULL), the TID, then whatever else a
	// FROM clause gives. Set and Recheck are over these, so that after waiting for
	// another transaction exec puts in the newest row and computes them again.
	Update struct {
		Base
		Rel       *catalog.Relation
		Input     Node
		Set       []Assign
		Generated []Assign // over the new row
		Recheck   Expr
		Checks    []CheckExpr
		// Returning is over the new row (Rel.Columns), then Input's columns after
		// the TID.
		Returning []Expr
	}

	// Delete deletes; Input and Recheck as for Update. Returning is over the old
	// row, then Input's columns after the TID.
	Delete struct {
		Base
		Rel       *catalog.Relation
		Input     Node
		Recheck   Expr
		Returning []Expr
	}

	// Assign stores Expr's value in the column at position Column of Rel.Columns.
	Assign struct {
		Column int
		Expr   Expr
	}

	// CheckExpr is a CHECK constraint over the new row; it fails on false only.
	CheckExpr struct {
		Name string
		Expr Expr
	}
)

// JoinKind is a kind of join.
type JoinKind uint8

// Join kinds. Semi and Anti give the outer's columns only.
const (
	Inner JoinKind = iota
	Left
	Right
	Full
	Semi
	Anti
)

// AggStrategy is how groups are found.
type AggStrategy uint8

// Strategies. Sorted input has groups side by side.
const (
	AggPlain AggStrategy = iota
	AggHashed
	AggSorted
)

// SetOpKind is INTERSECT or EXCEPT.
type SetOpKind uint8

// Set operations.
const (
	Intersect SetOpKind = iota
	Except
)

// FrameMode is ROWS, RANGE or GROUPS.
type FrameMode uint8

// Frame modes.
const (
	FrameRange FrameMode = iota
	FrameRows
	FrameGroups
)

// BoundKind is a frame bound's kind.
type BoundKind uint8

// Frame bounds.
const (
	UnboundedPreceding BoundKind = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameExclude is EXCLUDE …
type FrameExclude uint8

// Exclusions.
const (
	ExcludeNoOthers FrameExclude = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// LockStrength is that of FOR KEY SHARE … FOR UPDATE.
type LockStrength uint8

// Strengths, weakest first.
const (
	ForKeyShare LockStrength = iota
	ForShare
	ForNoKeyUpdate
	ForUpdate
)

// LockWait says what to do about a row that another transaction holds.
type LockWait uint8

// Wait policies.
const (
	WaitBlock LockWait = iota
	WaitSkip
	WaitError
)
