package source

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Peer is a connected client of either protocol.
type Peer struct {
	Protocol string // redis or postgres
	ID       string // CLIENT ID, or the process ID of a backend
	Name     string // as it calls itself
	Addr     string
	User     string
	Database string
	State    string
	Doing    string        // the last command, or the query as far as it is told
	Age      time.Duration // of the connection, -1 if unknown
	Idle     time.Duration // since it last did something, 0 if it does something now
	Memory   int64         // bytes, -1 if unknown
	Own      bool          // this program's
}

// The names by which this program's own connections are known.
const (
	redisName = "orbit-tui"
	sqlName   = "orbit tui"
)

// observing is the database over which the server is asked about itself.
func (s *Source) observing() *SQL {
	s.mu.Lock()
	q := s.observed
	s.mu.Unlock()
	if q != nil {
		return q
	}
	q = s.Database("postgres", false)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.observed == nil {
		s.observed = q
	}
	return s.observed
}

// Peers are the clients of both protocols, those of one that is off left out.
func (s *Source) Peers(ctx context.Context) ([]Peer, error) {
	status, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	var all []Peer
	if status.Redis != nil {
		reply, err := s.Redis(ctx, 0, "CLIENT", "LIST")
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(reply.Text)), "\n") {
			if p, ok := parsePeer(line); ok {
				all = append(all, p)
			}
		}
	}
	if status.Postgres == nil {
		return all, nil
	}
	const query = `select pid, application_name, client_addr, client_port, usename, datname, state, query,
		extract(epoch from now() - backend_start), case when state = 'active' then 0 else extract(epoch from now() - state_change) end
		from pg_stat_activity where pid <> pg_backend_pid()`
	err = s.ask(ctx, query, func(v []Value) {
		addr := v[2].Text
		if addr != "" && v[3].Text != "" && v[3].Text != "-1" {
			addr += ":" + v[3].Text
		}
		all = append(all, Peer{
			Protocol: "postgres", ID: v[0].Text, Name: v[1].Text, Addr: addr, User: v[4].Text, Database: v[5].Text, State: v[6].Text, Doing: v[7].Text,
			Age: seconds(v[8].Text), Idle: seconds(v[9].Text), Memory: -1, Own: v[1].Text == sqlName,
		})
	})
	return all, err
}

// parsePeer reads a line of CLIENT LIST.
func parsePeer(line string) (p Peer, ok bool) {
	p = Peer{Protocol: "redis", Age: -1, Memory: -1}
	for field := range strings.SplitSeq(strings.TrimSpace(line), " ") {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "id":
			p.ID = value
		case "name":
			p.Name = value
		case "addr":
			p.Addr = value
		case "user":
			p.User = value
		case "db":
			p.Database = value
		case "flags":
			p.State = flags(value)
		case "cmd":
			p.Doing = strings.ReplaceAll(value, "|", " ")
		case "age":
			p.Age = seconds(value)
		case "idle":
			p.Idle = seconds(value)
		case "tot-mem":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				p.Memory = n
			}
		}
	}
	p.Own = p.Name == redisName
	return p, p.ID != ""
}

// flags words the flags of CLIENT LIST, as its documentation names them.
func flags(letters string) string {
	var words []string
	for _, f := range []struct{ letter, word string }{
		{"S", "replica"},
		{"M", "primary"},
		{"P", "subscribed"},
		{"O", "monitor"},
		{"x", "in MULTI"},
		{"b", "blocked"},
		{"d", "watch is broken"},
		{"t", "tracking"},
		{"c", "closing"},
		{"u", "unblocked"},
	} {
		if strings.Contains(letters, f.letter) {
			words = append(words, f.word)
		}
	}
	return strings.Join(words, ", ")
}

// seconds reads a number of seconds; -1 is that there is none.
func seconds(text string) time.Duration {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return max(time.Duration(f*float64(time.Second)), 0)
}

// ask runs a query and gives each row to a function.
func (s *Source) ask(ctx context.Context, query string, each func([]Value)) error {
	return s.observing().with(ctx, func(conn *pgconn.PgConn) error {
		var st statement
		st.WriteString(query)
		return st.rows(ctx, conn, func(row [][]byte) error {
			each(values(row))
			return nil
		})
	})
}

// ErrGone says that there is no such client any more.
var ErrGone = errors.New("the client has gone already")

// Kill ends a client's connection.
func (s *Source) Kill(ctx context.Context, p Peer) error {
	if p.Protocol == "postgres" {
		return s.signal(ctx, "pg_terminate_backend", p.ID)
	}
	reply, err := s.Redis(ctx, 0, "CLIENT", "KILL", "ID", p.ID)
	if err == nil && string(reply.Text) == "0" {
		err = ErrGone
	}
	return err
}

// CancelQuery has a client's query fail, whose session goes on.
func (s *Source) CancelQuery(ctx context.Context, p Peer) error {
	return s.signal(ctx, "pg_cancel_backend", p.ID)
}

