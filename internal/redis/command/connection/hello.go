package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var helloSpec = &command.Spec{
	Name:       "hello",
	Arity:      -1,
	Flags:      always | command.NoAuth | command.AllowBusy,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1)",
	Summary:    "Handshake with Redis",
	Args: []command.Arg{{
		Name: "arguments", Type: "block", Optional: true,
		Args: []command.Arg{
			{Name: "protover", Type: "integer"},
			{Name: "username_password", Type: "block", Token: "AUTH", Optional: true, Args: []command.Arg{
				{Name: "username", Type: "string"},
				{Name: "password", Type: "string"},
			}},
			{Name: "clientname", Type: "string", Token: "SETNAME", Optional: true},
		},
	}},
	Handler: hello,
}

func hello(c *command.Ctx) error {
	args := c.Args[1:]
	proto := int64(0)
	if len(args) > 0 {
		var err error
		if proto, err = command.ParseInt(args[0]); err != nil {
			return command.Errorf("ERR Protocol version is not an integer or out of range")
		}
		if proto < 2 || proto > 3 {
			return command.ErrNoProto
		}
		args = args[1:]
	}
	for len(args) > 0 {
		switch {
		case command.Is(args[0], "AUTH") && len(args) > 2:
			if err := authenticate(c, args[1], args[2]); err != nil {
				return err
			}
			args = args[3:]
		case command.Is(args[0], "SETNAME") && len(args) > 1:
			if err := checkName(args[1], "Client names"); err != nil {
				return err
			}
			c.Session.SetName(string(args[1]))
			args = args[2:]
		default:
			return command.Errorf("ERR Syntax error in HELLO option '%s'", args[0])
		}
	}
	if !c.Session.Authenticated() {
		return command.Errorf("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	}
	if proto != 0 {
		c.Session.SetProto(int(proto))
		c.Out.Proto = int(proto)
	}
	greet(c)
	return nil
}

func greet(c *command.Ctx) {
	out := c.Out
	out.Map(7)
	out.BulkString("server")
	out.BulkString("redis")
	out.BulkString("version")
	out.BulkString(command.RedisVersion)
	out.BulkString("proto")
	out.Int(int64(max(out.Proto, 2)))
	out.BulkString("id")
	out.Int(c.Session.ID())
	out.BulkString("mode")
	out.BulkString("standalone")
	out.BulkString("role")
	if c.Server.IsReplica() {
		out.BulkString("replica")
	} else {
		out.BulkString("master")
	}
	out.BulkString("modules")
	out.Array(0)
}
