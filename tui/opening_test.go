package tui

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// opens is a model whose directory is opened by a function.
func opens(open func(ctx context.Context) (Opened, error)) *opening {
	env := &pane.Env{Theme: theme.New(true, false), Keys: keymap.New(), State: state.Empty()}
	return &opening{env: env, dir: "/srv/orbit", open: open}
}

func quits(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	_, ok := cmd().(tea.QuitMsg)
	return ok
}

func TestSomethingIsSeenBeforeTheDirectoryIsOpen(t *testing.T) {
	client, err := admin.NewClient(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := opens(func(context.Context) (Opened, error) { return Opened{client, true}, nil })
	begin := o.Init()
	for _, size := range []tea.WindowSizeMsg{{Width: 80, Height: 24}, {Width: 12, Height: 3}, {Width: 1, Height: 1}, {}} {
		o.Update(size)
		o.View()
	}
	o.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if seen := ansi.Strip(o.View().Content); !strings.Contains(seen, "opening /srv/orbit …") || strings.Count(seen, "\n") != 23 {
		t.Errorf("seen:\n%s", seen)
	}
	if _, cmd := o.Update(keymap.Press("d")); cmd != nil || o.app != nil {
		t.Error("a key that came too early did something")
	}
	o.Update(begin())
	if seen := ansi.Strip(o.View().Content); !strings.Contains(seen, "Redis prompt") || strings.Count(seen, "\n") != 23 {
		t.Errorf("seen once it is open:\n%s", seen)
	}
	if err := o.end(); err != nil {
		t.Error(err)
	}
}

func TestADirectoryThatCannotBeOpenedEndsTheProgram(t *testing.T) {
	damaged := errors.New("the directory is damaged")
	o := opens(func(context.Context) (Opened, error) { return Opened{}, damaged })
	_, cmd := o.Update(o.Init()())
	if !quits(cmd) || !errors.Is(o.failed, damaged) {
		t.Errorf("failed: %v", o.failed)
	}
	if err := o.end(); err != nil {
		t.Error(err)
	}
}

// Who quits meanwhile does not leave a directory that is being opened behind.
func TestQuittingWaitsForWhatIsBeingOpened(t *testing.T) {
	begun := make(chan struct{})
	var closed bool
	o := opens(func(ctx context.Context) (Opened, error) {
		close(begun)
		<-ctx.Done()
		closed = true
		return Opened{}, ctx.Err()
	})
	begin := o.Init()
	go begin()
	<-begun
	if _, cmd := o.Update(keymap.Press("q")); !quits(cmd) {
		t.Fatal("q does not quit")
	}
	if err := o.end(); err != nil || !closed {
		t.Errorf("closed: %v, %v", closed, err)
	}
	again := o.Init()
	o.open = func(context.Context) (Opened, error) {
		t.Error("it was opened after the end")
		return Opened{}, nil
	}
	again()
}
