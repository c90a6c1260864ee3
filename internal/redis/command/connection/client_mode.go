package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var clientReplySpec = &command.Spec{
	Name:       "reply",
	Arity:      3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "3.2.0",
	Complexity: "O(1)",
	Summary:    "Instruct the server whether to reply to commands",
	Args: []command.Arg{{Name: "on_off_skip", Type: "oneof", Args: []command.Arg{
		{Name: "on", Type: "pure-token", Token: "ON"},
		{Name: "off", Type: "pure-token", Token: "OFF"},
		{Name: "skip", Type: "pure-token", Token: "SKIP"},
	}}},
	Handler: clientReply,
}

func clientReply(c *command.Ctx) error {
	switch mode := c.Args[2]; {
	case command.Is(mode, "ON"):
		c.Session.SetReplyMode(command.ReplyOn)
		c.Out.OK()
	case command.Is(mode, "OFF"):
		c.Session.SetReplyMode(command.ReplyOff)
	case command.Is(mode, "SKIP"):
		c.Session.SetReplyMode(command.ReplySkip)
	default:
		return command.ErrSyntax
	}
	return nil
}

var onOff = []command.Arg{{Name: "enabled", Type: "oneof", Args: []command.Arg{
	{Name: "on", Type: "pure-token", Token: "ON"},
	{Name: "off", Type: "pure-token", Token: "OFF"},
}}}

// clientNoEvictSpec's flag is shown and has no effect: clients are not evicted
// for memory, only held back.
var clientNoEvictSpec = &command.Spec{
	Name:       "no-evict",
	Arity:      3,
	Flags:      clientFlags | command.Admin,
	Categories: adminSlow,
	Group:      "connection",
	Since:      "7.0.0",
	Complexity: "O(1)",
	Summary:    "Set client eviction mode for the current connection",
	Args:       onOff,
	Handler:    func(c *command.Ctx) error { return toggle(c, c.Session.SetNoEvict) },
}

var clientNoTouchSpec = &command.Spec{
	Name:       "no-touch",
	Arity:      3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "7.2.0",
	Complexity: "O(1)",
	Summary:    "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
	Args:       onOff,
	Handler:    func(c *command.Ctx) error { return toggle(c, c.Session.SetNoTouch) },
}

func toggle(c *command.Ctx, set func(bool)) error {
	switch {
	case command.Is(c.Args[2], "ON"):
		set(true)
	case command.Is(c.Args[2], "OFF"):
		set(false)
	default:
		return command.ErrSyntax
	}
	c.Out.OK()
	return nil
}
