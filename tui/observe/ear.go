package observe

import (
	"context"
	"errors"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
)

// ear hears one feed, and opens it again when it is lost.
type ear struct {
	open    func(ctx context.Context, name string) (*source.Feed, error)
	name    string // the pattern or channel, "" for none
	opening pane.Fetch[*source.Feed]
	hearing pane.Fetch[source.Heard]
	feed    *source.Feed
	failed  error
	slot    *slot
}

// slot is where a feed is put that was opened, so that none is forgotten when nobody
// waits for it any more.
type slot struct {
	mu   sync.Mutex
	feed *source.Feed
	left bool
}

// put puts a feed; false is that nobody wants it.
func (s *slot) put(f *source.Feed) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed = f
	return !s.left
}

// leave has whatever was or will be put closed. It is a command's work.
func (s *slot) leave() {
	s.mu.Lock()
	s.left = true
	f := s.feed
	s.mu.Unlock()
	if f != nil {
		_ = f.Close() // nobody hears it
	}
}

// start opens the feed, if there is something to hear.
func (e *ear) start() tea.Cmd {
	e.stop()
	if e.name == "" {
		return nil
	}
	s, name := &slot{}, e.name
	e.slot = s
	return e.opening.Start(fetchTime, func(ctx context.Context) (*source.Feed, error) {
		f, err := e.open(ctx, name)
		if err != nil {
			return nil, err
		}
		if !s.put(f) {
			return nil, errors.Join(context.Canceled, f.Close())
		}
		return f, nil
	})
}

// stop closes it.
func (e *ear) stop() {
	e.opening.Cancel()
	e.hearing.Cancel()
	if e.slot != nil {
		go e.slot.leave() // a connection takes its time to be closed
	}
	e.slot, e.feed, e.failed = nil, nil, nil
}

// listen hears something else.
func (e *ear) listen(name string) tea.Cmd {
	e.name = name
	return e.start()
}

// retry opens it again if it failed.
func (e *ear) retry() tea.Cmd {
	if e.failed == nil || e.opening.Busy() {
		return nil
	}
	failed := e.failed
	cmd := e.start()
	e.failed = failed // until it is known to work
	return cmd
}

// next waits for what comes next.
func (e *ear) next() tea.Cmd {
	if e.feed == nil || e.hearing.Busy() {
		return nil
	}
	return e.hearing.Start(0, e.feed.Next)
}

// update takes what was opened or heard; ok is false if it was neither.
func (e *ear) update(msg tea.Msg, paused bool) (h source.Heard, cmd tea.Cmd, ok bool) {
	if f, err, ok := e.opening.Take(msg); ok {
		e.feed, e.failed = f, err
		return h, e.next(), true
	}
	h, err, ok := e.hearing.Take(msg)
	if !ok {
		return h, nil, false
	}
	if err != nil {
		e.stop()
		e.failed = err
		return h, nil, true
	}
	if paused {
		return h, nil, true // what comes waits, as much as there is room for
	}
	return h, e.next(), true
}

// state says what is heard.
func (e *ear) state() string {
	switch {
	case e.name == "":
		return "–"
	case e.failed != nil:
		return e.name + " (lost)"
	case e.feed == nil:
		return e.name + " (connecting)"
	}
	return e.name
}
