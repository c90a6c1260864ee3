package connection

import (
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var clientIDSpec = &command.Spec{
	Name:       "id",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "5.0.0",
	Complexity: "O(1)",
	Summary:    "Returns the client ID for the current connection",
	Handler: func(c *command.Ctx) error {
		c.Out.Int(c.Session.ID())
		return nil
	},
}

var clientInfoSpec = &command.Spec{
	Name:       "info",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "6.2.0",
	Complexity: "O(1)",
	Summary:    "Returns information about the current client connection.",
	Handler: func(c *command.Ctx) error {
		info := c.Session.Info()
		c.Out.Verbatim("txt", info.String()+"\n")
		return nil
	},
}

var clientListSpec = &command.Spec{
	Name:       "list",
	Arity:      -2,
	Flags:      clientFlags | command.Admin,
	Categories: adminSlow,
	Group:      "connection",
	Since:      "2.4.0",
	Complexity: "O(N) where N is the number of client connections",
	Summary:    "Get the list of client connections",
	Args: []command.Arg{
		{Name: "client-type", Type: "oneof", Token: "TYPE", Optional: true, Args: typeArgs},
		{Name: "client-id", Type: "integer", Token: "ID", Optional: true, Multiple: true},
	},
	Handler: clientList,
}

var typeArgs = []command.Arg{
	{Name: "normal", Type: "pure-token", Token: "NORMAL"},
	{Name: "master", Type: "pure-token", Token: "MASTER"},
	{Name: "replica", Type: "pure-token", Token: "REPLICA"},
	{Name: "pubsub", Type: "pure-token", Token: "PUBSUB"},
}

func clientList(c *command.Ctx) error {
	args := c.Args[2:]
	keep := func(*command.ClientInfo) bool { return true }
	switch {
	case len(args) == 0:
	case len(args) == 2 && command.Is(args[0], "TYPE"):
		kind, err := clientType(args[1])
		if err != nil {
			return err
		}
		keep = func(i *command.ClientInfo) bool { return i.Type == kind }
	case len(args) > 1 && command.Is(args[0], "ID"):
		ids := make(map[int64]bool)
		for _, arg := range args[1:] {
			id, err := command.ParseInt(arg)
			if err != nil || id < 1 {
				return command.Errorf("ERR Invalid client ID")
			}
			ids[id] = true
		}
		keep = func(i *command.ClientInfo) bool { return ids[i.ID] }
	default:
		return command.ErrSyntax
	}
	var text strings.Builder
	for _, info := range c.Server.Clients() {
		if keep(&info) {
			text.WriteString(info.String())
			text.WriteByte('\n')
		}
	}
	c.Out.Verbatim("txt", text.String())
	return nil
}

// clientType is the type that a word names.
func clientType(word []byte) (string, error) {
	for _, kind := range []string{"normal", "master", "replica", "pubsub"} {
		if command.Is(word, kind) {
			return kind, nil
		}
	}
	if command.Is(word, "slave") {
		return "replica", nil
	}
	return "", command.Errorf("ERR Unknown client type '%s'", word)
}
