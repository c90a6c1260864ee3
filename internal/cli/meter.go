package cli

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// meter counts the lines that pass, and shows at a terminal how many did and how fast.
type meter struct {
	out    io.Writer
	screen io.Writer // nil: nobody looks
	lines  int64
	began  time.Time
	shown  time.Time
}

// newMeter passes what is written to out; stop ends what it shows.
func newMeter(s *Streams, out io.Writer) *meter {
	m := &meter{out: out, began: time.Now(), shown: time.Now()}
	if s.ErrTerminal {
		m.screen = s.Err
	}
	return m
}

func (m *meter) Write(p []byte) (int, error) {
	m.pass(p)
	return m.out.Write(p)
}

func (m *meter) pass(p []byte) {
	if m.screen == nil {
		return
	}
	m.lines += int64(bytes.Count(p, []byte{'\n'}))
	if now := time.Now(); now.Sub(m.shown) > 200*time.Millisecond {
		m.shown = now
		_, _ = fmt.Fprintf(m.screen, "\r\033[K%d lines, %.0f a second", m.lines, float64(m.lines)/now.Sub(m.began).Seconds())
	}
}

func (m *meter) stop() {
	if m.shown != m.began && m.screen != nil {
		_, _ = fmt.Fprint(m.screen, "\r\033[K")
	}
}
