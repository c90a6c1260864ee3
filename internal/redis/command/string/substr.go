package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var substrSpec = &command.Spec{
	Name:     "substr",
	Arity:    4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "string", "slow"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
	Summary:    "Get a substring of the string stored at a key",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "start", Type: "integer"},
		{Name: "end", Type: "integer"},
	},
	Handler: runSubstr,
}

func runSubstr(c *command.Ctx) error { return runGetrange(c) }
