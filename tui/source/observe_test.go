package source

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/admin/session"
)

// peer finds a client by its name.
func peer(t *testing.T, s *Source, name string) *Peer {
	t.Helper()
	all, err := s.Peers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

func TestPeersAreListedAndEnded(t *testing.T) {
	s := open(t).s
	redis, err := session.Redis(t.Context(), s.client, "other", 3, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = redis.Close() }()
	sql, err := session.SQL(t.Context(), s.client, session.SQLOptions{Database: "postgres", Application: "other sql"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = closeConn(sql) }()
	p := peer(t, s, "other")
	if p == nil || p.Protocol != "redis" || p.Database != "3" || p.Own || p.Memory <= 0 {
		t.Fatalf("%+v", p)
	}
	q := peer(t, s, "other sql")
	if q == nil || q.Protocol != "postgres" || q.Database != "postgres" || q.State != "idle" || q.Own || q.Memory != -1 {
		t.Fatalf("%+v", q)
	}
	for _, one := range []*Peer{p, q} {
		if err := s.Kill(t.Context(), *one); err != nil {
			t.Errorf("%s: %v", one.Name, err)
		}
	}
	if _, err := redis.Must("PING"); err == nil {
		t.Error("the Redis client goes on")
	}
	if _, err := sql.Exec(t.Context(), "select 1").ReadAll(); err == nil {
		t.Error("the SQL client goes on")
	}
	if err := s.Kill(t.Context(), *p); !errors.Is(err, ErrGone) {
		t.Errorf("twice: %v", err)
	}
	if own := peer(t, s, redisName); own == nil || !own.Own {
		t.Errorf("own: %+v", own)
	}
}

func TestCancelQueryLeavesTheSession(t *testing.T) {
	s := open(t).s
	sql, err := session.SQL(t.Context(), s.client, session.SQLOptions{Database: "postgres", Application: "sleeper"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = closeConn(sql) }()
	ended := make(chan error, 1)
	go func() {
		_, err := sql.Exec(context.Background(), "select pg_sleep(60)").ReadAll()
		ended <- err
	}()
	for {
		p := peer(t, s, "sleeper")
		if p != nil && p.State == "active" && strings.Contains(p.Doing, "pg_sleep") {
			slow, err := s.Slow(t.Context())
			if err != nil || len(slow.List) == 0 || slow.List[len(slow.List)-1].Kind != "query" {
				t.Errorf("slow: %+v, %v", slow, err)
			}
			if err := s.CancelQuery(t.Context(), *p); err != nil {
				t.Fatal(err)
			}
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "57014") {
		t.Errorf("the query ended with %v", err)
	}
	if _, err := sql.Exec(t.Context(), "select 1").ReadAll(); err != nil {
		t.Error(err)
	}
}

func TestSlowLogIsReadAndReset(t *testing.T) {
	s := open(t).s
	for _, words := range [][]string{{"CONFIG", "SET", "slowlog-log-slower-than", "0"}, {"SET", "a key", "v"}, {"CONFIG", "SET", "slowlog-log-slower-than", "-1"}} {
		if _, err := s.Redis(t.Context(), 0, words...); err != nil {
			t.Fatal(err)
		}
	}
	slow, err := s.Slow(t.Context())
	if err != nil || !slow.Redis || !slow.Postgres || slow.Threshold >= 0 || slow.Monitored != 0 {
		t.Fatalf("%+v, %v", slow, err)
	}
	found := false
	for _, e := range slow.List {
		found = found || e.What == "SET a key v" && e.Kind == "command" && time.Since(e.At) < time.Minute && strings.Contains(e.Client, redisName)
	}
	if !found {
		t.Errorf("%+v", slow.List)
	}
	if err := s.ResetSlow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if slow, err = s.Slow(t.Context()); err != nil || len(slow.List) != 0 {
		t.Errorf("after the reset: %+v, %v", slow.List, err)
	}
}

// hear waits for an event of a channel.
func hear(t *testing.T, f *Feed, channel string) Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		h, err := f.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range h.Events {
			if e.Channel == channel {
				return e
			}
		}
	}
}

func TestFeedsHearBothProtocols(t *testing.T) {
	q := open(t)
	s := q.s
	f, err := s.Subscribe(t.Context(), "*")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", maxPayload+1)
	if _, err := s.Redis(t.Context(), 0, "PUBLISH", "news", long); err != nil {
		t.Fatal(err)
	}
	if e := hear(t, f, "news"); e.Protocol != "redis" || !e.Cut || len(e.Payload) != maxPayload {
		t.Errorf("%d bytes, %+v", len(e.Payload), e.Channel)
	}
	if err := s.SetKeyspaceEvents(t.Context(), "KEA"); err != nil {
		t.Fatal(err)
	}
	if letters, err := s.KeyspaceEvents(t.Context()); err != nil || letters == "" {
		t.Errorf("%q, %v", letters, err)
	}
	if _, err := s.Redis(t.Context(), 0, "SET", "k", "v"); err != nil {
		t.Fatal(err)
	}
	if e := hear(t, f, "__keyevent@0__:set"); e.Payload != "k" {
		t.Errorf("%+v", e)
	}
	l, err := s.Listen(t.Context(), `Odd "name"`)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, q, `notify "Odd ""name""", 'done'`)
	if e := hear(t, l, `Odd "name"`); e.Protocol != "postgres" || e.Payload != "done" || e.From == 0 {
		t.Errorf("%+v", e)
	}
	for _, one := range []*Feed{f, l} {
		if err := one.Close(); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		for err = error(nil); err == nil; _, err = one.Next(ctx) { // what was heard before
		}
		cancel()
		if !errors.Is(err, ErrFeedEnded) {
			t.Errorf("closed: %v", err)
		}
	}
	if len(s.feeds) != 0 {
		t.Errorf("%d feeds are remembered", len(s.feeds))
	}
}

func TestFeedCountsWhatItHasNoRoomFor(t *testing.T) {
	f := &Feed{events: make(chan Event, feedRoom)}
	for range feedRoom + 7 {
		f.offer(Event{Channel: "c"})
	}
	h, err := f.Next(t.Context())
	if err != nil || len(h.Events) != feedRoom || h.Missed != 7 {
		t.Errorf("%d events, %d missed, %v", len(h.Events), h.Missed, err)
	}
}

func TestParsePeer(t *testing.T) {
	p, ok := parsePeer("id=7 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=8 name=job age=65 idle=3 flags=xP db=2 tot-mem=2048 cmd=client|list user=default lib-name=\r")
	if !ok || p.ID != "7" || p.Name != "job" || p.Age != 65*time.Second || p.Idle != 3*time.Second || p.State != "subscribed, in MULTI" ||
		p.Database != "2" || p.Memory != 2048 || p.Doing != "client list" || p.User != "default" {
		t.Errorf("%+v", p)
	}
	if _, ok := parsePeer(""); ok {
		t.Error("an empty line is a client")
	}
}
