package exec

import (
	"context"
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Defaults for what a Context leaves at zero.
const (
	// DefaultWorkMem is work_mem's default: 4 MB.
	DefaultWorkMem = 4 << 20
	// DefaultMemLimit bounds what one statement may hold in memory where it cannot
	// spill; beyond it the statement fails with 53200.
	DefaultMemLimit = 1 << 30
)

// Context is what a statement runs in. One Context serves one execution at a
// time; the session may use it again for the next.
type Context struct {
	// Ctx cancels the statement. Its cause, when it is a SQL error, is what the
	// statement fails with (statement_timeout); otherwise it is 57014.
	Ctx context.Context
	Tx  *table.Tx
	Fn  *builtin.Context
	// WorkMem is the memory, in bytes, that one sort or hash may use before it
	// goes to disk; 0 is DefaultWorkMem.
	WorkMem int
	// MemLimit bounds the whole statement, in bytes; 0 is DefaultMemLimit.
	MemLimit int64
	// TempDir is where sorts and hashes spill; "" is the system's.
	TempDir string
	// Virtual computes the rows of virtual tables.
	Virtual VirtualRows
	// Handle gives the table handle of a relation that has expression or partial
	// indexes, with their evaluator. It may be nil where there are none.
	Handle func(rel *catalog.Relation) (*table.Handle, error)
	// Hook gives what is to be told of a relation's rows that change; nil, as Hook
	// itself may be, if nothing is.
	Hook func(rel *catalog.Relation) (RowHook, error)
}

// RowHook is told of each change after it was made. Rows have all columns; neither
// they nor the memory that their values point to are kept beyond the call.
type RowHook interface {
	Inserted(row []types.Datum) error
	Updated(old, row []types.Datum) error
	Deleted(old []types.Datum) error
}

// hook gives what is to be told of a relation's changes, nil if nothing is.
func (ec *Context) hook(rel *catalog.Relation) (RowHook, error) {
	if ec.Hook == nil {
		return nil, nil
	}
	return ec.Hook(rel)
}

// VirtualRows computes the tables of pg_catalog and information_schema.
type VirtualRows interface {
	// Rows gives the rows of rel to emit, one datum per listed column (positions
	// in rel.Columns), and stops at emit's error. eq holds values that rows must
	// have by column position: a hint, the caller filters. emit copies the row.
	Rows(ec *Context, rel *catalog.Relation, columns []int, eq map[int]types.Datum, emit func(row []types.Datum) error) error
}

// canceled gives the error of a context that is done, nil if it is not.
func canceled(ctx context.Context) error {
	select {
	case <-ctx.Done():
	default:
		return nil
	}
	return cancelError(ctx)
}

// cancelError is what a statement fails with when its context is done.
func cancelError(ctx context.Context) error {
	if e, ok := errors.AsType[*pgerr.Error](context.Cause(ctx)); ok {
		return e
	}
	return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
}

func (ec *Context) workMem() int64 {
	if ec.WorkMem <= 0 {
		return DefaultWorkMem
	}
	return int64(ec.WorkMem)
}

func (ec *Context) memLimit() int64 {
	if ec.MemLimit <= 0 {
		return DefaultMemLimit
	}
	return ec.MemLimit
}
