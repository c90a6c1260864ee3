package panetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
)

// Screen is a pane that a test uses. What it asks for is carried out as the program
// would, but that a test answers in the App's place.
type Screen struct {
	t    *testing.T
	env  *pane.Env
	Pane pane.Pane
	// Width and Height are the room that the pane has.
	Width, Height int
	// Asked is all that the pane asked of the App, in order.
	Asked []tea.Msg
	// Copied is what was last put on the clipboard.
	Copied string

	msgs    chan tea.Msg
	running int // commands that have not ended
}

// ended is a command's end without a message.
type ended struct{}

// Show shows a pane in 60 columns and 12 lines, focused.
func Show(t *testing.T, env *pane.Env, p pane.Pane) *Screen {
	t.Helper()
	s := &Screen{t: t, env: env, Width: 60, Height: 12, msgs: make(chan tea.Msg)}
	s.Open(p)
	t.Cleanup(func() { s.Open(nil) })
	return s
}

// Env is what the pane was given.
func (s *Screen) Env() *pane.Env { return s.env }

// Open shows another pane in its place.
func (s *Screen) Open(p pane.Pane) {
	if c, ok := s.Pane.(pane.Closer); ok {
		c.Close()
	}
	if s.Pane = p; p == nil {
		return
	}
	if f, ok := p.(pane.Focuser); ok {
		f.Focus(true)
	}
	s.Do(p.Init())
	s.view()
}

// Do has a command run; what comes of it is taken when the test waits.
func (s *Screen) Do(cmd tea.Cmd) {
	s.take()
	if cmd == nil {
		return
	}
	s.running++
	done := s.t.Context().Done()
	go func() {
		msg := cmd()
		if list, ok := commands(msg); ok && reflect.TypeOf(msg) != reflect.TypeFor[tea.BatchMsg]() {
			msg = inOrder(list)
		}
		if msg == nil {
			msg = ended{}
		}
		select {
		case s.msgs <- msg:
		case <-done:
		}
	}()
}

// sequence is messages that came of commands which were run one after another.
type sequence []tea.Msg

func inOrder(list []tea.Cmd) (all sequence) {
	for _, cmd := range list {
		if cmd == nil {
			continue
		}
		msg := cmd()
		if inner, ok := commands(msg); ok {
			all = append(all, inOrder(inner)...)
			continue
		}
		all = append(all, msg)
	}
	return all
}

// commands are those of a batch or a sequence.
func commands(msg tea.Msg) (list []tea.Cmd, ok bool) {
	v := reflect.ValueOf(msg)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	for i := range v.Len() {
		cmd, _ := v.Index(i).Interface().(tea.Cmd)
		list = append(list, cmd)
	}
	return list, true
}

// Send gives the pane a message.
func (s *Screen) Send(msg tea.Msg) {
	if list, ok := commands(msg); ok {
		for _, cmd := range list {
			s.Do(cmd)
		}
		return
	}
	switch msg := msg.(type) {
	case nil, ended:
	case sequence:
		for _, one := range msg {
			s.Send(one)
		}
	case pane.Confirm, pane.Prompt, pane.Choose, pane.Toast, pane.Open, pane.Back, pane.Reload:
		s.Asked = append(s.Asked, msg)
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.String && v.Type().Name() == "setClipboardMsg" {
			s.Copied = v.String()
			return
		}
		var cmd tea.Cmd
		s.Pane, cmd = s.Pane.Update(msg)
		s.Do(cmd)
	}
}

// take takes what was asked for at once.
func (s *Screen) take() {
	s.Asked = append(s.Asked, s.env.Asked()...)
}

// Press presses keys, by their names.
func (s *Screen) Press(keys ...string) {
	for _, k := range keys {
		s.Send(keymap.Press(k))
		s.view()
	}
}

// Type types a text.
func (s *Screen) Type(text string) {
	for _, r := range text {
		s.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func (s *Screen) view() string { return ansi.Strip(s.Pane.View(s.Width, s.Height)) }

// Shown is what is seen now.
func (s *Screen) Shown() string { return s.view() }

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// Until takes what comes until something is so.
func (s *Screen) Until(what string, so func() bool) {
	s.t.Helper()
	late := time.After(patience)
	for !so() {
		select {
		case msg := <-s.msgs:
			s.running--
			s.Send(msg)
		case <-late:
			s.t.Fatalf("%s never came:\n%s\nasked: %+v", what, s.view(), s.Asked)
		}
	}
}

// has tells whether a text is seen, with as many spaces as it is laid out with, or one.
func (s *Screen) has(text string) bool {
	v := s.view()
	if strings.Contains(v, text) {
		return true
	}
	for l := range strings.SplitSeq(v, "\n") {
		if strings.Contains(strings.Join(strings.Fields(l), " "), text) {
			return true
		}
	}
	return false
}

// Sees waits until each text is seen.
func (s *Screen) Sees(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.Until(fmt.Sprintf("%q", text), func() bool { return s.has(text) })
	}
}

// Misses waits until none of the texts is seen.
func (s *Screen) Misses(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.Until(fmt.Sprintf("the end of %q", text), func() bool { return !s.has(text) })
	}
}

// Settle waits until nothing is under way: not for panes that have a clock.
func (s *Screen) Settle() {
	s.t.Helper()
	s.Until("rest", func() bool { return s.running == 0 })
}

// Last waits for something that the pane asks of the App, and is the last such. It is
// not given again.
func Last[T any](s *Screen) (asked T) {
	s.t.Helper()
	at := -1
	s.Until(fmt.Sprintf("a %T", asked), func() bool {
		for i, a := range s.Asked {
			if _, ok := a.(T); ok {
				at = i
			}
		}
		return at >= 0
	})
	asked, _ = s.Asked[at].(T)
	s.Asked = append(s.Asked[:at:at], s.Asked[at+1:]...)
	return asked
}

// Yes says yes to the question that was asked last, and returns it.
func (s *Screen) Yes() pane.Confirm {
	s.t.Helper()
	c := Last[pane.Confirm](s)
	s.Do(c.Yes)
	return c
}

// Answer gives the prompt that was asked last a text, and returns it. A text that is
// refused is a failure.
func (s *Screen) Answer(text string) pane.Prompt {
	s.t.Helper()
	p := Last[pane.Prompt](s)
	if p.Check != nil {
		if err := p.Check(text); err != nil {
			s.t.Fatalf("%s: %q is refused: %v", p.Title, text, err)
		}
	}
	s.Do(p.Done(text))
	return p
}

// Pick picks one of the options that were asked for last, by a part of it.
func (s *Screen) Pick(option string) pane.Choose {
	s.t.Helper()
	c := Last[pane.Choose](s)
	for i, o := range c.Options {
		if strings.Contains(o, option) {
			s.Do(c.Done(i))
			return c
		}
	}
	s.t.Fatalf("%s: there is no %q in %q", c.Title, option, c.Options)
	return c
}

// Toast waits for a toast with a text in it.
func (s *Screen) Toast(text string) pane.Toast {
	s.t.Helper()
	var found pane.Toast
	s.Until("a toast with "+text, func() bool {
		for _, a := range s.Asked {
			if toast, ok := a.(pane.Toast); ok && strings.Contains(toast.Text, text) {
				found = toast
				return true
			}
		}
		return false
	})
	return found
}
