package isolation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// session is one connection. Its steps run in a goroutine of their own; all that it
// prints comes from the runner, when the runner looks at it.
type session struct {
	name   string
	conn   *pgconn.PgConn
	active *Step
	done   chan []outcome
	// outcomes are those of a step that has finished and is not told of yet.
	outcomes []outcome
	finished bool

	mu            sync.Mutex
	notices       []string
	notifications []*pgconn.Notification
	told          int // notices so far
}

// outcome is one result: a table, or an error's lines, or neither.
type outcome struct {
	fields []string
	rows   [][]string
	table  bool
	err    error
}

var errClosed = errors.New("the server closed the connection")

// open connects a session.
func open(ctx context.Context, config *pgconn.Config, name string) (*session, error) {
	s := &session{name: name, done: make(chan []outcome, 1)}
	c := config.Copy()
	c.RuntimeParams["application_name"] += "/" + name
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		text := n.Severity + ":  " + n.Message + "\n"
		if n.Detail != "" {
			text += "DETAIL:  " + n.Detail + "\n"
		}
		if n.Hint != "" {
			text += "HINT:  " + n.Hint + "\n"
		}
		s.mu.Lock()
		s.notices = append(s.notices, text)
		s.mu.Unlock()
	}
	c.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		s.mu.Lock()
		s.notifications = append(s.notifications, n)
		s.mu.Unlock()
	}
	var err error
	s.conn, err = pgconn.ConnectConfig(ctx, c)
	return s, err
}

// launch sends a step.
func (s *session) launch(ctx context.Context, step *Step) {
	s.active, s.finished, s.outcomes = step, false, nil
	go func() { s.done <- s.execute(ctx, step.SQL) }()
}

// execute runs SQL as one simple query and returns all its results.
func (s *session) execute(ctx context.Context, sql string) []outcome {
	var all []outcome
	results := s.conn.Exec(ctx, sql)
	for results.NextResult() {
		r := results.ResultReader()
		var o outcome
		for _, f := range r.FieldDescriptions() {
			o.fields = append(o.fields, f.Name)
		}
		for r.NextRow() {
			row := make([]string, 0, len(o.fields))
			for _, v := range r.Values() {
				row = append(row, string(v))
			}
			o.rows = append(o.rows, row)
		}
		tag, err := r.Close()
		o.table = o.fields != nil || tag.Select()
		if err == nil {
			all = append(all, o)
		}
	}
	if err := results.Close(); err != nil {
		all = append(all, outcome{err: err})
		var e *pgconn.PgError
		if errors.As(err, &e) && s.conn.IsClosed() {
			all = append(all, outcome{err: errClosed}) // libpq tells both
		}
	}
	return all
}

// setup runs SQL of which nothing but the last result is shown, as PQexec does.
func (s *session) setup(ctx context.Context, w *bytes.Buffer, sql string) error {
	all := s.execute(ctx, sql)
	if len(all) == 0 {
		return nil
	}
	last := all[len(all)-1]
	if last.err != nil {
		return last.err
	}
	if last.table {
		last.print(w)
	}
	return nil
}

// print writes a result as PQprint does, or an error as isolationtester does.
func (o outcome) print(w *bytes.Buffer) {
	if o.err != nil {
		var e *pgconn.PgError
		if errors.As(o.err, &e) {
			fmt.Fprintf(w, "%s:  %s\n", e.Severity, e.Message)
			return
		}
		fmt.Fprintf(w, "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n\n")
		return
	}
	if !o.table {
		return
	}
	borders := make([]string, len(o.fields))
	for i, name := range o.fields {
		width := len(name)
		for _, row := range o.rows {
			width = max(width, len(row[i]))
		}
		borders[i] = strings.Repeat("-", width)
	}
	fmt.Fprintf(w, "%s\n%s\n", strings.Join(o.fields, "|"), strings.Join(borders, "+"))
	for _, row := range o.rows {
		fmt.Fprintln(w, strings.Join(row, "|"))
	}
	plural := "s"
	if len(o.rows) == 1 {
		plural = ""
	}
	fmt.Fprintf(w, "(%d row%s)\n\n", len(o.rows), plural)
}

// takeNotices prints the notices that came since it was called last.
func (s *session) takeNotices(w *bytes.Buffer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.notices {
		fmt.Fprintf(w, "%s: %s", s.name, n)
	}
	s.told += len(s.notices)
	s.notices = nil
}

// takeNotifications returns those that came since it was called last.
func (s *session) takeNotifications() []*pgconn.Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.notifications
	s.notifications = nil
	return list
}
