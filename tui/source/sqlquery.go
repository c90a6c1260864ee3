package source

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/dump"
)

// What of a result is kept in memory; the rest is counted.
const (
	maxResultRows  = 10_000
	maxResultBytes = 32 << 20
	maxResultValue = 64 << 10
)

// Session is a connection that stays, with its settings and its transaction. One
// statement runs at a time.
type Session struct {
	q    *SQL
	mu   sync.Mutex
	conn *pgconn.PgConn

	notices []string
}

// Session makes a session, which connects when it is first used.
func (q *SQL) Session() *Session {
	s := &Session{q: q}
	q.s.onClose(s.Close)
	return s
}

// ResultColumn is a column of a result.
type ResultColumn struct {
	Name   string
	OID    uint32
	Number bool
}

// Result is what a statement gave.
type Result struct {
	Columns []ResultColumn // none if the statement gives no rows
	Rows    [][]Value
	Count   int64  // of rows, also of those that were not kept
	Tag     string // such as UPDATE 3
}

// Kept tells whether all rows were kept.
func (r *Result) Kept() bool { return int64(len(r.Rows)) == r.Count }

// Outcome is what a text of statements gave, up to the first error.
type Outcome struct {
	Results []Result
	Notices []string
	Took    time.Duration
	// Status is the transaction's: I outside of one, T in one, E in one that failed.
	Status byte
}

// ErrConnectionLost says that a session ended, and with it its transaction.
var ErrConnectionLost = errors.New("the connection was lost, and with it the session's settings and transaction; the next statement opens another")

// Run runs statements; an error may come with results of those before it. When ctx is
// over the server is told to stop.
func (s *Session) Run(ctx context.Context, text string) (o Outcome, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.conn.IsClosed() {
		lost := s.conn != nil
		s.conn = nil
		s.conn, err = s.q.connect(ctx, func(n *pgconn.Notice) { s.notices = append(s.notices, n.Severity+": "+n.Message) })
		if err != nil {
			return o, err
		}
		if lost {
			o.Notices = append(o.Notices, "NOTICE: this is a new connection")
		}
	}
	s.notices = nil
	begun := time.Now()
	room := maxResultBytes
	results := s.conn.Exec(ctx, text)
	for results.NextResult() {
		r, failed := read(results.ResultReader(), &room)
		if failed != nil {
			err = failed
			break
		}
		o.Results = append(o.Results, r)
	}
	if failed := results.Close(); err == nil {
		err = failed
	}
	o.Took, o.Notices = time.Since(begun), append(o.Notices, s.notices...)
	o.Status = s.conn.TxStatus()
	if s.conn.IsClosed() {
		o.Status = 'I'
		var refused *pgconn.PgError
		if !errors.As(err, &refused) {
			err = fmt.Errorf("%w (%w)", ErrConnectionLost, err)
		}
	}
	return o, err
}

// read reads a result, and keeps what there is room for.
func read(r *pgconn.ResultReader, room *int) (Result, error) {
	var result Result
	for _, f := range r.FieldDescriptions() {
		result.Columns = append(result.Columns, ResultColumn{f.Name, f.DataTypeOID, dump.IsNumber(f.DataTypeOID)})
	}
	for r.NextRow() {
		result.Count++
		if len(result.Rows) >= maxResultRows || *room <= 0 {
			continue
		}
		raw := r.Values()
		row := make([]Value, len(raw))
		for i, v := range raw {
			row[i] = Value{Null: v == nil, Cut: len(v) > maxResultValue, Text: string(v[:min(len(v), maxResultValue)])}
			*room -= len(row[i].Text) + 64
		}
		result.Rows = append(result.Rows, row)
	}
	tag, err := r.Close()
	result.Tag = tag.String()
	return result, err
}

// Close ends the session.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	return closeConn(conn)
}

// Words are the names that a database has for completion: its relations as SQL names
// them, and the columns of each.
type Words struct {
	Relations []string
	Columns   map[string][]string
}

// Words asks for the names of a database, for as many as a person could want.
func (q *SQL) Words(ctx context.Context) (w Words, err error) {
	w.Columns = map[string][]string{}
	err = q.query(ctx, `select c.oid::regclass::text, quote_ident(a.attname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname not in ('pg_catalog', 'information_schema') order by 1, a.attnum limit 50000`,
		func(row []Value) error {
			name := row[0].Text
			if len(w.Columns[name]) == 0 {
				w.Relations = append(w.Relations, name)
			}
			w.Columns[name] = append(w.Columns[name], row[1].Text)
			return nil
		})
	return w, err
}
