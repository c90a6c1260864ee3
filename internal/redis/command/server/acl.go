package server

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
)

var aclSpec = &command.Spec{
	Name:       "acl",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "6.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for Access List Control commands",
	Sub: []*command.Spec{
		aclSub("cat", -2, slow, "6.0.0", "O(1) since the categories and commands are a fixed set.",
			"List the ACL categories or the commands inside a category", aclCat, command.Arg{Name: "categoryname", Type: "string", Optional: true}),
		aclSub("deluser", -3, adminSlow, "6.0.0", "O(1) amortized time considering the typical user.",
			"Remove the specified ACL users and the associated rules", aclDeluser, command.Arg{Name: "username", Type: "string", Multiple: true}),
		aclSub("dryrun", -4, adminSlow, "7.0.0", "O(1).",
			"Returns whether the user can execute the given command without executing the command.", aclDryrun,
			command.Arg{Name: "username", Type: "string"}, command.Arg{Name: "command", Type: "string"},
			command.Arg{Name: "arg", Type: "string", Optional: true, Multiple: true}),
		aclSub("genpass", -2, slow, "6.0.0", "O(1)",
			"Generate a pseudorandom secure password to use for ACL users", aclGenpass, command.Arg{Name: "bits", Type: "integer", Optional: true}),
		aclSub("getuser", 3, adminSlow, "6.0.0", "O(N). Where N is the number of password, command and pattern rules that the user has.",
			"Get the rules for a specific ACL user", aclGetuser, command.Arg{Name: "username", Type: "string"}),
		aclSub("list", 2, adminSlow, "6.0.0", "O(N). Where N is the number of configured users.",
			"List the current ACL rules in ACL config file format", aclList),
		aclSub("load", 2, adminSlow, "6.0.0", "O(N). Where N is the number of configured users.",
			"Reload the ACLs from the configured ACL file", aclLoad),
		aclSub("log", -2, adminSlow, "6.0.0", "O(N) with N being the number of entries shown.",
			"List latest events denied because of ACLs in place", aclLog,
			command.Arg{Name: "operation", Type: "oneof", Optional: true, Args: []command.Arg{
				{Name: "count", Type: "integer"},
				{Name: "reset", Type: "pure-token", Token: "RESET"},
			}}),
		aclSub("save", 2, adminSlow, "6.0.0", "O(N). Where N is the number of configured users.",
			"Save the current ACL rules in the configured ACL file", aclSave),
		aclSub("setuser", -3, adminSlow, "6.0.0", "O(N). Where N is the number of rules provided.",
			"Modify or create the rules for a specific ACL user", aclSetuser,
			command.Arg{Name: "username", Type: "string"}, command.Arg{Name: "rule", Type: "string", Optional: true, Multiple: true}),
		aclSub("users", 2, adminSlow, "6.0.0", "O(N). Where N is the number of configured users.",
			"List the username of all the configured ACL rules", aclUsers),
		aclSub("whoami", 2, slow, "6.0.0", "O(1)",
			"Return the name of the user associated to the current connection", aclWhoami),
		helpSpec("6.0.0",
			"CAT [<category>]",
			"    List all commands that belong to <category>, or all command categories",
			"    when no category is specified.",
			"DELUSER <username> [<username> ...]",
			"    Delete a list of users.",
			"DRYRUN <username> <command> [<arg> ...]",
			"    Returns whether the user can execute the given command without executing the command.",
			"GETUSER <username>",
			"    Get the user's details.",
			"GENPASS [<bits>]",
			"    Generate a secure 256-bit user password. The optional `bits` argument can",
			"    be used to specify a different size.",
			"LIST",
			"    Show users details in config file format.",
			"LOAD",
			"    Reload users from the ACL file.",
			"LOG [<count> | RESET]",
			"    Show the ACL log entries.",
			"SAVE",
			"    Save the current config to the ACL file.",
			"SETUSER <username> <attribute> [<attribute> ...]",
			"    Create or modify a user with the specified attributes.",
			"USERS",
			"    List all the registered usernames.",
			"WHOAMI",
			"    Return the current connection username."),
	},
}

func aclSub(name string, arity int, categories []string, since, complexity, summary string, handler func(*command.Ctx) error, args ...command.Arg) *command.Spec {
	spec := &command.Spec{
		Name: name, Arity: arity, Flags: command.NoScript | command.Loading | command.Stale, Categories: categories,
		Group: "server", Since: since, Complexity: complexity, Summary: summary, Args: args, Handler: handler,
	}
	if len(categories) > 1 {
		spec.Flags |= command.Admin
	}
	return spec
}

func aclWhoami(c *command.Ctx) error {
	c.Out.BulkString(c.Session.User().Name())
	return nil
}

func aclUsers(c *command.Ctx) error {
	writeStrings(c, c.Server.Users().Names())
	return nil
}

func aclList(c *command.Ctx) error {
	writeStrings(c, c.Server.Users().Describe())
	return nil
}

func writeStrings(c *command.Ctx, list []string) {
	c.Out.Array(len(list))
	for _, text := range list {
		c.Out.BulkString(text)
	}
}

func aclCat(c *command.Ctx) error {
	switch len(c.Args) {
	case 2:
		writeStrings(c, acl.Categories)
		return nil
	case 3:
	default:
		return command.ErrSubcommand(c)
	}
	names, ok := c.Server.Users().InCategory(string(c.Args[2]))
	if !ok {
		return command.Errorf("ERR Unknown category '%.128s'", c.Args[2])
	}
	writeStrings(c, names)
	return nil
}

func aclGenpass(c *command.Ctx) error {
	bits := int64(256)
	if len(c.Args) > 3 {
		return command.ErrSubcommand(c)
	}
	if len(c.Args) == 3 {
		var err error
		if bits, err = command.ParseInt(c.Args[2]); err != nil {
			return err
		}
		if bits <= 0 || bits > 4096 {
			return command.Errorf("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096")
		}
	}
	digits := int(bits+3) / 4
	raw := make([]byte, (digits+1)/2)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	c.Out.BulkString(hex.EncodeToString(raw)[:digits])
	return nil
}
