package cli

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"sync"
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

func runTUI(ctx context.Context, o *tuiOptions) (err error) {
	if !o.streams.InTerminal || !o.streams.OutTerminal {
		return errors.New("the terminal UI needs a terminal: use `orbit redis` and `orbit sql` in scripts")
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(lookGC) // a window may stay open all day beside what matters
	}
	// What is wrong with the directory itself is said without a screen.
	if _, err := lookAt(o.config, looks); err != nil {
		return err
	}
	var d *directory
	// What is logged waits until the screen is the shell's again.
	var logged heldLog
	defer func() {
		if d != nil {
			err = errors.Join(err, d.close())
		}
		_, failed := o.streams.Err.Write(logged.bytes())
		err = errors.Join(err, failed)
	}()
	options := tui.Options{
		DataDir: o.config.DataDir, ReadOnly: o.readOnly, Started: o.started,
		Open: func(ctx context.Context) (tui.Opened, error) {
			streams := o.streams
			streams.Err = &logged
			var err error
			if d, err = openDirectory(ctx, streams, looking(o.config), looks); err != nil {
				return tui.Opened{}, err
			}
			return tui.Opened{Client: d.Client, Live: d.live}, nil
		},
	}
	if o.timing {
		options.Timing = o.streams.Err
	}
	return tui.Run(ctx, options)
}

// lookCache is as much as caches are good for while a person looks at what fits a
// screen.
const lookCache = 8 << 20

// lookGC is how much garbage there may be for what is in use, in percent.
const lookGC = 50

// looking is the settings for that.
func looking(c *config.Config) *config.Config {
	small := *c
	small.RedisCache, small.PostgresCache = min(c.RedisCache, lookCache), min(c.PostgresCache, lookCache)
	return &small
}

// heldLog keeps what is written to it, the beginning of it if it is much. It may be
// used concurrently.
type heldLog struct {
	mu   sync.Mutex
	kept []byte
}

const maxHeldLog = 64 << 10

// Write implements io.Writer.
func (h *heldLog) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, b[:min(len(b), maxHeldLog-len(h.kept))]...)
	return len(b), nil
}

func (h *heldLog) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.kept
}
