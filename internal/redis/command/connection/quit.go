package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var quitSpec = &command.Spec{
	Name:       "quit",
	Arity:      -1,
	Flags:      always | command.NoAuth | command.AllowBusy,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Close the connection",
	Handler: func(c *command.Ctx) error {
		c.Out.OK()
		c.Session.Close()
		return nil
	},
}
