package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// Options of a run.
type Options struct {
	DataDir string
	// Live says that a server holds the directory; else this process does.
	Live bool
	// ReadOnly switches off what changes data.
	ReadOnly bool
	// Timing, if set, is told in the end how long things took, counted from Started.
	Timing  io.Writer
	Started time.Time
}

// Run shows the UI until the user quits or ctx ends. The terminal is as before then,
// even after a panic.
func Run(ctx context.Context, client *admin.Client, o Options) (err error) {
	keys, err := keymap.Load(keymap.File())
	if err != nil {
		return err
	}
	src := source.New(client, o.DataDir, o.Live)
	defer func() { err = errors.Join(err, src.Close()) }()
	remembered := state.Load(o.DataDir)
	env := &pane.Env{Source: src, Theme: theme.New(true, true), Keys: keys, State: remembered, ReadOnly: o.ReadOnly}
	app := New(env)
	options := []tea.ProgramOption{tea.WithContext(ctx)}
	if o.Timing != nil {
		app.timing = newTiming(o.Started)
		options = append(options, tea.WithOutput(&paintedFile{os.Stdout, app.timing}), tea.WithFilter(app.timing.filter))
	}
	_, err = tea.NewProgram(app, options...).Run()
	if app.timing != nil {
		_, failed := fmt.Fprint(o.Timing, app.timing.report())
		err = errors.Join(err, failed)
	}
	if errors.Is(err, tea.ErrInterrupted) || ctx.Err() != nil && errors.Is(err, tea.ErrProgramKilled) {
		err = nil // the user, or who started it, wanted it to end
	}
	app.remember()
	return errors.Join(err, remembered.Save())
}
