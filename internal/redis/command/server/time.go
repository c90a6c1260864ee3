package server

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var timeSpec = &command.Spec{
	Name:       "time",
	Arity:      1,
	Flags:      command.Loading | command.Stale | command.Fast,
	Categories: []string{"fast"},
	Group:      "server",
	Since:      "2.6.0",
	Complexity: "O(1)",
	Summary:    "Return the current server time",
	Handler: func(c *command.Ctx) error {
		now := time.Now()
		c.Out.Array(2)
		c.Out.BulkInt(now.Unix())
		c.Out.BulkInt(int64(now.Nanosecond() / 1000))
		return nil
	},
}
