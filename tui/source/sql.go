package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/admin/session"
)

// SQL is one database of a source. Its methods may be called concurrently: each takes
// a connection of its own for as long as it works.
type SQL struct {
	s        *Source
	database string
	readOnly bool

	mu     sync.Mutex
	idle   []*pgconn.PgConn
	closed bool
}

// Database gives access to a database; with readOnly nothing in it can be changed.
func (s *Source) Database(name string, readOnly bool) *SQL {
	q := &SQL{s: s, database: name, readOnly: readOnly}
	s.onClose(q.close)
	return q
}

// Name is the database's.
func (q *SQL) Name() string { return q.database }

// ReadOnly says that nothing can be changed.
func (q *SQL) ReadOnly() bool { return q.readOnly }

// closeTime is how long a connection may take to say that it ends.
const closeTime = time.Second

func closeConn(conn *pgconn.PgConn) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return conn.Close(ctx)
}

// Connect opens a connection that is the caller's.
func (q *SQL) connect(ctx context.Context, notice func(*pgconn.Notice)) (*pgconn.PgConn, error) {
	conn, err := session.SQL(ctx, q.s.client, session.SQLOptions{Database: q.database, Application: sqlName, Notice: notice})
	if err != nil || !q.readOnly {
		return conn, err
	}
	if _, err := conn.Exec(ctx, "set default_transaction_read_only = on").ReadAll(); err != nil {
		return nil, errors.Join(err, closeConn(conn))
	}
	return conn, nil
}

// take gives an idle connection that still answers, or a new one.
func (q *SQL) take(ctx context.Context) (*pgconn.PgConn, error) {
	for {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return nil, errors.New("the connection is closed")
		}
		n := len(q.idle)
		if n == 0 {
			q.mu.Unlock()
			return q.connect(ctx, nil)
		}
		conn := q.idle[n-1]
		q.idle = q.idle[:n-1]
		q.mu.Unlock()
		// The server may have gone and come back since.
		if err := conn.Ping(ctx); err == nil {
			return conn, nil
		}
		_ = closeConn(conn)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// give takes a connection back.
func (q *SQL) give(conn *pgconn.PgConn) {
	if conn.IsClosed() {
		return
	}
	q.mu.Lock()
	keep := !q.closed && len(q.idle) < maxIdle && conn.TxStatus() == 'I'
	if keep {
		q.idle = append(q.idle, conn)
	}
	q.mu.Unlock()
	if !keep {
		_ = closeConn(conn)
	}
}

// Rest closes the connections that are idle; others are opened when they are needed.
func (q *SQL) Rest() (err error) {
	q.mu.Lock()
	idle := q.idle
	q.idle = nil
	q.mu.Unlock()
	for _, conn := range idle {
		err = errors.Join(err, closeConn(conn))
	}
	return err
}

func (q *SQL) close() error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	return q.Rest()
}

// with lends a connection.
func (q *SQL) with(ctx context.Context, do func(conn *pgconn.PgConn) error) error {
	conn, err := q.take(ctx)
	if err != nil {
		return err
	}
	defer q.give(conn)
	if err := do(conn); err != nil {
		if ctx.Err() != nil {
			return ctx.Err() // and not how the server words that it was told to stop
		}
		return err
	}
	return nil
}

// Value is a value as text.
type Value struct {
	Text string
	Null bool
	Cut  bool // Text is only the beginning
}

// values copies a row off the wire.
func values(row [][]byte) []Value {
	all := make([]Value, len(row))
	for i, v := range row {
		all[i] = Value{Text: string(v), Null: v == nil}
	}
	return all
}

// param is a parameter of a statement: a text, and the type that it is of.
type param struct {
	value Value
	oid   uint32
}

// statement is SQL with parameters, which are never part of its text.
type statement struct {
	strings.Builder
	params []param
}

// add adds a parameter and returns how it is written.
func (s *statement) add(v Value, oid uint32) string {
	s.params = append(s.params, param{v, oid})
	return fmt.Sprintf("$%d", len(s.params))
}

func (s *statement) run(ctx context.Context, conn *pgconn.PgConn) *pgconn.ResultReader {
	texts, oids := make([][]byte, len(s.params)), make([]uint32, len(s.params))
	for i, p := range s.params {
		if !p.value.Null {
			texts[i] = []byte(p.value.Text)
		}
		oids[i] = p.oid
	}
	return conn.ExecParams(ctx, s.String(), texts, oids, nil, nil)
}

// rows runs it and gives each row to a function, whose slice is valid during the call.
func (s *statement) rows(ctx context.Context, conn *pgconn.PgConn, each func([][]byte) error) error {
	r := s.run(ctx, conn)
	var err error
	for err == nil && r.NextRow() {
		err = each(r.Values())
	}
	if _, failed := r.Close(); err == nil {
		err = failed
	}
	return err
}

// ident is a name as SQL writes it. In quotes always: which words need them the server
// knows better.
func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
