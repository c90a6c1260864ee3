package acl

import (
	"sync"
	"time"
)

// Entry is something that was denied, and how often.
type Entry struct {
	ID      int64
	Count   int64
	Reason  Denial
	Context string // toplevel, multi or lua
	// Object is the command, key or channel, or the command that authenticates.
	Object string
	User   string
	// Client is the line of CLIENT LIST of whoever tried it last.
	Client           string
	Created, Updated time.Time
}

const (
	// groupTime is how long after the last one a like denial counts with it, and
	// groupScan among how many of the newest entries it is looked for.
	groupTime = time.Minute
	groupScan = 10
	// maxObject is how much of a key is kept: a client must not fill the memory
	// with keys that it may not touch.
	maxObject = 4096
)

// Log is the newest denials.
type Log struct {
	mu      sync.Mutex
	entries []*Entry // newest first
	nextID  int64
}

// Add records a denial that happened at e.Created, and keeps maxLen entries.
func (l *Log) Add(e Entry, maxLen int64) {
	e.Object, e.User = clip(e.Object), clip(e.User)
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := l.takeLike(&e)
	if entry == nil {
		entry = &e
		entry.ID = l.nextID
		l.nextID++
	}
	entry.Count++
	entry.Client, entry.Updated = e.Client, e.Created
	l.entries = append(l.entries, nil)
	copy(l.entries[1:], l.entries)
	l.entries[0] = entry
	l.trim(maxLen)
}

// takeLike removes the entry that e counts with.
func (l *Log) takeLike(e *Entry) *Entry {
	for i, old := range l.entries {
		if i == groupScan {
			break
		}
		if old.Reason == e.Reason && old.Context == e.Context && old.Object == e.Object && old.User == e.User &&
			e.Created.Sub(old.Updated).Abs() <= groupTime {
			l.entries = append(l.entries[:i], l.entries[i+1:]...)
			return old
		}
	}
	return nil
}

func (l *Log) trim(maxLen int64) {
	for int64(len(l.entries)) > maxLen {
		l.entries[len(l.entries)-1] = nil
		l.entries = l.entries[:len(l.entries)-1]
	}
}

// Newest lists up to n entries, newest first.
func (l *Log) Newest(n int64) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(max(n, 0), int64(len(l.entries)))
	list := make([]Entry, n)
	for i := range list {
		list[i] = *l.entries[i]
	}
	return list
}

// Reset forgets all entries; ids go on.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

func clip(text string) string {
	if len(text) > maxObject {
		return text[:maxObject]
	}
	return text
}
