package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// Options of a run.
type Options struct {
	DataDir string
	// Open opens the directory, which may take its time: the screen says so meanwhile.
	// It is called once at most, and has ended when Run returns.
	Open func(ctx context.Context) (Opened, error)
	// ReadOnly switches off what changes data.
	ReadOnly bool
	// Timing, if set, is told in the end how long things took, counted from Started.
	Timing  io.Writer
	Started time.Time
}

// Run shows the UI until the user quits or ctx ends. The terminal is as before then,
// even after a panic.
func Run(ctx context.Context, o Options) error {
	keys, err := keymap.Load(keymap.File())
	if err != nil {
		return err
	}
	remembered := state.Load(o.DataDir)
	env := &pane.Env{Theme: theme.New(true, true), Keys: keys, State: remembered, ReadOnly: o.ReadOnly}
	model := &opening{env: env, dir: o.DataDir, open: o.Open}
	options := []tea.ProgramOption{tea.WithContext(ctx)}
	if o.Timing != nil {
		model.timing = newTiming(o.Started)
		options = append(options, tea.WithOutput(&paintedFile{os.Stdout, model.timing}), tea.WithFilter(model.timing.filter))
	}
	_, err = tea.NewProgram(model, options...).Run()
	if model.timing != nil {
		_, failed := fmt.Fprint(o.Timing, model.timing.report())
		err = errors.Join(err, failed)
	}
	if errors.Is(err, tea.ErrInterrupted) || ctx.Err() != nil && errors.Is(err, tea.ErrProgramKilled) {
		err = nil // the user, or who started it, wanted it to end
	}
	return errors.Join(err, model.failed, model.end(), remembered.Save())
}
