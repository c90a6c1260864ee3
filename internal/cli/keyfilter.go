package cli

import (
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
)

// keyTypes are the types of keys, as TYPE replies them.
var keyTypes = []string{"string", "list", "set", "zset", "hash", "stream"}

// keyFilterFlags adds the flags that choose keys.
func keyFilterFlags(cmd *cobra.Command, into *admin.KeyFilter) {
	f := cmd.Flags()
	f.IntSliceVarP(&into.Databases, "db", "n", nil, "only keys of this database; may be given again")
	f.StringArrayVar(&into.Match, "match", nil, "only keys that match this pattern; may be given again")
	f.StringSliceVar(&into.Types, "type", nil, "only keys of this type: string, list, set, zset, hash or stream; may be given again")
	// Only fails for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(keyTypes, cobra.ShellCompDirectiveNoFileComp))
}
