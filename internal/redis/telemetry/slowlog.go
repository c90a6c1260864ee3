package telemetry

import (
	"fmt"
	"sync"
	"time"
)

// Slowlog keeps the newest commands that took longer than a threshold.
type Slowlog struct {
	mu      sync.Mutex
	entries []SlowEntry // oldest first
	nextID  int64
}

// SlowEntry is one slow command.
type SlowEntry struct {
	ID       int64
	Time     time.Time
	Duration time.Duration
	Args     []string
	Addr     string
	Name     string
}

// What is kept of a slow command's arguments, as in redis-server.
const (
	slowMaxArgs = 32
	slowMaxText = 128
)

// Add records a command and keeps the newest maxLen entries.
func (l *Slowlog) Add(at time.Time, d time.Duration, args [][]byte, addr, name string, maxLen int64) {
	entry := SlowEntry{Time: at, Duration: d, Args: clipArgs(args), Addr: addr, Name: name}
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.ID = l.nextID
	l.nextID++
	l.entries = append(l.entries, entry)
	if over := int64(len(l.entries)) - maxLen; over > 0 {
		l.entries = append(l.entries[:0:0], l.entries[over:]...)
	}
}

func clipArgs(args [][]byte) []string {
	shown := args
	if len(args) > slowMaxArgs {
		shown = args[:slowMaxArgs-1]
	}
	out := make([]string, 0, len(shown)+1)
	for _, arg := range shown {
		if more := len(arg) - slowMaxText; more > 0 {
			out = append(out, fmt.Sprintf("%s... (%d more bytes)", arg[:slowMaxText], more))
		} else {
			out = append(out, string(arg))
		}
	}
	if more := len(args) - len(shown); more > 0 {
		out = append(out, fmt.Sprintf("... (%d more arguments)", more))
	}
	return out
}

// Get lists the newest n entries, newest first; all if n is negative.
func (l *Slowlog) Get(n int) []SlowEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 || n > len(l.entries) {
		n = len(l.entries)
	}
	out := make([]SlowEntry, 0, n)
	for i := len(l.entries) - 1; len(out) < n; i-- {
		out = append(out, l.entries[i])
	}
	return out
}

// Len is the number of entries.
func (l *Slowlog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// Reset forgets all entries; ids go on.
func (l *Slowlog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}
