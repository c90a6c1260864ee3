package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Expr is a typed expression. Expressions are immutable once planned: several
// executions share them.
type Expr interface {
	// Type is the SQL type of the value.
	Type() types.OID
	// Typmod is its modifier, -1 if none.
	Typmod() types.Typmod
}

// Typed carries what every expression has.
type Typed struct {
	T   types.OID
	Mod types.Typmod
	// Loc is the byte offset in the query, -1 if unknown.
	Loc int32
}

// Type implements Expr.
func (t *Typed) Type() types.OID { return t.T }

// Typmod implements Expr.
func (t *Typed) Typmod() types.Typmod { return t.Mod }

type (
	// Const is a literal, already of its type.
	Const struct {
		Typed
		Value types.Datum
	}

	// Param is $N of the statement, Index N-1.
	Param struct {
		Typed
		Index int
	}

	// Column is a value of the input row: its position in the columns of the
	// node's input (for a join, the left input's columns, then the right's).
	Column struct {
		Typed
		Index int
		Name  string
	}

	// Slot is a value that an enclosing node put in an execution slot before this
	// part of the plan ran: a correlated reference, or a nested loop's outer row.
	Slot struct {
		Typed
		Slot int
	}

	// Call calls a scalar function; operators are calls too. Args include filled-in
	// defaults; a variadic call's tail is one array argument unless the function is
	// VARIADIC "any".
	Call struct {
		Typed
		Fn   *builtin.Function
		Args []Expr
		// Op is the operator written, "" for a function call; for EXPLAIN.
		Op string
		// Syntax marks a call written in SQL's own syntax (EXTRACT, TRIM, …); for
		// Deparse.
		Syntax bool
	}

	// Cast converts. Exactly one way holds: Cast with Fn; Cast with Fn nil or Cast
	// nil and !IO (relabelling); IO (text out of one type, into the other); Array
	// casts element by element with Elem.
	Cast struct {
		Typed
		Arg      Expr
		Cast     *builtin.Cast
		IO       bool
		Elem     *Cast // for arrays: what is done to each element (its Arg is nil)
		Explicit bool
		// Collate names the collation of COLLATE, which converts nothing; for Deparse.
		Collate string
	}

	// Logic is AND, OR (any number of arguments) or NOT (one), three-valued.
	Logic struct {
		Typed
		Op   LogicOp
		Args []Expr
	}

	// NullTest is IS [NOT] NULL; for a row value, of every field.
	NullTest struct {
		Typed
		Arg Expr
		Not bool
	}

	// BoolTest is IS [NOT] TRUE, FALSE or UNKNOWN.
	BoolTest struct {
		Typed
		Arg  Expr
		Want types.Datum // true, false or NULL for UNKNOWN
		Not  bool
	}

	// Distinct is IS [NOT] DISTINCT FROM, by the types' equality Eq.
	Distinct struct {
		Typed
		Left, Right Expr
		Eq          *builtin.Function
		Not         bool
	}

	// Case is CASE. The analyser rewrites the simple form into comparisons in Whens;
	// Arg is what was written after CASE, for Deparse only: it is not evaluated.
	Case struct {
		Typed
		Arg   Expr
		Whens []When
		Else  Expr // nil: NULL
	}

	// When is one arm.
	When struct {
		Cond, Then Expr
	}

	// Coalesce returns its first non-NULL argument.
	Coalesce struct {
		Typed
		Args []Expr
	}

	// MinMax is GREATEST or LEAST.
	MinMax struct {
		Typed
		Args     []Expr
		Greatest bool
	}

	// NullIf is NULLIF by equality Eq.
	NullIf struct {
		Typed
		Left, Right Expr
		Eq          *builtin.Function
	}

	// ScalarArray is Left op ANY|ALL (array), also IN lists of constants. Const
	// arrays of a hashable type may be probed as a set.
	ScalarArray struct {
		Typed
		Left, Array Expr
		Fn          *builtin.Function
		Op          string
		All         bool
	}

	// ArrayExpr is ARRAY[…]; with Nested its items are arrays of one dimension less.
	ArrayExpr struct {
		Typed
		Elem   types.OID
		Items  []Expr
		Nested bool
	}

	// RowExpr is ROW(…).
	RowExpr struct {
		Typed
		Items []Expr
		Names []string
	}

	// RowCompare compares two rows column by column (=, <>, <, …).
	RowCompare struct {
		Typed
		Op          string
		Left, Right []Expr
		Fns         []*builtin.Function // the operator for each column (for <, … : the strict one)
		Eqs         []*builtin.Function // equality for each column
	}

	// Field takes a field of a row value.
	Field struct {
		Typed
		Arg   Expr
		Index int
		Name  string
	}

	// Subscript is arg[…] or arg[a:b]; for arrays and jsonb.
	Subscript struct {
		Typed
		Arg   Expr
		Subs  []Sub
		Slice bool
		// Store, if given, makes it an assignment of this value (UPDATE SET a[1] = x).
		Store Expr
	}

	// Sub is one subscript; Lower is nil unless it is a slice.
	Sub struct{ Lower, Upper Expr }

	// Subquery is a sub-select inside an expression.
	Subquery struct {
		Typed
		Kind SubqueryKind
		Plan Node
		// Binds are evaluated over the current row and put into slots before Plan
		// runs. Without any the result is computed once per execution.
		Binds []Bind
		// Left and Fns (with Op) serve Any and All: comparison with the sub-select's
		// only column by Fns[0], or of rows as RowCompare does, with Eqs.
		Left []Expr
		Fns  []*builtin.Function
		Eqs  []*builtin.Function
		Op   string
	}

	// Bind fills a slot.
	Bind struct {
		Slot int
		Expr Expr
	}
)

// LogicOp is AND, OR or NOT.
type LogicOp uint8

// Logical operators.
const (
	And LogicOp = iota
	Or
	Not
)

// SubqueryKind says what a sub-select's rows become.
type SubqueryKind uint8

// Kinds of sub-select.
const (
	Exists SubqueryKind = iota
	Scalar              // one row (more: 21000), NULL if none
	Any                 // Left op ANY (…), also IN
	All
	ArrayOf // ARRAY(SELECT …)
	RowOf   // (a, b) = (SELECT x, y): a record, NULL if none
)
