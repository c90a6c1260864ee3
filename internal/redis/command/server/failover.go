package server

import "github.com/orbit-server/orbit/internal/redis/command"

var failoverSpec = &command.Spec{
	Name:       "failover",
	Arity:      -1,
	Flags:      command.Admin | command.NoScript | command.Stale,
	Categories: adminSlow,
	Group:      "server",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Start a coordinated failover between this server and one of its replicas.",
	Args: []command.Arg{
		{Name: "target", Type: "block", Token: "TO", Optional: true, Args: []command.Arg{
			{Name: "host", Type: "string"},
			{Name: "port", Type: "integer"},
			{Name: "force", Type: "pure-token", Token: "FORCE", Optional: true},
		}},
		{Name: "abort", Type: "pure-token", Token: "ABORT", Optional: true},
		{Name: "milliseconds", Type: "integer", Token: "TIMEOUT", Optional: true},
	},
	Handler: failover,
}

// failover checks a request as failoverCommand in replication.c does. Handing over
// to a replica is not implemented.
func failover(c *command.Ctx) error {
	if len(c.Args) == 2 && command.Is(c.Args[1], "ABORT") {
		return command.Errorf("ERR No failover in progress.")
	}
	var timeout int64
	var host []byte
	force := false
	for args := c.Args[1:]; len(args) > 0; {
		var err error
		switch {
		case command.Is(args[0], "TIMEOUT") && len(args) > 1 && timeout == 0:
			if timeout, err = command.ParseInt(args[1]); err != nil {
				return err
			}
			if timeout <= 0 {
				return command.Errorf("ERR FAILOVER timeout must be greater than 0")
			}
			args = args[2:]
		case command.Is(args[0], "TO") && len(args) > 2 && host == nil:
			if _, err = command.ParseInt(args[2]); err != nil {
				return err
			}
			host = args[1]
			args = args[3:]
		case command.Is(args[0], "FORCE") && !force:
			force = true
			args = args[1:]
		default:
			return command.ErrSyntax
		}
	}
	switch {
	case c.Server.IsReplica():
		return command.Errorf("ERR FAILOVER is not valid when server is a replica.")
	case len(c.Server.Replication().Replicas) == 0:
		return command.Errorf("ERR FAILOVER requires connected replicas.")
	case force && (timeout == 0 || host == nil):
		return command.Errorf("ERR FAILOVER with force option requires both a timeout and target HOST and IP.")
	}
	return command.ErrNotSupported("FAILOVER")
}
