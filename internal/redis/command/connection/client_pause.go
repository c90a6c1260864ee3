package connection

import (
	"math"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var clientPauseSpec = &command.Spec{
	Name:       "pause",
	Arity:      -3,
	Flags:      clientFlags | command.Admin,
	Categories: adminSlow,
	Group:      "connection",
	Since:      "2.9.50",
	Complexity: "O(1)",
	Summary:    "Stop processing commands from clients for some time",
	Args: []command.Arg{
		{Name: "timeout", Type: "integer"},
		{Name: "mode", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "write", Type: "pure-token", Token: "WRITE"},
			{Name: "all", Type: "pure-token", Token: "ALL"},
		}},
	},
	Handler: clientPause,
}

func clientPause(c *command.Ctx) error {
	writesOnly := false
	if len(c.Args) == 4 {
		switch {
		case command.Is(c.Args[3], "WRITE"):
			writesOnly = true
		case command.Is(c.Args[3], "ALL"):
		default:
			return command.Errorf("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	} else if len(c.Args) > 4 {
		return command.ErrSyntax
	}
	ms, err := command.ParseInt(c.Args[2])
	if err != nil || ms > math.MaxInt64/int64(time.Millisecond)/2 {
		return command.Errorf("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return command.Errorf("ERR timeout is negative")
	}
	c.Server.PauseClients(time.Now().Add(time.Duration(ms)*time.Millisecond), writesOnly)
	c.Out.OK()
	return nil
}

var clientUnpauseSpec = &command.Spec{
	Name:       "unpause",
	Arity:      2,
	Flags:      clientFlags | command.Admin,
	Categories: adminSlow,
	Group:      "connection",
	Since:      "6.2.0",
	Complexity: "O(N) Where N is the number of paused clients",
	Summary:    "Resume processing of clients that were paused",
	Handler: func(c *command.Ctx) error {
		c.Server.UnpauseClients()
		c.Out.OK()
		return nil
	},
}
