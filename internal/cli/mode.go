package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

// modeOptions are what `orbit mode` works with.
type modeOptions struct {
	streams Streams
	change  admin.ModeChange
	json    bool
	yes     bool
	client  *admin.Client
	bar     *bar
}

func newMode(streams Streams) *cobra.Command {
	o := &modeOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "mode [redis|postgres] [persistent|actor]",
		Short: "Show where data lives, or move it while the server runs",
		Long: `Without arguments, shows the mode of each protocol: persistent (on disk) or actor
(in memory), and what of data in memory outlives the process.

With a protocol and a mode, has the running server move that protocol's data into
the other kind of storage. Clients stay connected and wait for a moment at most.
Until the end everything stays where it was: if it fails, is interrupted, or the
server is killed, nothing has changed. The choice is remembered in the data
directory, where a flag or an ORBIT_* variable wins over it.

Data in actors is gone when the server stops unless --actor-persistence says
otherwise; at a terminal that is asked about first.`,
		Example: `orbit mode
orbit mode redis actor
orbit mode postgres persistent
orbit mode redis actor --discard --yes`,
		Args: cobra.MaximumNArgs(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			words := [][]string{{"redis", "postgres"}, {string(config.Persistent), string(config.Actor)}, nil}
			return words[min(len(args), 2)], cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := config.Load(cmd.Flags())
			if err != nil {
				return usageError{err}
			}
			if err := o.read(args); err != nil {
				return callError{usageError{err}, cmd.CommandPath()}
			}
			if o.client, err = admin.NewClient(c.DataDir); err != nil {
				return err
			}
			if o.change.Mode == "" {
				return o.show(cmd.Context())
			}
			return o.run(cmd.Context())
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&o.change.Discard, "discard", false, "begin empty instead of moving the data")
	cmd.Flags().BoolVar(&o.change.Replace, "replace", false, "remove data from an earlier time that is in the way")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON; of a change, a line for each step")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

// read takes the arguments.
func (o *modeOptions) read(args []string) error {
	if len(args) > 0 {
		o.change.Protocol = args[0]
		if args[0] != "redis" && args[0] != "postgres" {
			return fmt.Errorf("unknown protocol %q: use redis or postgres", args[0])
		}
	}
	if len(args) > 1 {
		o.change.Mode = args[1]
		if args[1] != string(config.Persistent) && args[1] != string(config.Actor) {
			return fmt.Errorf("unknown mode %q: use persistent or actor", args[1])
		}
	}
	if o.change.Mode == "" && (o.change.Discard || o.change.Replace) {
		return errors.New("--discard and --replace need a protocol and a mode")
	}
	return nil
}

func (o *modeOptions) status(ctx context.Context) (*admin.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	status, err := o.client.Status(ctx)
	if errors.Is(err, admin.ErrNoServer) && o.change.Mode != "" {
		err = fmt.Errorf("%w; start one with `orbit serve --%s-mode %s`", err, o.change.Protocol, o.change.Mode)
	}
	return &status, err
}

// places are the places that were asked about, by protocol.
func (o *modeOptions) places(s *admin.Status) map[string]admin.Place {
	places := map[string]admin.Place{}
	if s.Redis != nil && o.change.Protocol != "postgres" {
		places["redis"] = s.Redis.Place
	}
	if s.Postgres != nil && o.change.Protocol != "redis" {
		places["postgres"] = s.Postgres.Place
	}
	return places
}

// show prints where data is.
func (o *modeOptions) show(ctx context.Context) error {
	s, err := o.status(ctx)
	if err != nil {
		return err
	}
	places := o.places(s)
	if o.json {
		return writeJSON(o.streams.Out, places)
	}
	w := tabwriter.NewWriter(o.streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PROTOCOL\tMODE\tOUTLIVES THE PROCESS\tLAST SNAPSHOT")
	for _, protocol := range []string{"redis", "postgres"} {
		if p, ok := places[protocol]; ok {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", protocol, p.Mode, outlives(p), lastSnapshot(p))
		}
	}
	return w.Flush()
}

func outlives(p admin.Place) string {
	switch {
	case p.Mode == string(config.Persistent):
		return "everything"
	case p.ActorPersistence == "none":
		return "nothing (actor persistence none)"
	case p.ActorPersistence == "snapshot":
		return "the last snapshot (actor persistence snapshot)"
	}
	return "everything (actor persistence " + p.ActorPersistence + ")"
}

func lastSnapshot(p admin.Place) string {
	if p.SavedAt == nil {
		return "-"
	}
	return time.Since(*p.SavedAt).Round(time.Second).String() + " ago"
}

// run changes a mode.
func (o *modeOptions) run(ctx context.Context) error {
	s, err := o.status(ctx)
	if err != nil {
		return err
	}
	place, served := o.places(s)[o.change.Protocol]
	switch {
	case !served:
		return fmt.Errorf("the server does not serve %s", o.change.Protocol)
	case place.Mode == o.change.Mode:
		return o.tell("%s is in mode %s already\n", o.change.Protocol, o.change.Mode)
	}
	if err := o.confirm(place); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	o.bar = newBar(&o.streams, bytesOfBar)
	var last admin.ModeProgress
	err = o.client.ChangeMode(ctx, o.change, func(p admin.ModeProgress) {
		last = p
		o.progress(p)
	})
	o.bar.stop()
	if err != nil {
		return err
	}
	if o.change.Discard {
		return o.tell("%s is in mode %s, and empty\n", o.change.Protocol, o.change.Mode)
	}
	return o.tell("%s is in mode %s; %s moved\n", o.change.Protocol, o.change.Mode, bytesText(uint64(max(last.Bytes, 0))))
}

// tell prints what a person reads.
func (o *modeOptions) tell(format string, args ...any) error {
	if o.json {
		return nil
	}
	_, err := fmt.Fprintf(o.streams.Out, format, args...)
	return err
}

// confirm asks at a terminal about what can lose data. What says so itself needs --yes
// where nobody can be asked.
func (o *modeOptions) confirm(place admin.Place) error {
	question, flag := "", ""
	switch {
	case o.change.Discard:
		question, flag = fmt.Sprintf("All %s data will be gone.", o.change.Protocol), "--discard"
	case o.change.Replace:
		question, flag = fmt.Sprintf("What %s data from an earlier time is in the way will be gone.", o.change.Protocol), "--replace"
	case o.change.Mode == string(config.Actor) && place.ActorPersistence == "none":
		question = fmt.Sprintf("All %s data will be in memory only, and gone when the server stops (actor persistence is none).", o.change.Protocol)
	}
	switch {
	case question == "" || o.yes || !o.streams.InTerminal && flag == "":
		return nil
	case !o.streams.InTerminal:
		return usageError{fmt.Errorf("%s removes data, and there is nobody to ask: give --yes", flag)}
	}
	return goOn(&o.streams, question)
}

// progress shows how far a change has come.
func (o *modeOptions) progress(p admin.ModeProgress) {
	if o.json {
		_ = json.NewEncoder(o.streams.Out).Encode(p)
		return
	}
	o.bar.show(o.change.Protocol, p.Bytes, p.TotalBytes)
}
