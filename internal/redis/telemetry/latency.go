package telemetry

import (
	"sort"
	"sync"
	"time"
)

// Latency keeps the spikes of named events, as redis-server's latency monitor.
type Latency struct {
	mu     sync.Mutex
	events map[string]*spikes
}

// Spike is the worst duration of an event within one second.
type Spike struct {
	Time     time.Time
	Duration time.Duration
}

// Event sums up an event's spikes.
type Event struct {
	Name   string
	Latest Spike
	Max    time.Duration
}

type spikes struct {
	list []Spike // oldest first
	max  time.Duration
}

// maxSpikes is the history of an event that is kept.
const maxSpikes = 160

// Add records that event took d.
func (l *Latency) Add(event string, at time.Time, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		l.events = make(map[string]*spikes)
	}
	e := l.events[event]
	if e == nil {
		e = new(spikes)
		l.events[event] = e
	}
	e.max = max(e.max, d)
	if n := len(e.list); n > 0 && e.list[n-1].Time.Unix() == at.Unix() {
		e.list[n-1].Duration = max(e.list[n-1].Duration, d)
		return
	}
	if len(e.list) == maxSpikes {
		e.list = append(e.list[:0], e.list[1:]...)
	}
	e.list = append(e.list, Spike{at, d})
}

// Latest lists all events by name.
func (l *Latency) Latest() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Event
	for name, e := range l.events {
		out = append(out, Event{name, e.list[len(e.list)-1], e.max})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// History lists an event's spikes, oldest first.
func (l *Latency) History(event string) []Spike {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.events[event]; e != nil {
		return append([]Spike(nil), e.list...)
	}
	return nil
}

// Reset forgets the named events, or all, and says how many there were.
func (l *Latency) Reset(events ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(events) == 0 {
		n := len(l.events)
		clear(l.events)
		return n
	}
	n := 0
	for _, name := range events {
		if l.events[name] != nil {
			delete(l.events, name)
			n++
		}
	}
	return n
}
