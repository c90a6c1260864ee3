package pane

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// tickets tell answers apart, among all fetches of all screens.
var tickets atomic.Uint64

// Fetch is something that a screen gets from the source. There is at most one under
// way: starting it again cancels the one before, and what that still answers is
// dropped. The zero Fetch is ready. It is used in Update only.
type Fetch[T any] struct {
	ticket uint64
	cancel context.CancelFunc
	since  time.Time
}

// answer is what a fetch gave.
type answer[T any] struct {
	ticket uint64
	value  T
	err    error
}

// Start begins to fetch. timeout bounds it; 0 is as long as it takes.
func (f *Fetch[T]) Start(timeout time.Duration, get func(ctx context.Context) (T, error)) tea.Cmd {
	f.Cancel()
	ctx, cancel := context.WithCancel(context.Background())
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), timeout)
	}
	ticket := tickets.Add(1)
	f.ticket, f.cancel, f.since = ticket, cancel, time.Now()
	return func() tea.Msg {
		defer cancel()
		value, err := get(ctx)
		return answer[T]{ticket, value, err}
	}
}

// Take is the answer if msg is the one that is waited for.
func (f *Fetch[T]) Take(msg tea.Msg) (value T, err error, ok bool) { //nolint:revive // ok tells whether the others mean anything
	a, is := msg.(answer[T])
	if !is || a.ticket != f.ticket || f.ticket == 0 {
		return value, nil, false
	}
	f.Cancel()
	return a.value, a.err, true
}

// Busy tells whether something is under way.
func (f *Fetch[T]) Busy() bool { return f.ticket != 0 }

// Slow tells whether something has been under way for long enough to say so.
func (f *Fetch[T]) Slow() bool { return f.Busy() && time.Since(f.since) > slow }

const slow = 300 * time.Millisecond

// Stop ends what is under way; what it still answers, such as that it was stopped, is
// taken.
func (f *Fetch[T]) Stop() {
	if f.cancel != nil {
		f.cancel()
	}
}

// Cancel gives up what is under way.
func (f *Fetch[T]) Cancel() {
	if f.cancel != nil {
		f.cancel()
	}
	f.ticket, f.cancel = 0, nil
}
