package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage"
)

func newCheck(streams Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Read all that a data directory holds, to find damage",
		Long: `Reads every key and value on disk, whose checksums tell damage; of a directory that no
server holds also the journals, the catalog, and what else is read when it is opened.
Fails with exit code 3 if anything is damaged. Nothing is mended.

While a server holds the directory it reads the state of one moment, as far as it is in
the server's cache from there: check an idle directory, or a backup that was restored, to
be sure of the disk. Whether keys and indexes agree with each other is not looked at.`,
		Example: `orbit check
orbit check /var/lib/orbit --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadDirectory(cmd, args)
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return withDirectory(ctx, streams, c, false, func(d *directory) error {
				list, err := d.Check(ctx)
				if err != nil {
					return fmt.Errorf("check: %w", err)
				}
				if asJSON {
					err = writeJSON(streams.Out, list)
				} else {
					err = checkTable(streams, list)
				}
				if err != nil {
					return err
				}
				for _, part := range list {
					if part.Fault != "" {
						return fmt.Errorf("check: %w: restore a backup", storage.ErrCorrupt)
					}
				}
				return nil
			})
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func checkTable(streams Streams, list []admin.Checked) error {
	w := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PART\tKEYS READ\tSIZE\tFOUND")
	for _, c := range list {
		found := "all well"
		if c.Fault != "" {
			found = c.Fault
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", c.Part, c.Keys, bytesText(uint64(c.Bytes)), found)
	}
	return w.Flush()
}
