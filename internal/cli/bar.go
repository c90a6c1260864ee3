package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
)

// bar shows at a terminal how far something has come, how fast it goes and how long it
// will take. Where nobody looks it shows nothing.
type bar struct {
	screen io.Writer // nil: nobody looks
	mu     sync.Mutex
	text   func(n int64) string
	label  string
	began  time.Time // of what the label says
	shown  time.Time
	there  bool // something is on the screen
}

const (
	// barWidth is the number of characters of a bar.
	barWidth = 30
	// barInterval is how often it changes.
	barInterval = 200 * time.Millisecond
)

// newBar makes a bar whose numbers text spells.
func newBar(s *Streams, text func(n int64) string) *bar {
	b := &bar{text: text}
	if s.ErrTerminal {
		b.screen = s.Err
	}
	return b
}

// things spells numbers of things.
func things(noun string) func(n int64) string {
	return func(n int64) string { return count(n, noun) }
}

// bytesOfBar spells numbers of bytes.
func bytesOfBar(n int64) string { return bytesText(uint64(max(n, 0))) }

// show shows that so much is done, of about total; 0 if nobody knows of how much.
func (b *bar) show(label string, done, total int64) {
	if b.screen == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if label != b.label || b.began.IsZero() {
		b.label, b.began, b.shown = label, now, now
	}
	if now.Sub(b.shown) < barInterval {
		return
	}
	b.shown, b.there = now, true
	_, _ = fmt.Fprintf(b.screen, "\r\033[K%s", b.line(done, total, now.Sub(b.began)))
}

// line is what is shown after a time.
func (b *bar) line(done, total int64, took time.Duration) string {
	rate := float64(done) / took.Seconds()
	line := b.label
	if total > 0 {
		done = min(done, total) // it is an estimate
		filled := int(done * barWidth / total)
		line += fmt.Sprintf(" [%s%s] %s of %s", strings.Repeat("#", filled), strings.Repeat(" ", barWidth-filled), b.text(done), b.text(total))
	} else {
		line += " " + b.text(done)
	}
	line += fmt.Sprintf(", %s a second", b.text(int64(rate)))
	if total > done && rate > 0 {
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return strings.TrimPrefix(line, " ")
}

// stop takes it off the screen.
func (b *bar) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.there {
		_, _ = fmt.Fprint(b.screen, "\r\033[K")
		b.there = false
	}
}

// steps are what a bar says of the steps of work on a data directory.
var steps = map[string]string{"read": "reading", "agree": "comparing", "compact": "compacting", "copy": "copying"}

// told is show for what a server tells.
func (b *bar) told(p admin.Progress) { b.show(p.Part+": "+steps[p.Step], p.Done, p.Total) }

// passing counts bytes that are read or written, and shows how many of total passed.
type passing struct {
	in    io.Reader
	at    io.ReaderAt
	out   io.Writer
	bar   *bar
	label string
	done  int64
	total int64 // 0 if nobody knows
}

func (p *passing) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	p.pass(n)
	if err != nil { // the end, of which something is said
		p.bar.stop()
	}
	return n, err
}

func (p *passing) ReadAt(b []byte, offset int64) (int, error) {
	n, err := p.at.ReadAt(b, offset)
	p.pass(n)
	return n, err
}

func (p *passing) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	p.pass(n)
	return n, err
}

func (p *passing) pass(n int) {
	p.done += int64(n)
	p.bar.show(p.label, p.done, p.total)
}
