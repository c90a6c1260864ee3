package cli

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/config"
	shared "github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// completeTables completes the name of a table from the server that holds the data
// directory. A directory that no server holds is not opened for it: that takes long,
// and locks it.
func completeTables(cmd *cobra.Command, args []string, before string) ([]string, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	c, err := config.Load(cmd.Flags())
	if err != nil {
		return nil, none
	}
	if len(args) > 0 && !isFile(args[0]) {
		c.DataDir = args[0]
	}
	info, err := datadir.Inspect(c.DataDir)
	if err != nil || !info.Locked {
		return nil, none
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	d, err := openLive(ctx, c, info.PID)
	if err != nil {
		return nil, none
	}
	database, err := cmd.Flags().GetString("database")
	if err != nil {
		return nil, none
	}
	conn, err := connectSQL(ctx, d, "", database, func(*pgconn.Notice) {})
	if err != nil {
		return nil, none
	}
	defer func() { _ = conn.Close(ctx) }()
	return shared.Matching(tableNames(ctx, conn), before), none
}
