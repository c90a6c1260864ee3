package wire

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// TestLatencyCountsWhatTheServerDoes looks at what is counted: each Query and each Execute,
// those of sessions that ended too, and not the time that a client takes between messages.
func TestLatencyCountsWhatTheServerDoes(t *testing.T) {
	s := startServer(t, Options{})
	m := s.o.Sessions
	counted := func(want uint64) {
		t.Helper()
		if got := m.Latency(); got.Total != want {
			t.Fatalf("%d were counted, not %d", got.Total, want)
		}
	}
	c := connect(t, s, "&default_query_exec_mode=exec")
	exec(t, c, "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
	counted(1) // a message, whatever is in it
	if _, err := c.Exec(background, "INSERT INTO t VALUES ($1)", 2); err != nil {
		t.Fatal(err)
	}
	counted(2)
	if _, err := c.Exec(background, "INSERT INTO t VALUES ($1)", 2); code(err) != "23505" {
		t.Fatal(err)
	}
	counted(3)
	if p := m.Latency(); p.Percentile(100) > uint64(10*time.Second) {
		t.Errorf("the slowest took %d ns", p.Percentile(100))
	}

	const pause = 300 * time.Millisecond
	other := connect(t, s, "")
	f := other.PgConn().Frontend()
	f.SendParse(&pgproto3.Parse{Query: "SELECT generate_series(1, 3)"})
	f.SendBind(&pgproto3.Bind{})
	for range 3 { // a cursor that the client reads at leisure
		f.SendExecute(&pgproto3.Execute{MaxRows: 1})
		f.Send(&pgproto3.Flush{})
		flushUntil[*pgproto3.PortalSuspended](t, f)
		time.Sleep(pause / 3)
	}
	before := m.Latency()
	f.SendSync(&pgproto3.Sync{})
	flushUntil[*pgproto3.ReadyForQuery](t, f)
	counted(6)
	if before.Total != 5 {
		t.Errorf("%d were counted before Sync, whose commit belongs to the last", before.Total)
	}

	exec(t, other, "SELECT pg_sleep(0.3)")
	if p := m.Latency(); p.Percentile(100) < uint64(pause) {
		t.Errorf("the slowest took %d ns", p.Percentile(100))
	}
	counted(7)
	if err := other.Close(background); err != nil {
		t.Fatal(err)
	}
	for m.Stats().Sessions > 1 {
		time.Sleep(time.Millisecond)
	}
	counted(7)
}

// flushUntil sends what was gathered and reads up to a message of a kind.
func flushUntil[M pgproto3.BackendMessage](t *testing.T, f *pgproto3.Frontend) {
	t.Helper()
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	for {
		msg, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := msg.(M); ok {
			return
		}
	}
}
