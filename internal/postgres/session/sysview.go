package session

import (
	"context"
	"time"

	"github.com/orbit-server/orbit/internal/latency"
	"github.com/orbit-server/orbit/internal/postgres/sysview"
)

// What pg_catalog tells of sessions.
var (
	_ sysview.Env           = (*Session)(nil)
	_ sysview.Server        = (*Session)(nil)
	_ sysview.ActorLister   = (*Session)(nil)
	_ sysview.LatencyLister = (*Session)(nil)
)

// Sessions lists all sessions, for pg_stat_activity.
func (s *Session) Sessions() []sysview.Session {
	all := s.m.Activities()
	out := make([]sysview.Session, len(all))
	for i, a := range all {
		out[i] = sysview.Session(a)
	}
	return out
}

// Actors lists the actors of the process, for orbit.actors.
func (s *Session) Actors() []sysview.Actor {
	if s.m.o.Actors == nil {
		return nil
	}
	return s.m.o.Actors()
}

// Latencies tells how long what clients asked for took, for orbit.latency.
func (s *Session) Latencies() []sysview.Latency {
	own := s.m.Latency()
	list := []sysview.Latency{latencyRow("postgres", &own)}
	if s.m.o.RedisLatency != nil {
		list = append(list, latencyRow("redis", s.m.o.RedisLatency()))
	}
	return list
}

func latencyRow(protocol string, s *latency.Snapshot) sysview.Latency {
	ms := func(p float64) float64 { return float64(s.Percentile(p)) / 1e6 }
	return sysview.Latency{Protocol: protocol, Count: s.Total, P50: ms(50), P90: ms(90), P99: ms(99), P999: ms(99.9), Max: ms(100)}
}

// Settings lists the settings, for pg_settings.
func (s *Session) Settings() []sysview.Setting {
	all := s.AllSettings()
	out := make([]sysview.Setting, len(all))
	for i, r := range all {
		out[i] = sysview.Setting{
			Name: r.Name, Value: r.Setting, Unit: r.Unit, Category: r.Category, Desc: r.Desc, Context: r.Context,
			Type: r.Type, Source: r.Source, Min: r.Min, Max: r.Max, Boot: r.Boot, Reset: r.Reset, Enum: r.Enum,
		}
	}
	return out
}

// Prepared lists the session's prepared statements.
func (s *Session) Prepared() []sysview.Prepared {
	out := make([]sysview.Prepared, 0, len(s.stmts))
	for _, p := range s.stmts {
		out = append(out, sysview.Prepared{Name: p.name, Statement: p.text, Made: p.made, Params: p.params, FromSQL: p.fromSQL})
	}
	return out
}

// Cursors lists the session's cursors, and the portals of the protocol.
func (s *Session) Cursors() []sysview.Cursor {
	out := make([]sysview.Cursor, 0, len(s.portals))
	for _, p := range s.portals {
		text := p.text
		if text == "" && p.stmt != nil {
			text = p.stmt.text
		}
		out = append(out, sysview.Cursor{
			Name: p.name, Statement: text, Hold: p.hold, Binary: p.binary, Scrollable: p.scroll, Made: p.made,
		})
	}
	return out
}

// Started is when the server started.
func (s *Session) Started() time.Time { return s.m.Started() }

// CancelBackend is pg_cancel_backend.
func (s *Session) CancelBackend(pid int32) bool { return s.m.CancelBackend(pid) }

// TerminateBackend is pg_terminate_backend.
func (s *Session) TerminateBackend(pid int32) bool { return s.m.TerminateBackend(pid) }

// Context is the running statement's.
func (s *Session) Context() context.Context { return s.ec.Ctx }

// Warn tells the client something that is no error.
func (s *Session) Warn(code, format string, args ...any) {
	s.notice("WARNING", code, format, args...)
}
