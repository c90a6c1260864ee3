package server

import (
	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
)

func aclSetuser(c *command.Ctx) error {
	name := string(c.Args[2])
	if !acl.CheckName(name) {
		return command.Errorf("ERR Usernames can't contain spaces or null characters")
	}
	if err := c.Server.Users().Set(name, words(c.Args[3:])); err != nil {
		return command.Errorf("ERR %s", err)
	}
	c.Out.OK()
	return nil
}

func words(args [][]byte) []string {
	list := make([]string, len(args))
	for i, arg := range args {
		list[i] = string(arg)
	}
	return list
}

func aclDeluser(c *command.Ctx) error {
	names := words(c.Args[2:])
	for _, name := range names {
		if name == acl.DefaultName {
			return command.Errorf("ERR The 'default' user cannot be removed")
		}
	}
	c.Out.Int(int64(c.Server.Users().Delete(names)))
	closeIfDeleted(c)
	return nil
}

// closeIfDeleted lets a client whose own user is gone have its reply, and nothing
// more.
func closeIfDeleted(c *command.Ctx) {
	if user := c.Session.User(); c.Server.Users().Get(user.Name()) != user {
		c.Session.Close()
	}
}

func aclGetuser(c *command.Ctx) error {
	user := c.Server.Users().Get(string(c.Args[2]))
	if user == nil {
		c.Out.Null()
		return nil
	}
	details := user.Details()
	c.Out.Map(6)
	c.Out.BulkString("flags")
	c.Out.Set(len(details.Flags))
	for _, flag := range details.Flags {
		c.Out.BulkString(flag)
	}
	c.Out.BulkString("passwords")
	writeStrings(c, details.Passwords)
	writeSelector(c, details.Selectors[0])
	c.Out.BulkString("selectors")
	c.Out.Array(len(details.Selectors) - 1)
	for _, s := range details.Selectors[1:] {
		c.Out.Map(3)
		writeSelector(c, s)
	}
	return nil
}

func writeSelector(c *command.Ctx, s acl.SelectorDetails) {
	for _, field := range [][2]string{{"commands", s.Commands}, {"keys", s.Keys}, {"channels", s.Channels}} {
		c.Out.BulkString(field[0])
		c.Out.BulkString(field[1])
	}
}

func aclDryrun(c *command.Ctx) error {
	user := c.Server.Users().Get(string(c.Args[2]))
	if user == nil {
		return command.Errorf("ERR User '%s' not found", c.Args[2])
	}
	args := c.Args[3:]
	spec := c.Server.Registry().Lookup(args[0])
	if spec != nil && len(spec.Sub) > 0 && len(args) > 1 {
		spec = spec.FindSub(args[1])
	}
	if spec == nil {
		return command.Errorf("ERR Command '%s' not found", args[0])
	}
	if !spec.Accepts(len(args)) {
		return command.ErrArity(spec.FullName())
	}
	switch denial, at := user.Check(spec.Request(args)); denial {
	case acl.Allowed:
		c.Out.OK()
	case acl.DeniedCommand:
		c.Out.BulkString("This user has no permissions to run the '" + spec.FullName() + "' command")
	default:
		c.Out.BulkString("This user has no permissions to access the '" + string(args[at]) + "' " + denial.String())
	}
	return nil
}
