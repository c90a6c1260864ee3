package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var echoSpec = &command.Spec{
	Name:       "echo",
	Arity:      2,
	Flags:      command.Loading | command.Stale | command.Fast,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Echo the given string",
	Args:       []command.Arg{{Name: "message", Type: "string"}},
	Handler: func(c *command.Ctx) error {
		c.Out.Bulk(c.Args[1])
		return nil
	},
}
