package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/tui"
)

// tuiOptions are what `orbit tui` works with.
type tuiOptions struct {
	streams  Streams
	config   *config.Config
	readOnly bool
	timing   bool
	started  time.Time
}

func newTUI(streams Streams) *cobra.Command {
	o := &tuiOptions{streams: streams, started: time.Now()}
	cmd := &cobra.Command{
		Use:   "tui",
		Short: "Look at keys and tables in the terminal",
		Long: `Opens a window into a data directory: its keys and tables, what is in them, and what
the server does. If a server holds the directory it is asked over the socket in it, and
no password is needed; else the directory is opened until you quit.

Press ? for what the keys do, : for all commands, q to quit. orbit without a verb opens
it too, at a terminal, if there is a data directory.`,
		Example: `orbit tui
orbit tui --data-dir /var/lib/orbit --read-only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.config, err = config.Load(cmd.Flags()); err != nil {
				return usageError{err}
			}
			return runTUI(cmd.Context(), o)
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&o.readOnly, "read-only", false, "switch off what changes data")
	cmd.Flags().BoolVar(&o.timing, "debug-timing", false, "tell in the end how long screens took")
	return cmd
}

// opensTUI tells whether orbit without a verb opens the terminal UI: at a terminal, when
// the settings name a data directory that is there. Else it shows its help.
func opensTUI(streams Streams) bool {
	if !streams.InTerminal || !streams.OutTerminal {
		return false
	}
	flags := pflag.NewFlagSet("orbit", pflag.ContinueOnError)
	config.Flags(flags)
	c, err := config.Load(flags)
	if err != nil {
		return false
	}
	_, err = datadir.Inspect(c.DataDir)
	return err == nil
}

func runTUI(ctx context.Context, o *tuiOptions) error {
	if !o.streams.InTerminal || !o.streams.OutTerminal {
		return errors.New("the terminal UI needs a terminal: use `orbit redis` and `orbit sql` in scripts")
	}
	return withDirectory(ctx, o.streams, o.config, works, func(d *directory) error {
		options := tui.Options{DataDir: o.config.DataDir, Live: d.live, ReadOnly: o.readOnly, Started: o.started}
		if o.timing {
			options.Timing = o.streams.Err
		}
		return tui.Run(ctx, d.Client, options)
	})
}
