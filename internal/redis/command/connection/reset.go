package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var resetSpec = &command.Spec{
	Name:       "reset",
	Arity:      1,
	Flags:      always | command.NoAuth | command.AllowBusy,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Reset the connection",
	Handler: func(c *command.Ctx) error {
		c.Session.Reset()
		c.Out.Simple("RESET")
		return nil
	},
}
