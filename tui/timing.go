package tui

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// timing measures in the program what the user waits for: the first screen, and from a
// key to the picture that shows what it did. A key that changes nothing on the screen
// has none.
type timing struct {
	started time.Time

	mu      sync.Mutex
	first   time.Duration // until anything was shown
	filled  time.Duration // until what the server says was
	isReady bool
	keys    []time.Time // pressed, and not shown yet
	shown   []time.Time // drawn, and not written yet
	took    []time.Duration
}

func newTiming(started time.Time) *timing { return &timing{started: started} }

// filter is tea.WithFilter's: it sees a message as it enters the program.
func (t *timing) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		t.mu.Lock()
		t.keys = append(t.keys, time.Now())
		t.mu.Unlock()
	}
	return msg
}

// drawn notes that the screen was drawn, and whether it is another than before.
func (t *timing) drawn(changed, ready bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.isReady = ready
	if changed {
		t.shown = append(t.shown, t.keys...)
	}
	t.keys = t.keys[:0]
}

// painted notes that what was drawn is written to the terminal.
func (t *timing) painted() {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first == 0 {
		t.first = now.Sub(t.started)
	}
	if t.filled == 0 && t.isReady {
		t.filled = now.Sub(t.started)
	}
	for _, at := range t.shown {
		t.took = append(t.took, now.Sub(at))
	}
	t.shown = t.shown[:0]
}

// report says what was measured.
func (t *timing) report() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "first paint    %s\nfirst screen   %s\n", t.first.Round(time.Millisecond/10), t.filled.Round(time.Millisecond/10))
	slices.Sort(t.took)
	if n := len(t.took); n > 0 {
		at := func(part float64) time.Duration {
			return t.took[min(n-1, int(float64(n)*part))].Round(time.Millisecond / 10)
		}
		fmt.Fprintf(&b, "key to paint   p50 %s  p99 %s  max %s  (%d keys)\n", at(0.50), at(0.99), t.took[n-1].Round(time.Millisecond/10), n)
	}
	fmt.Fprintf(&b, "memory         %s\n", resident())
	return b.String()
}

// resident is the memory that the process holds now and held at most, as Linux tells;
// unknown elsewhere.
func resident() string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	var now, most string
	for line := range strings.SplitSeq(string(b), "\n") {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			now = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			most = strings.TrimSpace(v)
		}
	}
	return fmt.Sprintf("%s resident, at most %s", now, most)
}

// paintedFile is a terminal that tells when it is written to.
type paintedFile struct {
	*os.File
	timing *timing
}

// Write is io.Writer's.
func (f *paintedFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.timing.painted()
	return n, err
}
