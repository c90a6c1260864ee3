package stream

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xgroupSpec = &command.Spec{
	Name:       "xgroup",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for consumer groups commands",
	Sub: []*command.Spec{
		{
			Name:     "create",
			Arity:    -5,
			Flags:    command.Write | command.DenyOOM,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"write", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "Create a consumer group.",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "groupname", Type: "string"},
				{Name: "id", Type: "oneof", Args: []command.Arg{
					{Name: "id", Type: "string"},
					{Name: "new_id", Type: "pure-token", Token: "$"},
				}},
				{Name: "mkstream", Type: "pure-token", Token: "MKSTREAM", Optional: true},
				{Name: "entries_read", Type: "integer", Token: "ENTRIESREAD", Optional: true},
			},
			Handler: runXgroupCreate,
		},
		{
			Name:     "createconsumer",
			Arity:    5,
			Flags:    command.Write | command.DenyOOM,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"write", "stream", "slow"},
			Group:      "stream",
			Since:      "6.2.0",
			Complexity: "O(1)",
			Summary:    "Create a consumer in a consumer group.",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "groupname", Type: "string"},
				{Name: "consumername", Type: "string"},
			},
			Handler: runXgroupCreateconsumer,
		},
		{
			Name:     "delconsumer",
			Arity:    5,
			Flags:    command.Write,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"write", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "Delete a consumer from a consumer group.",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "groupname", Type: "string"},
				{Name: "consumername", Type: "string"},
			},
			Handler: runXgroupDelconsumer,
		},
		{
			Name:     "destroy",
			Arity:    4,
			Flags:    command.Write,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"write", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
			Summary:    "Destroy a consumer group.",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "groupname", Type: "string"},
			},
			Handler: runXgroupDestroy,
		},
		{
			Name:       "help",
			Arity:      2,
			Flags:      command.Loading | command.Stale,
			Categories: []string{"stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "Show helpful text about the different subcommands",
			Handler:    runXgroupHelp,
		},
		{
			Name:     "setid",
			Arity:    -5,
			Flags:    command.Write,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"write", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "Set a consumer group to an arbitrary last delivered ID value.",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "groupname", Type: "string"},
				{Name: "id", Type: "oneof", Args: []command.Arg{
					{Name: "id", Type: "string"},
					{Name: "new_id", Type: "pure-token", Token: "$"},
				}},
				{Name: "entries_read", Type: "integer", Token: "ENTRIESREAD", Optional: true},
			},
			Handler: runXgroupSetid,
		},
	},
}

const (
	errEntriesRead command.Error = "ERR value for ENTRIESREAD must be positive or -1"
	errNoKey       command.Error = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."
	errBusyGroup   command.Error = "BUSYGROUP Consumer Group name already exists"
)

// errSubcommand is the reply to a subcommand with words it does not know.
func errSubcommand(c *command.Ctx) error {
	return command.Errorf("ERR unknown subcommand or wrong number of arguments for '%.128s'. Try %s HELP.", c.Args[1], bytes.ToUpper(c.Args[0]))
}

func errNoSuchGroup(group, key []byte) error {
	return command.Errorf("NOGROUP No such consumer group '%s' for key name '%s'", group, key)
}

// parseGroupOptions reads MKSTREAM and ENTRIESREAD.
func parseGroupOptions(c *command.Ctx, create bool) (mkStream bool, read int64, err error) {
	read = unknownRead
	for args := c.Args[5:]; len(args) > 0; {
		switch {
		case create && command.Is(args[0], "MKSTREAM"):
			mkStream, args = true, args[1:]
		case command.Is(args[0], "ENTRIESREAD") && len(args) > 1:
			if read, err = command.ParseInt(args[1]); err != nil {
				return false, 0, err
			}
			if read < unknownRead {
				return false, 0, errEntriesRead
			}
			args = args[2:]
		default:
			return false, 0, errSubcommand(c)
		}
	}
	return mkStream, read, nil
}

