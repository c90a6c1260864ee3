package pane

import (
	"io"
	"testing"
	"time"

	"github.com/orbit-server/orbit/tui/source"
)

// heard is what a watch answers.
func heard(l *Live, err error) answer[struct{}] {
	return answer[struct{}]{ticket: l.next.ticket, err: err}
}

// due is the tick that is waited for.
func due(l *Live, last bool) liveTick { return liveTick{l, l.clock, last} }

func TestLiveLooksAfterAChangeAndOnceMore(t *testing.T) {
	var l Live
	src := source.New(nil, "", true)
	if l.Start(&Env{Source: src}, time.Millisecond, func() *source.Watch { return src.WatchKeys(0, "a", false) }) == nil || !l.next.Busy() {
		t.Fatal("it does not listen")
	}
	look, cmd, ok := l.Take(heard(&l, nil), false)
	if look || cmd == nil || !ok {
		t.Fatal("a change is looked at when the pause is over")
	}
	if look, cmd, _ = l.Take(due(&l, false), true); look || cmd == nil {
		t.Fatal("a screen that is busy looks later")
	}
	stale := due(&l, false)
	if look, _, ok = l.Take(stale, false); !look || !ok || !l.next.Busy() {
		t.Fatal("it is time to look, and to listen again")
	}
	if look, _, ok = l.Take(stale, false); look || !ok {
		t.Error("a tick that nobody waits for is a look")
	}
	if look, cmd, _ = l.Take(due(&l, true), false); !look || cmd != nil {
		t.Error("there is a last look, and nothing after it")
	}
	if _, _, ok = l.Take(due(new(Live), false), false); ok {
		t.Error("another's tick is taken")
	}
}

func TestLivePollsWhereNobodyTells(t *testing.T) {
	var l Live
	opened := 0
	src := source.New(nil, "", true)
	l.Start(&Env{Source: src}, time.Millisecond, func() *source.Watch { opened++; return src.WatchKeys(0, "a", true) })
	if look, cmd, ok := l.Take(heard(&l, io.EOF), false); look || cmd == nil || !ok {
		t.Fatal("it does not go on")
	}
	for range retryWatch {
		if look, cmd, _ := l.Take(due(&l, false), false); !look || cmd == nil {
			t.Fatal("it does not poll")
		}
	}
	if opened != 2 || !l.next.Busy() {
		t.Errorf("a watch was opened %d times", opened)
	}
	l.Take(heard(&l, nil), false)
	l.Take(due(&l, false), false)
	if _, cmd, _ := l.Take(due(&l, true), false); cmd != nil {
		t.Error("it polls though it is told again")
	}
	l.Stop()
	if l.next.Busy() || l.watch != nil {
		t.Error("it goes on after it was stopped")
	}
}

// Where nobody can tell it polls, and a look that takes long is seldom.
func TestLivePollsCalmly(t *testing.T) {
	l := Live{Calm: true}
	if l.Start(&Env{Source: source.New(nil, "", true)}, 2*time.Second, nil) == nil || l.next.Busy() {
		t.Fatal("it does not poll")
	}
	for range 2 * retryWatch {
		if look, cmd, ok := l.Take(due(&l, false), false); !look || cmd == nil || !ok || l.Told() {
			t.Fatal("it does not go on polling")
		}
	}
	for took, want := range map[time.Duration]time.Duration{
		0: 2 * time.Second, time.Second: calmShare * time.Second, time.Hour: longest,
	} {
		l.took = took
		if got := l.rest(pollEvery); got != want {
			t.Errorf("after a look of %v it rests for %v, want %v", took, got, want)
		}
	}
	l.Calm, l.took = false, time.Second
	if got := l.rest(pollEvery); got != share*time.Second {
		t.Errorf("who is not calm rests for %v", got)
	}
}

func TestLiveDoesNothingOffline(t *testing.T) {
	var l Live
	src := source.New(nil, "", false)
	if l.Start(&Env{Source: src}, time.Millisecond, func() *source.Watch { return src.WatchKeys(0, "a", true) }) != nil || l.next.Busy() {
		t.Error("it listens to nobody")
	}
	l.Stop()
}
