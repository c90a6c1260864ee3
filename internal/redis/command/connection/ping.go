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
	switch {
	case len(c.Args) > 2:
		return command.ErrArity("ping")
	case c.Session != nil && c.Session.Confined():
		// Such a client expects nothing but messages.
		c.Out.Array(2)
		c.Out.BulkString("pong")
		if len(c.Args) == 2 {
			c.Out.Bulk(c.Args[1])
		} else {
			c.Out.BulkString("")
		}
	case len(c.Args) == 1:
		c.Out.Simple("PONG")
	default:
		c.Out.Bulk(c.Args[1])
	}
	return nil
}
