package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var psetexSpec = &command.Spec{
	Name:     "psetex",
	Arity:    4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "slow"},
	Group:      "string",
	Since:      "2.6.0",
	Complexity: "O(1)",
	Summary:    "Set the value and expiration in milliseconds of a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "milliseconds", Type: "integer"},
		{Name: "value", Type: "string"},
	},
	Handler: runPsetex,
}

func runPsetex(c *command.Ctx) error { return setWithExpire(c, expireUnit{}, "psetex") }
