package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var pingSpec = &command.Spec{
	Name:       "ping",
	Arity:      -1,
	Flags:      command.Fast,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Ping the server",
	Args:       []command.Arg{{Name: "message", Type: "string", Optional: true}},
	Handler:    ping,
}

func ping(c *command.Ctx) error {
	switch len(c.Args) {
	case 1:
		c.Out.Simple("PONG")
	case 2:
		c.Out.Bulk(c.Args[1])
	default:
		return command.ErrArity("ping")
	}
	return nil
}
