package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var unlinkSpec = &command.Spec{
	Name:     "unlink",
	Arity:    -2,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"keyspace", "write", "fast"},
	Group:      "generic",
	Since:      "4.0.0",
	Complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
	Summary:    "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.",
	Args: []command.Arg{
		{Name: "key", Type: "key", Multiple: true, KeySpec: 1},
	},
	Handler: runUnlink,
}

// runUnlink is DEL: that leaves the work to the background as well.
func runUnlink(c *command.Ctx) error { return runDel(c) }
