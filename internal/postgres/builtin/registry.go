package builtin

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Volatility is pg_proc.provolatile.
type Volatility byte

// Volatilities.
const (
	Immutable Volatility = 'i'
	Stable    Volatility = 's'
	Volatile  Volatility = 'v'
)

// Context is what a function may ask of the session it runs in. exec makes one
// per statement.
type Context struct {
	TxTime   time.Time // now(): the transaction's start
	StmtTime time.Time // statement_timestamp()
	Location *time.Location
	// DateStyle, IntervalStyle, ExtraFloatDigits, ByteaOutput as the session set them.
	Format types.Format
	// Env answers what only the session or the catalog knows; a function that
	// needs more than Env has type-asserts it to an interface of its own.
	Env Env
}

// Env is the session as functions see it.
type Env interface {
	CurrentUser() string
	SessionUser() string
	CurrentDatabase() string
	CurrentSchemas(implicit bool) []string
	Setting(name string) (string, bool)
	SetSetting(name, value string, local bool) error
	BackendPID() int32
	// NextVal, CurrVal and SetVal work on the sequence with this OID.
	NextVal(seq types.OID) (int64, error)
	CurrVal(seq types.OID) (int64, error)
	SetVal(seq types.OID, v int64, called bool) error
	LastVal() (int64, error)
}

// Func is a scalar function for one row. With Strict set it is never called
// with a NULL argument.
type Func func(c *Context, args []types.Datum) (types.Datum, error)

// SetFunc is a set-returning function: it calls emit per row, with one datum
// per output column, and stops at emit's error.
type SetFunc func(c *Context, args []types.Datum, emit func(row []types.Datum) error) error

// Function is a row of pg_proc.
type Function struct {
	OID           types.OID
	Name          string
	Args          []types.OID
	ArgNames      []string
	Defaults      int // how many trailing arguments may be left out (their values in DefaultValues)
	DefaultValues []types.Datum
	Variadic      types.OID // element type ("any" for VARIADIC "any") when the last argument is variadic
	Ret           types.OID
	Strict        bool
	Volatility    Volatility
	Fn            Func
	// Set is given for set-returning functions; OutNames and OutTypes describe
	// its columns when there are several, else the column is the function's name.
	Set      SetFunc
	OutNames []string
	OutTypes []types.OID
	// Agg is given for aggregates, Window for pure window functions.
	Agg    *Aggregate
	Window WindowFunc
	// Bind, BindSet, BindAgg and BindWindow stand instead of the above where the
	// work depends on the types of one call's arguments (functions over "any" and
	// the polymorphic types): ask For.
	Bind       func(args []types.OID, ret types.OID) Func
	BindSet    func(args []types.OID, ret types.OID) SetFunc
	BindAgg    func(args []types.OID, ret types.OID) *Aggregate
	BindWindow func(args []types.OID, ret types.OID) WindowFunc
	// Kind is pg_proc.prokind: f, a for aggregates, w for window functions.
	Kind byte
	// Source is pg_proc.prosrc of an internal function.
	Source string
}

// For is the function for a call whose resolved argument types (VARIADIC "any"
// spread out, one per argument) and result type are given. It is f itself
// unless the work depends on them. A call is planned with what For returns.
func (f *Function) For(args []types.OID, ret types.OID) *Function {
	if f.Bind == nil && f.BindSet == nil && f.BindAgg == nil && f.BindWindow == nil {
		return f
	}
	bound := *f
	if f.Bind != nil {
		bound.Fn = f.Bind(args, ret)
	}
	if f.BindSet != nil {
		bound.Set = f.BindSet(args, ret)
	}
	if f.BindAgg != nil {
		bound.Agg = f.BindAgg(args, ret)
	}
	if f.BindWindow != nil {
		bound.Window = f.BindWindow(args, ret)
	}
	return &bound
}

// Spread is the function over VARIADIC "any" for a call that gives its last argument
// as VARIADIC array: the array's elements are the arguments. A NULL array gives NULL,
// but to format none. args are the call's types.
func (f *Function) Spread(args []types.OID, ret types.OID) *Function {
	bound := *f
	fixed := len(args) - 1
	bound.Variadic = types.ElemOf(args[fixed])
	bound.Bind = nil
	bound.Fn = func(c *Context, a []types.Datum) (types.Datum, error) {
		var items []types.Datum
		if last := a[fixed]; !last.IsNull() {
			items = last.Array().Items
		} else if f.Source != "text_format" {
			return types.Null, nil
		}
		oids := append([]types.OID(nil), args[:fixed]...)
		for range items {
			oids = append(oids, bound.Variadic)
		}
		return f.For(oids, ret).Fn(c, append(a[:fixed:fixed], items...))
	}
	return &bound
}

// Aggregate makes states; one state belongs to one group.
type Aggregate struct {
	New func() AggState
	// OrderedSet marks WITHIN GROUP aggregates.
	OrderedSet bool
	// IgnoresOrder is true where input order cannot change the result.
	IgnoresOrder bool
}

// AggState accumulates one group. Strict aggregates (Function.Strict) are not
// given rows with a NULL argument.
type AggState interface {
	Add(c *Context, args []types.Datum) error
	Result(c *Context) (types.Datum, error)
	// Size is the approximate memory held, bytes, for accounting.
	Size() int
}

// WindowFunc computes a pure window function (row_number, rank, lag, …) over a
// partition; exec gives the frame by way of WindowFrame.
type WindowFunc func(c *Context, f WindowFrame) (types.Datum, error)

// WindowFrame is the current row in its partition, as a window function sees it.
type WindowFrame interface {
	Row() int                            // current row, from 0
	Rows() int                           // rows of the partition
	PeerStart() int                      // first peer of the current row
	PeerEnd() int                        // one past its last peer
	FrameStart() int                     // frame's first row
	FrameEnd() int                       // one past the frame's last row
	Arg(row, i int) (types.Datum, error) // argument i evaluated at a row
	PeerGroup() int                      // index of the current row's peer group, from 0
	PeerGroups() int                     // peer groups in the partition
}

// Operator is a row of pg_operator. Left is 0 for a prefix operator.
type Operator struct {
	OID         types.OID
	Name        string
	Left, Right types.OID
	Ret         types.OID
	Fn          *Function
	Commutator  string // name of the operator with sides swapped, "" if none
	Negator     string
	// Hashable and Mergeable: usable for hash and merge joins (equality).
	Hashable, Mergeable bool
}

// CastContext is pg_cast.castcontext.
type CastContext byte

// Cast contexts, from the most to the least willing.
const (
	CastImplicit   CastContext = 'i'
	CastAssignment CastContext = 'a'
	CastExplicit   CastContext = 'e'
)

// Cast is a row of pg_cast. Fn nil means binary-coercible: the datum as it is,
// to which the caller applies the target's typmod with types.ApplyTypmod. A
// cast from a type to itself is its length coercion.
type Cast struct {
	From, To types.OID
	Context  CastContext
	// Fn converts; typmod is the target's (-1: none), explicit tells CAST from
	// assignment (varchar(n) truncates in one and fails in the other).
	Fn func(c *Context, d types.Datum, typmod types.Typmod, explicit bool) (types.Datum, error)
}
