package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/panetest"
)

// whole is the App as a screen of its own.
type whole struct{ *App }

func (w whole) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	_, cmd := w.App.Update(msg)
	return w, cmd
}

func (w whole) View(int, int) string  { return w.render() }
func (w whole) Title() string         { return "orbit" }
func (w whole) Keys() []keymap.Action { return nil }

func showApp(t *testing.T) (*App, *panetest.Screen) {
	t.Helper()
	env := panetest.Env(t)
	panetest.Redis(t, env, []string{"SET", "a", "1"})
	a := New(env)
	a.Update(tea.WindowSizeMsg{Width: 90, Height: 24})
	s := panetest.Show(t, env, whole{a})
	s.Sees("db0", "1 key", "○ offline", "? help q quit")
	return a, s
}

func TestThePaletteFindsPlacesAndActions(t *testing.T) {
	_, s := showApp(t)
	s.Press(":")
	s.Type("zzzz")
	s.Sees("nothing is called so")
	s.Press("enter") // what is typed on is no key of the screen
	s.Type("q")
	s.Sees("zzzzq", "nothing is called so")
	s.Press("esc")
	s.Misses("nothing is called so")
	s.Press(":")
	s.Type("observe.modes")
	s.Sees("Go to Observe · Modes")
	s.Press("esc", ":")
	s.Type("go to sql")
	s.Press("enter")
	s.Sees("SQL · postgres")
}

// Where text is typed, help and quitting are behind keys that are no text.
func TestKeysThatAreTextAreNotOfferedWhileTyping(t *testing.T) {
	_, s := showApp(t)
	s.Press(":")
	s.Type("go to sql")
	s.Press("enter")
	s.Sees("f1 help", "^C quit")
	s.Misses("q quit", "? help")
	s.Press("q", "?")
	s.Sees("q?")
	s.Press("f1")
	s.Sees("Help: SQL", "Run the statement")
	s.Press("esc")
	s.Misses("Help: SQL")
}

func TestHelpListsWhatTheKeysDoHere(t *testing.T) {
	_, s := showApp(t)
	s.Press("?")
	s.Sees("Help: orbit", "Open or close a branch")
	s.Press("G")
	s.Sees("Quit")
	s.Press("esc", "tab", "?")
	s.Sees("Help: db0", "Delete the key")
}

func TestSearchIsInTheFooter(t *testing.T) {
	_, s := showApp(t)
	s.Press("/")
	s.Type("nokey")
	s.Sees("/nokey", "no key is like that")
	s.Press("esc")
	s.Sees("1 key", "q quit")
}

// waiter is a screen that waits for something which takes the keys.
type waiter struct {
	whole
	pressed string
	waits   bool
}

func (w *waiter) Init() tea.Cmd        { return nil }
func (w *waiter) View(int, int) string { return "" }
func (w *waiter) Holding() bool        { return w.waits }
func (w *waiter) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		w.pressed += key.String()
	}
	return w, nil
}

func TestKeysAreKeptForWhatIsWaitedFor(t *testing.T) {
	a, s := showApp(t)
	w := &waiter{waits: true}
	a.history.show(w, false)
	a.focus(false)
	s.Press("d", "y")
	if w.pressed != "" || len(a.held) != 2 {
		t.Fatalf("the screen got %q", w.pressed)
	}
	w.waits = false
	answer := ""
	s.Send(pane.Changed{}) // nothing came that they were for
	if w.pressed != "" || len(a.held) != 0 {
		t.Errorf("the screen got %q", w.pressed)
	}
	w.waits = true
	s.Press("d", "y", "enter")
	w.waits = false
	a.env.Ask(pane.Prompt{Title: "Well?", Done: func(text string) tea.Cmd { answer = text; return nil }})
	s.Send(toastOver{})
	if answer != "dy" || w.pressed != "" {
		t.Errorf("the dialog got %q, the screen %q", answer, w.pressed)
	}
	w.waits = true
	s.Press("d", "esc")
	if len(a.held) != 0 {
		t.Error("esc does not give up")
	}
}

func TestEverySizeIsFilled(t *testing.T) {
	a, _ := showApp(t)
	for _, size := range [][2]int{{1, 1}, {3, 2}, {10, 3}, {40, 10}, {63, 11}, {64, 12}, {300, 100}} {
		a.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		for _, key := range []string{"", "?", ":"} {
			if key != "" {
				a.Update(keymap.Press(key))
			}
			if n := strings.Count(a.render(), "\n"); n != size[1]-1 {
				t.Errorf("%v with %q: %d lines", size, key, n+1)
			}
			a.overlay = nil
		}
	}
}
