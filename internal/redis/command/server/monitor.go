package server

import "github.com/orbit-server/orbit/internal/redis/command"

var monitorSpec = &command.Spec{
	Name:       "monitor",
	Arity:      1,
	Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.NoMulti,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Listen for all requests received by the server in real time",
	Handler: func(c *command.Ctx) error {
		c.Session.Monitor()
		c.Out.OK()
		return nil
	},
}
