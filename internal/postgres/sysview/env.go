package sysview

import (
	"context"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Env is the session as the catalogs' tables and functions see it: what
// builtin.Context.Env also implements where there is a session.
type Env interface {
	builtin.Env
	// View is the catalog of the transaction in progress.
	View() *catalog.View
	// Tx is that transaction, nil outside one.
	Tx() *table.Tx
	// SearchPath lists the schemas that names are looked up in; pg_catalog comes
	// first where it is not listed.
	SearchPath() []types.OID
}

// Server is the server as pg_stat_activity, pg_settings and the administration
// functions see it. An Env may implement it; without it those tables are empty
// and those functions fail.
type Server interface {
	Sessions() []Session
	Settings() []Setting
	// Prepared and Cursors are the session's own.
	Prepared() []Prepared
	Cursors() []Cursor
	Started() time.Time
	// CancelBackend and TerminateBackend are false if there is no such session.
	CancelBackend(pid int32) bool
	TerminateBackend(pid int32) bool
	// Context is the running statement's.
	Context() context.Context
	Warn(code, format string, args ...any)
}

// Session is a row of pg_stat_activity.
type Session struct {
	PID                                              int32
	Database, User, Application, Address             string
	Port                                             int
	Start, TransactionStart, QueryStart, StateChange time.Time
	State, Query                                     string
}

// Setting is a row of pg_settings.
type Setting struct {
	Name, Value, Unit, Category, Desc, Context, Type, Source string
	Min, Max, Boot, Reset                                    string
	Enum                                                     []string
}

// Prepared is a row of pg_prepared_statements.
type Prepared struct {
	Name, Statement string
	Made            time.Time
	Params          []types.OID
	FromSQL         bool
}

// Cursor is a row of pg_cursors.
type Cursor struct {
	Name, Statement          string
	Hold, Binary, Scrollable bool
	Made                     time.Time
}

// envOf is the session behind a function's context.
func envOf(c *builtin.Context) (Env, error) {
	if c != nil {
		if e, ok := c.Env.(Env); ok {
			return e, nil
		}
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "the catalog cannot be read here")
}

// serverOf is the server behind a function's context.
func serverOf(c *builtin.Context) (Server, error) {
	if c != nil {
		if s, ok := c.Env.(Server); ok {
			return s, nil
		}
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "the server cannot be asked here")
}

// txOf is the transaction that a function runs in.
func txOf(c *builtin.Context) (*table.Tx, error) {
	e, err := envOf(c)
	if err != nil {
		return nil, err
	}
	if tx := e.Tx(); tx != nil {
		return tx, nil
	}
	return nil, pgerr.New(pgerr.NoActiveSQLTransaction, "no transaction is in progress")
}

// pathOf is the search path with pg_catalog where names look for it.
func pathOf(e Env) []types.OID {
	path := e.SearchPath()
	for _, s := range path {
		if s == catalog.PgCatalogOID {
			return path
		}
	}
	return append([]types.OID{catalog.PgCatalogOID}, path...)
}
