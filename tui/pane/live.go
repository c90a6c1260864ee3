package pane

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/source"
)

// Live tells a screen when to look again at what others may have changed: soon after they
// did, as the server says; each second, or each pause if that is longer, where it cannot
// say; never offline, where nobody else is. While changes go on there is a pause between
// two looks, the longer the longer a look takes, and a last one when they are over. The
// zero Live is ready. It is used in Update only.
type Live struct {
	// Calm makes the pauses such that looking takes a smaller part of the time: for who
	// looks at all there is to show some of it.
	Calm bool

	open    func() *source.Watch // nil if nobody can tell
	watch   *source.Watch
	next    Fetch[struct{}]
	pause   time.Duration
	clock   int
	looked  time.Time
	took    time.Duration
	polling bool
	polled  int
}

const (
	pollEvery = time.Second
	// retryWatch is how many polls there are between two attempts to hear of changes.
	retryWatch = 10
	// settled is how long after a look there is another: what was told may have been
	// visible a moment later only.
	settled = time.Second
	// share and calmShare are the part of the time that looking may take.
	share     = 5
	calmShare = 20
	// busyPause is until it is seen whether the screen is still busy.
	busyPause = 50 * time.Millisecond
	// longest is between two looks, however long they take.
	longest = time.Minute
)

// liveTick is that it is time to look.
type liveTick struct {
	of    *Live
	clock int
	last  bool
}

// Start begins. open makes a watch, and is nil where nobody can tell of changes; pause is
// the least between two looks.
func (l *Live) Start(env *Env, pause time.Duration, open func() *source.Watch) tea.Cmd {
	l.Stop()
	if !env.Source.Live() {
		return nil
	}
	l.open, l.pause, l.polling, l.took = open, pause, open == nil, 0
	if l.polling {
		return l.after(l.rest(pollEvery), false)
	}
	return l.listen()
}

// rest is the pause after the last look.
func (l *Live) rest(least time.Duration) time.Duration {
	rest := share * l.took
	if l.Calm {
		rest = calmShare * l.took
	}
	return min(max(least, l.pause, rest), longest)
}

// Stop ends it.
func (l *Live) Stop() {
	l.clock++
	l.next.Cancel()
	if l.watch != nil {
		l.watch.Close()
		l.watch = nil
	}
}

func (l *Live) listen() tea.Cmd {
	if l.open == nil || l.next.Busy() {
		return nil
	}
	if l.watch == nil {
		l.watch = l.open()
	}
	w := l.watch
	return l.next.Start(0, func(ctx context.Context) (struct{}, error) { return struct{}{}, w.Next(ctx) })
}

func (l *Live) after(d time.Duration, last bool) tea.Cmd {
	l.clock++
	t := liveTick{l, l.clock, last}
	return tea.Tick(max(d, 0), func(time.Time) tea.Msg { return t })
}

// Take takes a message; ok is false if it is none of its own. look says that it is time to
// look again; while the screen is busy that waits.
func (l *Live) Take(msg tea.Msg, busy bool) (look bool, cmd tea.Cmd, ok bool) {
	if _, err, ok := l.next.Take(msg); ok {
		if err != nil {
			l.polling, l.polled = true, 0
			l.watch.Close()
			l.watch = nil
			return false, l.after(l.rest(pollEvery), false), true
		}
		l.polling = false
		return false, l.after(time.Until(l.looked.Add(l.rest(0))), false), true
	}
	t, ok := msg.(liveTick)
	if !ok || t.of != l {
		return false, nil, false
	}
	if t.clock != l.clock {
		return false, nil, true
	}
	if busy {
		return false, l.after(busyPause, t.last), true
	}
	l.looked = time.Now()
	switch {
	case l.polling:
		cmds := []tea.Cmd{l.after(l.rest(pollEvery), false)}
		if l.polled++; l.polled%retryWatch == 0 {
			cmds = append(cmds, l.listen())
		}
		return true, tea.Batch(cmds...), true
	case t.last:
		return true, nil, true
	}
	return true, tea.Batch(l.listen(), l.after(l.rest(settled), true)), true
}

// Told says that it is the server that tells of changes: a look is for one.
func (l *Live) Told() bool { return l.watch != nil && !l.polling }

// Looked says that what a look asked for is there.
func (l *Live) Looked() {
	if !l.looked.IsZero() {
		l.took = time.Since(l.looked)
	}
}
