package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// aclSpec is what there is of ACL while the default user is the only one.
var aclSpec = &command.Spec{
	Name:       "acl",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "6.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for Access List Control commands",
	Sub: []*command.Spec{
		aclSub("cat", -2, slow, "List the ACL categories or the commands inside a category", aclCat),
		aclSub("deluser", -3, adminSlow, "Remove the specified ACL users and the associated rules", aclUnsupported("ACL DELUSER")),
		aclSub("dryrun", -4, adminSlow, "Returns whether the user can execute the given command without executing the command.", aclUnsupported("ACL DRYRUN")),
		aclSub("genpass", -2, slow, "Generate a pseudorandom secure password to use for ACL users", aclGenpass),
		aclSub("getuser", 3, adminSlow, "Get the rules for a specific ACL user", aclGetuser),
		aclSub("list", 2, adminSlow, "List the current ACL rules in ACL config file format", aclList),
		aclSub("load", 2, adminSlow, "Reload the ACLs from the configured ACL file", aclUnsupported("ACL LOAD")),
		aclSub("log", -2, adminSlow, "List latest events denied because of ACLs in place", aclUnsupported("ACL LOG")),
		aclSub("save", 2, adminSlow, "Save the current ACL rules in the configured ACL file", aclUnsupported("ACL SAVE")),
		aclSub("setuser", -3, adminSlow, "Modify or create the rules for a specific ACL user", aclUnsupported("ACL SETUSER")),
		aclSub("users", 2, adminSlow, "List the username of all the configured ACL rules", aclUsers),
		aclSub("whoami", 2, slow, "Return the name of the user associated to the current connection", aclWhoami),
		helpSpec("6.0.0",
			"CAT [<category>]",
			"    List all commands that belong to <category>, or all command categories",
			"    when no category is specified.",
			"GENPASS [<bits>]",
			"    Generate a secure 256-bit user password. The optional `bits` argument can",
			"    be used to specify a different size.",
			"GETUSER <username>",
			"    Get the user's details.",
			"LIST",
			"    Show users details in config file format.",
			"USERS",
			"    List all the registered usernames.",
			"WHOAMI",
			"    Return the current connection username."),
	},
}

func aclSub(name string, arity int, categories []string, summary string, handler func(*command.Ctx) error) *command.Spec {
	spec := &command.Spec{
		Name: name, Arity: arity, Flags: command.NoScript | command.Loading | command.Stale, Categories: categories,
		Group: "server", Since: "6.0.0", Complexity: "O(1)", Summary: summary, Handler: handler,
	}
	if len(categories) > 1 {
		spec.Flags |= command.Admin
	}
	return spec
}

func aclUnsupported(what string) func(*command.Ctx) error {
	return func(*command.Ctx) error { return command.ErrNotSupported(what) }
}

const defaultUser = "default"

func aclWhoami(c *command.Ctx) error {
	c.Out.BulkString(defaultUser)
	return nil
}

func aclUsers(c *command.Ctx) error {
	c.Out.Array(1)
	c.Out.BulkString(defaultUser)
	return nil
}

// passwordHash is the SHA-256 of the default user's password, "" without one.
func passwordHash(c *command.Ctx) string {
	password := c.Server.Params().Text("requirepass")
	if password == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

func aclList(c *command.Ctx) error {
	password := "nopass"
	if hash := passwordHash(c); hash != "" {
		password = "#" + hash
	}
	c.Out.Array(1)
	c.Out.BulkString("user " + defaultUser + " on " + password + " ~* &* +@all")
	return nil
}

func aclGetuser(c *command.Ctx) error {
	if string(c.Args[2]) != defaultUser {
		c.Out.Null()
		return nil
	}
	hash := passwordHash(c)
	out := c.Out
	out.Map(6)
	out.BulkString("flags")
	if hash == "" {
		out.Set(2)
		out.BulkString("on")
		out.BulkString("nopass")
	} else {
		out.Set(1)
		out.BulkString("on")
	}
	out.BulkString("passwords")
	if hash == "" {
		out.Array(0)
	} else {
		out.Array(1)
		out.BulkString(hash)
	}
	for _, field := range [][2]string{{"commands", "+@all"}, {"keys", "~*"}, {"channels", "&*"}} {
		out.BulkString(field[0])
		out.BulkString(field[1])
	}
	out.BulkString("selectors")
	out.Array(0)
	return nil
}

var aclCategories = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream",
	"pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
}

func aclCat(c *command.Ctx) error {
	switch len(c.Args) {
	case 2:
		c.Out.Array(len(aclCategories))
		for _, name := range aclCategories {
			c.Out.BulkString(name)
		}
		return nil
	case 3:
	default:
		return command.ErrSyntax
	}
	for _, name := range aclCategories {
		if !command.Is(c.Args[2], name) {
			continue
		}
		list := c.Out.Later()
		n := 0
		for _, spec := range flatten(c.Server.Registry().All()) {
			if inCategory(spec, name) {
				c.Out.BulkString(spec.FullName())
				n++
			}
		}
		c.Out.Close(list, n)
		return nil
	}
	return command.Errorf("ERR Unknown category '%s'", c.Args[2])
}

func aclGenpass(c *command.Ctx) error {
	bits := int64(256)
	if len(c.Args) > 3 {
		return command.ErrSyntax
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
