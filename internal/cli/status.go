package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

func newStatus(streams Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the server of a data directory is doing",
		Long: `Asks the server that holds the data directory, over the socket in it, how it is.
Fails with exit code 1 when none runs.`,
		Example: `orbit status
orbit status --data-dir /var/lib/orbit --json`,
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
			status, err := client.Status(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(streams.Out, status)
			}
			return statusTable(streams, &status)
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func statusTable(streams Streams, s *admin.Status) error {
	w := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("orbit", "%s, pid %d, up %s", s.Version, s.PID, time.Duration(s.UptimeSeconds)*time.Second)
	row("data", "%s", s.DataDir)
	if r := s.Redis; r != nil {
		addr := r.Addr
		if r.TLSAddr != "" {
			addr = strings.TrimPrefix(addr+" and "+r.TLSAddr+" (TLS)", " and ")
		}
		row("redis", "%s, %s, durability %s", addr, r.Mode, r.Durability)
		row("", "%d clients, %d commands, %d keys, %s on disk", r.Clients, r.CommandsTotal, r.KeysTotal, bytesText(r.Storage.DiskBytes))
	}
	if p := s.Postgres; p != nil {
		row("postgres", "%s, %s, durability %s", p.Addr, p.Mode, p.Durability)
		row("", "%d connections, %d statements, %s on disk", p.Connections, p.StatementsTotal, bytesText(p.Storage.DiskBytes))
	}
	return w.Flush()
}

// bytesText shows a number of bytes in the nearest unit.
func bytesText(n uint64) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	value, i := float64(n), 0
	for value >= 1024 && i < len(units)-1 {
		value, i = value/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}
