package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

const (
	// completedKeys is how many keys are offered at most.
	completedKeys = 100
	// completionBudget is how long they may be looked for.
	completionBudget = 300 * time.Millisecond
)

// completeKeys completes the name of a key of the data directory. Names that a shell
// cannot be told are left out.
func completeKeys(cmd *cobra.Command, args []string, before string) ([]string, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	c, err := config.Load(cmd.Flags())
	if err != nil || len(args) > 0 {
		return nil, none
	}
	db, err := cmd.Flags().GetInt("db")
	if err != nil {
		return nil, none
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
	defer cancel()
	found, err := listKeys(ctx, c, admin.KeyList{
		Filter: admin.KeyFilter{Databases: []int{db}, Match: []string{escapeGlob(before) + "*"}},
		Order:  "name", Limit: completedKeys, Budget: completionBudget,
	})
	if err != nil {
		return nil, none
	}
	var names []string
	for i := range found.Keys {
		if name := string(found.Keys[i].Key); printable(found.Keys[i].Key) == name && !strings.ContainsAny(name, "\t\n") {
			names = append(names, name)
		}
	}
	return names, none
}

// listKeys lists keys through the server that holds the data directory, or, as far as
// that is quick, from the directory itself.
func listKeys(ctx context.Context, c *config.Config, l admin.KeyList) (*survey.Listing, error) {
	d, err := holder(ctx, c)
	switch {
	case err == nil:
		return d.ListKeys(ctx, l)
	case errors.Is(err, admin.ErrNoServer):
		return lookInto(ctx, c, func(ctx context.Context, d *directory) (*survey.Listing, error) { return d.ListKeys(ctx, l) })
	}
	return nil, err
}

// lookInto asks a directory that no server holds. What takes longer than the context is
// left behind: the process ends after a completion, and a directory takes no harm from
// that.
func lookInto[T any](ctx context.Context, c *config.Config, ask func(context.Context, *directory) (T, error)) (none T, err error) {
	info, err := datadir.Inspect(c.DataDir)
	if err == nil && info.Format != datadir.FormatVersion {
		err = errors.New("to open the directory would make a newer one of it")
	}
	if err != nil {
		return none, err
	}
	answers := make(chan T, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- withDirectory(ctx, Streams{Err: io.Discard}, c, glances, func(d *directory) error {
			found, err := ask(ctx, d)
			if err == nil {
				answers <- found
			}
			return err
		})
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
		err = ctx.Err()
	}
	select {
	case found := <-answers: // although it may not be closed yet
		return found, nil
	default:
		return none, err
	}
}

// escapeGlob is a pattern that matches the text alone.
func escapeGlob(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(text)
}
