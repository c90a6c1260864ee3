package cli

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// meter counts the lines that pass, and shows at a terminal how many did and how fast.
type meter struct {
	in     io.Reader
	out    io.Writer
	screen io.Writer // nil: nobody looks
	lines  int64
	began  time.Time
	shown  time.Time
}

// newMeter passes what is read from in; stop ends what it shows.
func newMeter(s *Streams, in io.Reader) *meter {
	m := &meter{in: in, began: time.Now(), shown: time.Now()}
	if s.ErrTerminal {
		m.screen = s.Err
	}
	return m
}

// newOutMeter passes what is written to out.
func newOutMeter(s *Streams, out io.Writer) *meter {
	m := newMeter(s, nil)
	m.out = out
	return m
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	m.pass(p[:n])
	return n, err
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
