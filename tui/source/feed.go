package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Event is a message of a channel of either protocol.
type Event struct {
	At       time.Time
	Protocol string // redis or postgres
	Channel  string
	Payload  string
	Cut      bool   // Payload is only the beginning
	From     uint32 // the process ID of a SQL session that notified
}

const (
	// feedRoom is how many events wait to be taken; what comes meanwhile is counted only.
	feedRoom = 1000
	// maxPayload is what is kept of a message, bytes.
	maxPayload = 4 << 10
)

// Feed is a connection of its own that hears events as they happen.
type Feed struct {
	source  *Source
	events  chan Event
	missed  atomic.Int64
	failed  error // set before events is closed
	close   func() error
	closing sync.Once
	err     error
}

// Subscribe hears the Redis channels that match patterns.
func (s *Source) Subscribe(ctx context.Context, patterns ...string) (*Feed, error) {
	conn, err := session.Redis(ctx, s.client, redisName, 0, true)
	if err != nil {
		return nil, err
	}
	if err := conn.Send(append([]string{"PSUBSCRIBE"}, patterns...)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	for range patterns { // each is answered
		reply, err := conn.Next()
		if err == nil {
			if text, failed := reply.Error(); failed {
				err = ReplyError(text)
			}
		}
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	f := &Feed{source: s, events: make(chan Event, feedRoom), close: conn.Close}
	go f.hear(func() error { return readMessage(conn, f.offer) })
	s.opened(f)
	return f, nil
}

// opened has a feed closed with the source, if nobody closes it before.
func (s *Source) opened(f *Feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.feeds == nil {
		s.feeds = map[*Feed]struct{}{}
	}
	s.feeds[f] = struct{}{}
}

// readMessage reads a reply and gives on what it tells, if it is a message.
func readMessage(conn *resp.Conn, offer func(Event)) error {
	reply, err := conn.Next()
	if err != nil {
		return err
	}
	if reply.Kind == '>' && len(reply.Items) == 4 && string(reply.Items[0].Text) == "pmessage" {
		offer(Event{Protocol: "redis", Channel: string(reply.Items[2].Text), Payload: string(reply.Items[3].Text)})
	}
	return nil
}

// Listen hears a channel of the main database's SQL sessions.
func (s *Source) Listen(ctx context.Context, channel string) (*Feed, error) {
	f := &Feed{source: s, events: make(chan Event, feedRoom)}
	conn, err := session.SQL(ctx, s.client, session.SQLOptions{
		Database: "postgres", Application: sqlName,
		Notification: func(n *pgconn.Notification) {
			f.offer(Event{Protocol: "postgres", Channel: n.Channel, Payload: n.Payload, From: n.PID})
		},
	})
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "listen "+ident(channel)).ReadAll(); err != nil {
		return nil, errors.Join(err, closeConn(conn))
	}
	waiting, stop := context.WithCancel(context.Background())
	f.close = func() error {
		stop()
		return conn.Conn().Close()
	}
	go f.hear(func() error { return conn.WaitForNotification(waiting) })
	s.opened(f)
	return f, nil
}

// hear waits for one message after the other until there are no more.
func (f *Feed) hear(next func() error) {
	for {
		if err := next(); err != nil {
			if !errors.Is(err, io.EOF) {
				f.failed = fmt.Errorf("no more events: %w", err)
			}
			close(f.events)
			return
		}
	}
}

// offer keeps an event if there is room.
func (f *Feed) offer(e Event) {
	e.At = time.Now()
	if len(e.Payload) > maxPayload {
		e.Payload, e.Cut = strings.Clone(e.Payload[:maxPayload]), true
	}
	select {
	case f.events <- e:
	default:
		f.missed.Add(1)
	}
}

// Heard is some events, and how many came that there was no room for.
type Heard struct {
	Events []Event
	Missed int64
}

// gather is for how long events are collected after the first, so that many of them
// are drawn at once.
const gather = 50 * time.Millisecond

// ErrFeedEnded says that the connection is gone.
var ErrFeedEnded = errors.New("the connection is gone")

// Next waits for events.
func (f *Feed) Next(ctx context.Context) (h Heard, err error) {
	select {
	case e, ok := <-f.events:
		if !ok {
			return h, errors.Join(ErrFeedEnded, f.failed)
		}
		h.Events = append(h.Events, e)
	case <-ctx.Done():
		return h, ctx.Err()
	}
	over := time.NewTimer(gather)
	defer over.Stop()
	for len(h.Events) < feedRoom {
		select {
		case e, ok := <-f.events:
			if !ok {
				return h, nil // told the next time
			}
			h.Events = append(h.Events, e)
		case <-over.C:
			h.Missed = f.missed.Swap(0)
			return h, nil
		case <-ctx.Done():
			return h, nil
		}
	}
	h.Missed = f.missed.Swap(0)
	return h, nil
}

// Close ends it.
func (f *Feed) Close() error {
	f.source.mu.Lock()
	delete(f.source.feeds, f)
	f.source.mu.Unlock()
	return f.end()
}

func (f *Feed) end() error {
	f.closing.Do(func() { f.err = f.close() })
	return f.err
}

// keyspaceEvents is the parameter that has the server tell what becomes of keys.
const keyspaceEvents = "notify-keyspace-events"

// KeyspaceEvents is which events of keys are told, as letters; "" is none.
func (s *Source) KeyspaceEvents(ctx context.Context) (string, error) {
	reply, err := s.Redis(ctx, 0, "CONFIG", "GET", keyspaceEvents)
	if err != nil || len(reply.Items) < 2 {
		return "", err
	}
	return string(reply.Items[1].Text), nil
}

// SetKeyspaceEvents chooses which are told, until the server ends.
func (s *Source) SetKeyspaceEvents(ctx context.Context, letters string) error {
	_, err := s.Redis(ctx, 0, "CONFIG", "SET", keyspaceEvents, letters)
	return err
}