func (s *Source) signal(ctx context.Context, function, pid string) error {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return err
	}
	done := false
	if err := s.ask(ctx, "select "+function+"("+strconv.Itoa(n)+")", func(v []Value) { done = v[0].Text == "t" }); err != nil {
		return err
	}
	if !done {
		return ErrGone
	}
	return nil
}

// Slowness is something that took long, or does.
type Slowness struct {
	Kind   string // "command" of the slow log, "event" of the latency monitor, "query" that runs
	ID     string // unique in its kind
	At     time.Time
	Took   time.Duration
	Worst  time.Duration // of an event, the longest ever
	What   string
	Client string
}

// Slow is what took long: the slow log, the latency monitor's latest events, and the
// SQL queries that run now.
type Slow struct {
	List []Slowness
	// Threshold is from when on a command is in the slow log, Monitored from when on an
	// event is noted; 0 or less is never.
	Threshold, Monitored time.Duration
	// Redis and Postgres tell which of the protocols were asked.
	Redis, Postgres bool
}

// slowEntries is how many entries of the slow log are fetched.
const slowEntries = "256"

// Slow fetches it.
func (s *Source) Slow(ctx context.Context) (slow Slow, err error) {
	status, err := s.Status(ctx)
	if err != nil {
		return slow, err
	}
	slow.Redis, slow.Postgres = status.Redis != nil, status.Postgres != nil
	if slow.Redis {
		replies, err := s.Pipeline(ctx, 0, [][]string{
			{"SLOWLOG", "GET", slowEntries}, {"LATENCY", "LATEST"}, {"CONFIG", "GET", "slowlog-log-slower-than", "latency-monitor-threshold"},
		})
		if err != nil {
			return slow, err
		}
		for i := range replies {
			if text, failed := replies[i].Error(); failed {
				return slow, ReplyError(text)
			}
		}
		slow.List = append(slowLog(replies[0].Items), latencyEvents(replies[1].Items)...)
		for i := 0; i+1 < len(replies[2].Items); i += 2 {
			n := number(replies[2].Items[i+1])
			if string(replies[2].Items[i].Text) == "slowlog-log-slower-than" {
				slow.Threshold = time.Duration(n) * time.Microsecond
			} else {
				slow.Monitored = time.Duration(n) * time.Millisecond
			}
		}
	}
	if !slow.Postgres {
		return slow, nil
	}
	const query = `select pid, extract(epoch from query_start), extract(epoch from now() - query_start), query, application_name
		from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() order by query_start`
	err = s.ask(ctx, query, func(v []Value) {
		slow.List = append(slow.List, Slowness{
			Kind: "query", ID: v[0].Text, At: time.Unix(0, int64(seconds(v[1].Text))), Took: seconds(v[2].Text), What: v[3].Text, Client: strings.TrimSpace("pid " + v[0].Text + " " + v[4].Text),
		})
	})
	return slow, err
}

func number(r resp.Reply) int64 {
	n, err := strconv.ParseInt(string(r.Text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// slowLog reads SLOWLOG GET: number, time, microseconds, words, address and name each.
func slowLog(entries []resp.Reply) (list []Slowness) {
	for _, e := range entries {
		if len(e.Items) < 4 {
			continue
		}
		words := make([]string, 0, len(e.Items[3].Items))
		for _, w := range e.Items[3].Items {
			words = append(words, string(w.Text))
		}
		one := Slowness{
			Kind: "command", ID: string(e.Items[0].Text), At: time.Unix(number(e.Items[1]), 0), Took: time.Duration(number(e.Items[2])) * time.Microsecond,
			What: strings.Join(words, " "),
		}
		if len(e.Items) >= 6 {
			one.Client = strings.TrimSpace(string(e.Items[4].Text) + " " + string(e.Items[5].Text))
		}
		list = append(list, one)
	}
	return list
}

// latencyEvents reads LATENCY LATEST: name, time, latest and longest in milliseconds.
func latencyEvents(entries []resp.Reply) (list []Slowness) {
	for _, e := range entries {
		if len(e.Items) < 4 {
			continue
		}
		list = append(list, Slowness{
			Kind: "event", ID: string(e.Items[0].Text), What: string(e.Items[0].Text), At: time.Unix(number(e.Items[1]), 0),
			Took: time.Duration(number(e.Items[2])) * time.Millisecond, Worst: time.Duration(number(e.Items[3])) * time.Millisecond,
		})
	}
	return list
}

// ResetSlow empties the slow log and forgets the latency events.
func (s *Source) ResetSlow(ctx context.Context) error {
	if _, err := s.Redis(ctx, 0, "SLOWLOG", "RESET"); err != nil {
		return err
	}
	_, err := s.Redis(ctx, 0, "LATENCY", "RESET")
	return err
}
