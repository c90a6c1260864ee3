package session

import (
	"sort"
	"strings"
	"sync"
	"time"
)

// activity is what pg_stat_activity tells about a session.
type activity struct {
	mu   sync.Mutex
	info Activity
}

// Activity is a row of pg_stat_activity.
type Activity struct {
	PID              int32
	Database         string
	User             string
	Application      string
	Address          string
	Port             int
	Start            time.Time // of the session
	TransactionStart time.Time // zero if there is none
	QueryStart       time.Time
	StateChange      time.Time
	// State is active, idle, idle in transaction or idle in transaction (aborted).
	State string
	Query string
}

// maxActivityQuery is track_activity_query_size.
const maxActivityQuery = 1024

func (a *activity) begin(l Login, now time.Time) {
	a.info = Activity{
		Database: l.Database, User: l.User, Address: l.Address, Port: l.Port, Start: now, StateChange: now, State: "idle",
	}
}

// run notes that a statement starts, and tells when. Only the text's beginning is kept.
func (a *activity) run(sql string) time.Time {
	if len(sql) > maxActivityQuery {
		sql = strings.Clone(sql[:maxActivityQuery]) // the rest need not be kept
	}
	now := time.Now()
	a.mu.Lock()
	a.info.Query, a.info.State, a.info.QueryStart, a.info.StateChange = sql, "active", now, now
	a.mu.Unlock()
	return now
}

// rest notes that the session waits for its client.
func (a *activity) rest(status byte) {
	state := "idle"
	switch status {
	case 'T':
		state = "idle in transaction"
	case 'E':
		state = "idle in transaction (aborted)"
	}
	a.mu.Lock()
	a.info.State, a.info.StateChange = state, time.Now()
	a.mu.Unlock()
}

func (a *activity) transactionSince(t time.Time) {
	a.mu.Lock()
	a.info.TransactionStart = t
	a.mu.Unlock()
}

func (a *activity) application(name string) {
	a.mu.Lock()
	a.info.Application = name
	a.mu.Unlock()
}

func (a *activity) as(user string) {
	a.mu.Lock()
	a.info.User = user
	a.mu.Unlock()
}

// Activities lists the sessions by pid.
func (m *Manager) Activities() []Activity {
	m.mu.Lock()
	all := make([]*Session, 0, len(m.sessions))
	for _, s := range m.sessions {
		all = append(all, s)
	}
	m.mu.Unlock()
	out := make([]Activity, 0, len(all))
	for _, s := range all {
		s.activity.mu.Lock()
		info := s.activity.info
		s.activity.mu.Unlock()
		info.PID = s.pid
		out = append(out, info)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].PID < out[j].PID })
	return out
}