func runXgroupCreate(c *command.Ctx) error {
	mkStream, read, err := parseGroupOptions(c, true)
	if err != nil {
		return err
	}
	s, err := c.Keys.Stream(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	if !s.Exists() && !mkStream {
		return errNoKey
	}
	if len(c.Args) > 8 { // an option twice
		return errSubcommand(c)
	}
	id := s.LastID()
	if string(c.Args[4]) != "$" {
		if id, err = parseID(c.Args[4], 0); err != nil {
			return err
		}
	}
	if err := s.Create(); err != nil {
		return err
	}
	created, err := s.CreateGroup(c.Args[3], id, read)
	if err != nil {
		return err
	}
	if !created {
		return errBusyGroup
	}
	c.Out.OK()
	return nil
}

// openGroup opens the key and the group of a subcommand that needs both.
func openGroup(c *command.Ctx) (s keyspace.Stream, g *keyspace.Group, err error) {
	if s, err = c.Keys.Stream(c.DB, c.Args[2]); err != nil {
		return s, nil, err
	}
	if !s.Exists() {
		return s, nil, errNoKey
	}
	g, ok, err := s.Group(c.Args[3])
	if err == nil && !ok {
		err = errNoSuchGroup(c.Args[3], c.Args[2])
	}
	return s, g, err
}

func runXgroupSetid(c *command.Ctx) error {
	_, read, err := parseGroupOptions(c, false)
	if err != nil {
		return err
	}
	s, g, err := openGroup(c)
	if err != nil {
		return err
	}
	if len(c.Args) > 7 { // an option twice
		return errSubcommand(c)
	}
	g.LastID = s.LastID()
	if string(c.Args[4]) != "$" {
		if g.LastID, err = parseBound(c.Args[4], 0); err != nil {
			return err
		}
	}
	g.EntriesRead = read
	c.Out.OK()
	return g.Save()
}

func runXgroupDestroy(c *command.Ctx) error {
	s, err := c.Keys.Stream(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	if !s.Exists() {
		return errNoKey
	}
	g, ok, err := s.Group(c.Args[3])
	if err != nil {
		return err
	}
	if !ok {
		c.Out.Int(0)
		return nil
	}
	c.Out.Int(1)
	return g.Destroy()
}

func runXgroupCreateconsumer(c *command.Ctx) error {
	_, g, err := openGroup(c)
	if err != nil {
		return err
	}
	if _, had, err := g.Consumer(c.Args[4]); err != nil || had {
		c.Out.Int(0)
		return err
	}
	if _, _, err := g.Use(c.Args[4], c.Keys.Now()); err != nil {
		return err
	}
	c.Out.Int(1)
	return g.Save()
}

func runXgroupDelconsumer(c *command.Ctx) error {
	_, g, err := openGroup(c)
	if err != nil {
		return err
	}
	consumer, ok, err := g.Consumer(c.Args[4])
	if err != nil {
		return err
	}
	if !ok {
		c.Out.Int(0)
		return nil
	}
	c.Out.Int(consumer.Pending)
	if err := g.RemoveConsumer(consumer); err != nil {
		return err
	}
	return g.Save()
}

func runXgroupHelp(c *command.Ctx) error {
	command.Help(c, []string{
		"CREATE <key> <groupname> <id|$> [option]",
		"    Create a new consumer group. Options are:",
		"    * MKSTREAM",
		"      Create the empty stream if it does not exist.",
		"    * ENTRIESREAD entries_read",
		"      Set the group's entries_read counter (internal use).",
		"CREATECONSUMER <key> <groupname> <consumer>",
		"    Create a new consumer in the specified group.",
		"DELCONSUMER <key> <groupname> <consumer>",
		"    Remove the specified consumer.",
		"DESTROY <key> <groupname>",
		"    Remove the specified group.",
		"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
		"    Set the current group ID and entries_read counter.",
	})
	return nil
}
