package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

const (
	// completedKeys is how many keys are offered at most.
	completedKeys = 100
	// completionBudget is how long they may be looked for.
	completionBudget = 300 * time.Millisecond
)

// completeKeys completes the name of a key from the server that holds the data
// directory, as completeTables does. Names that a shell cannot be told are left out.
func completeKeys(cmd *cobra.Command, args []string, before string) ([]string, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	c, err := config.Load(cmd.Flags())
	if err != nil || len(args) > 0 {
		return nil, none
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
	defer cancel()
	d, err := holder(ctx, c)
	if err != nil {
		return nil, none
	}
	db, err := cmd.Flags().GetInt("db")
	if err != nil {
		return nil, none
	}
	found, err := d.ListKeys(ctx, admin.KeyList{
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

// escapeGlob is a pattern that matches the text alone.
func escapeGlob(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(text)
}
