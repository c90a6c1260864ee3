package server

import "github.com/orbit-server/orbit/internal/redis/command"

var dbsizeSpec = &command.Spec{
	Name:       "dbsize",
	Arity:      1,
	Flags:      command.ReadOnly | command.Fast,
	Categories: []string{"keyspace", "read", "fast"},
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Return the number of keys in the selected database",
	Handler: func(c *command.Ctx) error {
		n, err := c.Keys.DBSize(c.DB)
		if err != nil {
			return err
		}
		c.Out.Int(n)
		return nil
	},
}
