package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

func newActors(streams Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "actors",
		Short: "List the partitions in memory and the actors that own them",
		Long: `Asks the server that holds the data directory, over the socket in it, which
partitions it keeps in memory: of Redis keys in the mode actor, of tables and
indexes in that mode or made USING actor. Fails with exit code 1 when none runs.

SELECT * FROM orbit.actors shows the same.`,
		Example: `orbit actors
orbit actors --data-dir /var/lib/orbit --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(cmd.Flags())
			if err != nil {
				return usageError{err}
			}
			client, err := admin.NewClient(c.DataDir)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
			defer cancel()
			list, err := client.Actors(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(streams.Out, list)
			}
			return actorTable(streams, list)
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func actorTable(streams Streams, list []admin.Actor) error {
	w := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ACTOR\tHOLDS\tSTATE\tKEYS\tSIZE\tMESSAGES\tLAST USED\tPERSISTENCE")
	for i := range list {
		a := &list[i]
		holds := a.Relation
		if holds != "" {
			holds = a.Database + "." + a.Schema + "." + a.Relation
		}
		keys, size := fmt.Sprint(a.Keys), bytesText(uint64(max(a.Bytes, 0)))
		if !a.InMemory {
			keys, size = "on disk", ""
		}
		kept := a.Persistence
		if a.SavedAt != nil {
			kept += ", " + time.Since(*a.SavedAt).Round(time.Second).String() + " ago"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s ago\t%s\n",
			a.Name, holds, a.State, keys, size, a.Messages, time.Since(a.LastUsed).Round(time.Second), kept)
	}
	return w.Flush()
}
