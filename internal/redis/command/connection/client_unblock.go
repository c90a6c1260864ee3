package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var clientUnblockSpec = &command.Spec{
	Name:       "unblock",
	Arity:      -3,
	Flags:      clientFlags | command.Admin,
	Categories: adminSlow,
	Group:      "connection",
	Since:      "5.0.0",
	Complexity: "O(log N) where N is the number of client connections",
	Summary:    "Unblock a client blocked in a blocking command from a different connection",
	Args: []command.Arg{
		{Name: "client-id", Type: "integer"},
		{Name: "timeout_error", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "timeout", Type: "pure-token", Token: "TIMEOUT"},
			{Name: "error", Type: "pure-token", Token: "ERROR"},
		}},
	},
	Handler: clientUnblock,
}

func clientUnblock(c *command.Ctx) error {
	withError := false
	if len(c.Args) > 4 {
		return command.ErrSyntax
	}
	if len(c.Args) == 4 {
		switch {
		case command.Is(c.Args[3], "ERROR"):
			withError = true
		case !command.Is(c.Args[3], "TIMEOUT"):
			return command.Errorf("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	id, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	n := int64(0)
	if c.Server.UnblockClient(id, withError) {
		n = 1
	}
	c.Out.Int(n)
	return nil
}
