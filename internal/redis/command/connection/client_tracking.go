package connection

import "github.com/orbit-server/orbit/internal/redis/command"

// Tracking is not supported yet: turning it off succeeds, as it is off.
var clientTrackingSpec = &command.Spec{
	Name:       "tracking",
	Arity:      -3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1). Some options may introduce additional complexity.",
	Summary:    "Enable or disable server assisted client side caching support",
	Args: []command.Arg{
		{Name: "status", Type: "oneof", Args: onOff[0].Args},
		{Name: "client-id", Type: "integer", Token: "REDIRECT", Optional: true},
		{Name: "prefix", Type: "string", Token: "PREFIX", Optional: true, Multiple: true, MultipleToken: true},
		{Name: "bcast", Type: "pure-token", Token: "BCAST", Optional: true},
		{Name: "optin", Type: "pure-token", Token: "OPTIN", Optional: true},
		{Name: "optout", Type: "pure-token", Token: "OPTOUT", Optional: true},
		{Name: "noloop", Type: "pure-token", Token: "NOLOOP", Optional: true},
	},
	Handler: func(c *command.Ctx) error {
		switch {
		case command.Is(c.Args[2], "ON"):
			return command.ErrNotSupported("CLIENT TRACKING ON")
		case command.Is(c.Args[2], "OFF"):
			c.Out.OK()
			return nil
		}
		return command.ErrSyntax
	},
}

var clientTrackinginfoSpec = &command.Spec{
	Name:       "trackinginfo",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Return information about server assisted client side caching for the current connection",
	Handler: func(c *command.Ctx) error {
		c.Out.Map(3)
		c.Out.BulkString("flags")
		c.Out.Set(1)
		c.Out.BulkString("off")
		c.Out.BulkString("redirect")
		c.Out.Int(-1)
		c.Out.BulkString("prefixes")
		c.Out.Array(0)
		return nil
	},
}

var clientGetredirSpec = &command.Spec{
	Name:       "getredir",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1)",
	Summary:    "Get tracking notifications redirection client ID if any",
	Handler: func(c *command.Ctx) error {
		c.Out.Int(-1)
		return nil
	},
}

var clientCachingSpec = &command.Spec{
	Name:       "caching",
	Arity:      3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.0.0",
	Complexity: "O(1)",
	Summary:    "Instruct the server about tracking or not keys in the next request",
	Args: []command.Arg{{Name: "mode", Type: "oneof", Args: []command.Arg{
		{Name: "yes", Type: "pure-token", Token: "YES"},
		{Name: "no", Type: "pure-token", Token: "NO"},
	}}},
	Handler: func(c *command.Ctx) error {
		return command.Errorf("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
	},
}
