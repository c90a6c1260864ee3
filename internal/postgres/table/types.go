package table

import (
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Handle is a relation made ready for access. It may be kept with a plan, as
// long as the relation stays the same, and used by several transactions at once.
type Handle struct {
	Rel *catalog.Relation
	// Eval computes the keys of expression indexes and the predicates of partial
	// ones; nil when the relation has neither.
	Eval IndexEval

	cached atomic.Pointer[layout]
}

// NewHandle makes a handle.
func NewHandle(rel *catalog.Relation, eval IndexEval) *Handle {
	return &Handle{Rel: rel, Eval: eval}
}

// IndexEval computes what an index takes from a row by expressions. Rows have
// all columns of the relation, dropped ones as NULL.
type IndexEval interface {
	// IndexKey is the value of key column pos (from 0), which is an expression.
	IndexKey(index *catalog.Index, pos int, row []types.Datum) (types.Datum, error)
	// IndexPredicate tells whether a partial index holds the row.
	IndexPredicate(index *catalog.Index, row []types.Datum) (bool, error)
}

// TID identifies a row version as a scan saw it. Its first 8 bytes are the
// big-endian xmin; the rest is opaque: which command wrote it, and the row's key.
// It travels in batches as a KindText datum.
type TID string

// Datum is the TID as a value of a batch.
func (t TID) Datum() types.Datum { return types.Text(string(t)) }

// TIDOf reads a TID from a batch's value.
func TIDOf(d types.Datum) TID { return TID(d.Str()) }

// RowLock is a row-level lock mode, weakest first.
type RowLock uint8

// Row lock modes, with PostgreSQL's meaning and conflicts.
const (
	ForKeyShare RowLock = iota
	ForShare
	ForNoKeyUpdate
	ForUpdate
)

// WaitPolicy says what to do about a lock that another holds.
type WaitPolicy uint8

// Wait policies: wait, fail with 55P03 (NOWAIT), leave the row out (SKIP LOCKED).
const (
	WaitBlock WaitPolicy = iota
	WaitError
	WaitSkip
)

// LockStatus is what became of the row that LockRow was asked to lock.
type LockStatus uint8

const (
	// LockSame: the row is as the scan saw it, and locked.
	LockSame LockStatus = iota
	// LockChanged: another transaction changed the row after the scan; its newest
	// version is locked and in Row. The caller evaluates its condition anew
	// (EvalPlanQual).
	LockChanged
	// LockDeleted: another transaction deleted the row. Nothing is locked.
	LockDeleted
	// LockSkipped: the row is locked by another and the policy was WaitSkip.
	LockSkipped
	// LockSelf: this command has already updated or deleted the row. UPDATE and
	// DELETE pass over it; ON CONFLICT DO UPDATE and MERGE fail with 21000.
	LockSelf
)

// LockResult is the outcome of LockRow.
type LockResult struct {
	Status LockStatus
	// Row holds all columns of the newest version, with LockSame and LockChanged.
	Row []types.Datum
	// TID is the version that Row is.
	TID TID
}

// LockMode is a relation-level lock mode.
type LockMode uint8

// PostgreSQL's eight relation lock modes, weakest first.
const (
	AccessShare LockMode = iota + 1
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

// Bound is one end of a span: a prefix of the index's key columns. An empty Key
// is no bound. A NULL in Key stands where the index sorts NULL: "a > 5" over an
// index with NULLS LAST has the upper bound {NULL}, exclusive.
type Bound struct {
	Key       []types.Datum
	Inclusive bool
}

// Span is a range in the order of the index: for a DESC column the lower bound
// has the greater value. Values are of the key columns' own types.
type Span struct {
	Lower, Upper Bound
}

// PointSpan is the span of all entries that begin with key.
func PointSpan(key []types.Datum) Span {
	return Span{Lower: Bound{key, true}, Upper: Bound{key, true}}
}

// ScanOptions say what to scan and what of it is wanted.
type ScanOptions struct {
	// Index is nil to scan the table in the order its rows are kept in.
	Index *catalog.Index
	// Spans are ranges of the index (of the clustered index, if Index is nil), in
	// its order and disjoint; none means everything. With Reverse they are taken
	// from the last to the first.
	Spans []Span
	// Columns are positions in Rel.Columns, in the order wanted.
	Columns []int
	// TID appends the row's TID as the last column.
	TID     bool
	Reverse bool
	// Limit is how many rows will probably be wanted, 0 if all.
	Limit int
	// Latest reads the newest committed state and all own writes, those of this
	// statement too, instead of the statement's view: for constraint checks.
	Latest bool
}

// GetOptions say what a point read wants.
type GetOptions struct {
	// Columns are positions in Rel.Columns, in the order wanted.
	Columns []int
	// All asks for all columns instead.
	All bool
	// TID asks for the row's TID.
	TID bool
	// Latest reads the newest committed state and all own writes. Besides
	// constraint checks it serves a statement that is one point read: for READ
	// COMMITTED the newest state is as good as a snapshot taken now, and reading it
	// costs no snapshot. In REPEATABLE READ and SERIALIZABLE transactions Direct
	// should be used, which keeps their snapshot.
	Latest bool
	// Direct says that this read is all that the statement reads: it is Latest
	// under READ COMMITTED and the snapshot's otherwise.
	Direct bool
}
