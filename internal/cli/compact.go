package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

func newCompact(streams Streams) *cobra.Command {
	var part string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compact [DIR]",
		Short: "Reclaim the space of what was deleted and overwritten",
		Long: `Rewrites the files of a data directory without what was deleted and overwritten, which
orbit also does by itself, bit by bit: through the server that holds the directory, which
goes on serving, or in the directory itself. It needs space for what is written anew
while the old files are there.`,
		Example: `orbit compact
orbit compact /var/lib/orbit --part redis --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadDirectory(cmd, args)
			if err != nil {
				return err
			}
			if part != "" && part != "redis" && part != "postgres" {
				return callError{usageError{fmt.Errorf("bad --part %q: use redis or postgres", part)}, cmd.CommandPath()}
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return withDirectory(ctx, streams, c, works, func(d *directory) error {
				bar := newBar(&streams, bytesOfBar)
				done, err := d.Compact(ctx, part, bar.told)
				bar.stop()
				switch {
				case err != nil:
					return fmt.Errorf("compact: %w", err)
				case asJSON:
					return writeJSON(streams.Out, done)
				}
				return compactTable(streams, done)
			})
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().StringVar(&part, "part", "", "only redis or postgres")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	// Only fails for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("part", cobra.FixedCompletions([]string{"redis", "postgres"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func compactTable(streams Streams, done []admin.Compaction) error {
	w := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PART\tBEFORE\tAFTER")
	for _, c := range done {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", c.Part, bytesText(c.Before), bytesText(c.After))
	}
	return w.Flush()
}
