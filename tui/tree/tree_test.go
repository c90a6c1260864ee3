package tree

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/panetest"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// world is a world of branches whose children a test chooses.
type world struct {
	mu       sync.Mutex
	children map[string][]string
	broken   bool
}

const step = 3

func (w *world) Roots() []pane.Node {
	return []pane.Node{{ID: "root", Label: "Root", Branch: true, Expanded: true}, {ID: "lone", Label: "Lone", Branch: true, Empty: "nothing at all"}}
}

func (w *world) Children(_ context.Context, n pane.Node, after string) (nodes []pane.Node, more bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return nil, false, errors.New("it is broken")
	}
	for _, label := range w.children[n.ID] {
		id := n.ID + "/" + label
		switch {
		case id <= after:
		case len(nodes) == step:
			return nodes, true, nil
		default:
			nodes = append(nodes, pane.Node{ID: id, Label: label, Branch: w.children[id] != nil, Counted: true})
		}
	}
	return nodes, false, nil
}

func (w *world) Detail(context.Context, pane.Node) (string, bool, error) { return "42", true, nil }

func (w *world) Open(_ *pane.Env, id string) (pane.Pane, bool) {
	return screen(id), strings.Contains(id, "/")
}

func (w *world) set(children map[string][]string, broken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.children, w.broken = children, broken
}

// screen is a pane that shows nothing.
type screen string

func (s screen) Init() tea.Cmd                       { return nil }
func (s screen) Update(tea.Msg) (pane.Pane, tea.Cmd) { return s, nil }
func (s screen) View(int, int) string                { return "" }
func (s screen) Title() string                       { return string(s) }
func (s screen) Keys() []keymap.Action               { return nil }

func grow(t *testing.T) (*world, *panetest.Screen) {
	t.Helper()
	w := &world{children: map[string][]string{"root": {"a", "b", "c", "d", "e"}, "root/b": {"x", "y"}}}
	env := &pane.Env{Theme: theme.New(true, false), Keys: keymap.New(), State: state.Empty()}
	s := panetest.Show(t, env, New(env, w))
	s.Sees("▾ Root", "a 42", "▸ b 42", "c 42", "… more", "▸ Lone")
	return w, s
}

func selected(s *panetest.Screen) string {
	n, _ := s.Pane.(*Tree).Selected()
	return n.ID
}

func TestBranchesAreOpenedAndClosed(t *testing.T) {
	_, s := grow(t)
	s.Press("down", "down", "right")
	s.Sees("▾ b", "x", "y")
	s.Press("right")
	if at := selected(s); at != "root/b/x" {
		t.Errorf("the cursor is on %s", at)
	}
	s.Press("left")
	if at := selected(s); at != "root/b" {
		t.Errorf("the cursor is on %s", at)
	}
	s.Press("left")
	s.Misses("x 42")
	s.Press("space")
	s.Sees("▾ b", "x 42")
	s.Press("enter")
	if to := panetest.Last[pane.Open](s); to.Preview || to.Pane.Title() != "root/b" {
		t.Errorf("opened %+v", to)
	}
	s.Press("down")
	if to := panetest.Last[pane.Open](s); !to.Preview || to.Pane.Title() != "root/b/x" {
		t.Errorf("looked at %+v", to)
	}
}

func TestMoreIsFetchedWhenItIsReached(t *testing.T) {
	_, s := grow(t)
	s.Press("down", "down", "down", "down")
	s.Sees("d 42", "e 42")
	s.Misses("… more")
}

func TestABranchWithoutChildrenSaysSo(t *testing.T) {
	_, s := grow(t)
	s.Press("end", "right")
	s.Sees("nothing at all")
}

// What is open stays open, and the cursor where it is, when it is fetched again.
func TestReloadKeepsThePlace(t *testing.T) {
	w, s := grow(t)
	s.Press("down", "down", "right")
	s.Sees("y 42")
	s.Press("down", "down")
	w.set(map[string][]string{"root": {"0", "a", "b"}, "root/b": {"x", "y", "z"}}, false)
	s.Send(pane.Changed{})
	s.Sees("0 42", "z 42")
	s.Misses("c 42")
	if at := selected(s); at != "root/b/y" {
		t.Errorf("the cursor is on %s", at)
	}
}

func TestAFailureIsShownAndGoesAway(t *testing.T) {
	w, s := grow(t)
	w.set(w.children, true)
	s.Send(pane.Changed{})
	s.Toast("it is broken")
	s.Sees("▾ Root !")
	w.set(map[string][]string{"root": {"back"}}, false)
	s.Send(pane.Changed{})
	s.Sees("back 42")
	s.Misses("!")
}

func TestClicks(t *testing.T) {
	_, s := grow(t)
	s.Send(tea.MouseClickMsg{X: 2, Y: 2, Button: tea.MouseLeft}) // the mark before b
	s.Sees("▾ b", "x 42")
	s.Send(tea.MouseClickMsg{X: 4, Y: 3, Button: tea.MouseLeft})
	if to := panetest.Last[pane.Open](s); !to.Preview || to.Pane.Title() != "root/b/x" {
		t.Errorf("opened %+v", to)
	}
	for _, y := range []int{-1, 99} {
		s.Send(tea.MouseClickMsg{X: 1, Y: y, Button: tea.MouseLeft})
	}
	s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	for h := range 4 {
		s.Width, s.Height = h, h
		if v := s.Shown(); h > 0 && strings.Count(v, "\n") != h-1 {
			t.Errorf("%d lines are %q", h, v)
		}
	}
}

func TestSeparator(t *testing.T) {
	_, s := grow(t)
	s.Press("s")
	if p := panetest.Last[pane.Prompt](s); p.Check("") == nil || p.Initial != ":" {
		t.Errorf("%+v", p)
	}
	s.Press("s")
	s.Answer("/")
	if got := s.Env().State.Get(pane.Separator, ""); got != "/" {
		t.Errorf("it is %q", fmt.Sprint(got))
	}
}
