package server

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	aclSpec, askingSpec, bgrewriteaofSpec, bgsaveSpec, clusterSpec, commandSpec, configSpec, dbsizeSpec, debugSpec, failoverSpec, flushallSpec, flushdbSpec, infoSpec,
	lastsaveSpec, latencySpec, lolwutSpec, memorySpec, moduleSpec, monitorSpec, psyncSpec, readonlySpec, readwriteSpec,
	replconfSpec, replicaofSpec, roleSpec, saveSpec, shutdownSpec,
	slaveofSpec, slowlogSpec, swapdbSpec, syncSpec, timeSpec,
}

var (
	slow      = []string{"slow"}
	adminSlow = []string{"admin", "slow", "dangerous"}
)

// helpSpec makes a container's HELP.
func helpSpec(since string, lines ...string) *command.Spec {
	return &command.Spec{
		Name:       "help",
		Arity:      2,
		Flags:      command.Loading | command.Stale,
		Categories: slow,
		Group:      "server",
		Since:      since,
		Complexity: "O(1)",
		Summary:    "Show helpful text about the different subcommands",
		Handler: func(c *command.Ctx) error {
			command.Help(c, lines)
			return nil
		},
	}
}
