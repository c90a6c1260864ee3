package cli

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	shared "github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// completionTimeout bounds what a shell waits for.
const completionTimeout = 2 * time.Second

// holder is the data directory through the server that holds it; ErrNoServer says that
// none does.
func holder(ctx context.Context, c *config.Config) (*directory, error) {
	info, err := datadir.Inspect(c.DataDir)
	if err == nil && !info.Locked {
		err = admin.ErrNoServer
	}
	if err != nil {
		return nil, err
	}
	return openLive(ctx, c, info.PID)
}

// completeTables completes the name of a table of the data directory.
func completeTables(cmd *cobra.Command, args []string, before string) ([]string, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	c, err := config.Load(cmd.Flags())
	if err != nil {
		return nil, none
	}
	if len(args) > 0 && !isFile(args[0]) {
		c.DataDir = args[0]
	}
	database, err := cmd.Flags().GetString("database")
	if err != nil {
		return nil, none
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
	defer cancel()
	ask := func(ctx context.Context, d *directory) (names []string, err error) {
		conn, err := connectSQL(ctx, d, "", database, func(*pgconn.Notice) {})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, conn.Close(ctx)) }()
		return tableNames(ctx, conn), nil
	}
	var names []string
	d, err := holder(ctx, c)
	switch {
	case err == nil:
		names, err = ask(ctx, d)
	case errors.Is(err, admin.ErrNoServer):
		names, err = lookInto(ctx, c, ask)
	}
	if err != nil {
		return nil, none
	}
	return shared.Matching(names, before), none
}
