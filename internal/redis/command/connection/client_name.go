package connection

import "github.com/orbit-server/orbit/internal/redis/command"

var clientGetnameSpec = &command.Spec{
	Name:       "getname",
	Arity:      2,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "2.6.9",
	Complexity: "O(1)",
	Summary:    "Get the current connection name",
	Handler: func(c *command.Ctx) error {
		if name := c.Session.Info().Name; name != "" {
			c.Out.BulkString(name)
		} else {
			c.Out.Null()
		}
		return nil
	},
}

var clientSetnameSpec = &command.Spec{
	Name:       "setname",
	Arity:      3,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "2.6.9",
	Complexity: "O(1)",
	Summary:    "Set the current connection name",
	Args:       []command.Arg{{Name: "connection-name", Type: "string"}},
	Handler: func(c *command.Ctx) error {
		if err := checkName(c.Args[2], "Client names"); err != nil {
			return err
		}
		c.Session.SetName(string(c.Args[2]))
		c.Out.OK()
		return nil
	},
}

var clientSetinfoSpec = &command.Spec{
	Name:       "setinfo",
	Arity:      4,
	Flags:      clientFlags,
	Categories: slowConnection,
	Group:      "connection",
	Since:      "7.2.0",
	Complexity: "O(1)",
	Summary:    "Set client or connection specific info",
	Args: []command.Arg{{Name: "attr", Type: "oneof", Args: []command.Arg{
		{Name: "libname", Type: "string", Token: "LIB-NAME"},
		{Name: "libver", Type: "string", Token: "LIB-VER"},
	}}},
	Handler: clientSetinfo,
}

func clientSetinfo(c *command.Ctx) error {
	attribute, value := c.Args[2], c.Args[3]
	switch {
	case command.Is(attribute, "lib-name"):
		if err := checkName(value, "lib-name"); err != nil {
			return err
		}
	case command.Is(attribute, "lib-ver"):
		if err := checkName(value, "lib-ver"); err != nil {
			return err
		}
	default:
		return command.Errorf("ERR Unrecognized option '%s'", attribute)
	}
	c.Session.SetLibrary(string(attribute), string(value))
	c.Out.OK()
	return nil
}

// checkName refuses what would break the lines of CLIENT LIST.
func checkName(name []byte, what string) error {
	for _, b := range name {
		if b < '!' || b > '~' {
			return command.Errorf("ERR %s cannot contain spaces, newlines or special characters.", what)
		}
	}
	return nil
}
