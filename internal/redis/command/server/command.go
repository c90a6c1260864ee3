package server

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
)

var commandSpec = &command.Spec{
	Name:       "command",
	Arity:      -1,
	Flags:      command.Loading | command.Stale,
	Categories: []string{"slow", "connection"},
	Group:      "server",
	Since:      "2.8.13",
	Complexity: "O(N) where N is the total number of Redis commands",
	Summary:    "Get array of Redis command details",
	Sub: []*command.Spec{
		commandSub("count", 2, "2.8.13", "O(1)", "Get total number of Redis commands", nil, func(c *command.Ctx) error {
			c.Out.Int(int64(len(c.Server.Registry().All())))
			return nil
		}),
		commandSub("docs", -2, "7.0.0", "O(N) where N is the number of commands to look up",
			"Get array of specific Redis command documentation", namesArg, commandDocs),
		commandSub("getkeys", -4, "2.8.13", "O(N) where N is the number of arguments to the command",
			"Extract keys given a full Redis command", fullArgs, commandGetkeys),
		commandSub("getkeysandflags", -4, "7.0.0", "O(N) where N is the number of arguments to the command",
			"Extract keys and access flags given a full Redis command", fullArgs, commandGetkeysandflags),
		commandSub("info", -2, "2.8.13", "O(N) where N is the number of commands to look up",
			"Get array of specific Redis command details, or all when no argument is given.", namesArg, commandInfo),
		commandSub("list", -2, "7.0.0", "O(N) where N is the total number of Redis commands",
			"Get an array of Redis command names",
			[]command.Arg{{Name: "filterby", Type: "oneof", Token: "FILTERBY", Optional: true, Args: []command.Arg{
				{Name: "module-name", Type: "string", Token: "MODULE"},
				{Name: "category", Type: "string", Token: "ACLCAT"},
				{Name: "pattern", Type: "pattern", Token: "PATTERN"},
			}}}, commandList),
		inCategories([]string{"slow", "connection"}, helpSpec("5.0.0",
			"(no subcommand)",
			"    Return details about all Redis commands.",
			"COUNT",
			"    Return the total number of commands in this Redis server.",
			"LIST",
			"    Return a list of all commands in this Redis server.",
			"INFO [<command-name> ...]",
			"    Return details about multiple Redis commands.",
			"    If no command names are given, documentation details for all",
			"    commands are returned.",
			"DOCS [<command-name> ...]",
			"    Return documentation details about multiple Redis commands.",
			"    If no command names are given, documentation details for all",
			"    commands are returned.",
			"GETKEYS <full-command>",
			"    Return the keys from a full Redis command.",
			"GETKEYSANDFLAGS <full-command>",
			"    Return the keys and the access flags from a full Redis command.")),
	},
	Handler: func(c *command.Ctx) error {
		describeAll(c)
		return nil
	},
}

var (
	namesArg = []command.Arg{{Name: "command-name", Type: "string", Optional: true, Multiple: true}}
	fullArgs = []command.Arg{
		{Name: "command", Type: "string"},
		{Name: "arg", Type: "string", Optional: true, Multiple: true},
	}
)

func commandSub(name string, arity int, since, complexity, summary string, args []command.Arg, handler func(*command.Ctx) error) *command.Spec {
	return &command.Spec{
		Name: name, Arity: arity, Flags: command.Loading | command.Stale, Categories: []string{"slow", "connection"},
		Group: "server", Since: since, Complexity: complexity, Summary: summary, Args: args, Handler: handler,
	}
}

func inCategories(names []string, s *command.Spec) *command.Spec {
	s.Categories = names
	return s
}

func describeAll(c *command.Ctx) {
	all := c.Server.Registry().All()
	c.Out.Array(len(all))
	for _, spec := range all {
		describe(c.Out, spec)
	}
}

func commandInfo(c *command.Ctx) error {
	if len(c.Args) == 2 {
		describeAll(c)
		return nil
	}
	c.Out.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		if spec := c.Server.Registry().Find(string(name)); spec != nil {
			describe(c.Out, spec)
		} else {
			c.Out.Null()
		}
	}
	return nil
}

func commandList(c *command.Ctx) error {
	keep := func(*command.Spec) bool { return true }
	switch args := c.Args[2:]; {
	case len(args) == 0:
	case len(args) != 3 || !command.Is(args[0], "FILTERBY"):
		return command.ErrSyntax
	case command.Is(args[1], "MODULE"):
		keep = func(*command.Spec) bool { return false }
	case command.Is(args[1], "ACLCAT"):
		keep = func(s *command.Spec) bool { return inCategory(s, string(args[2])) }
	case command.Is(args[1], "PATTERN"):
		keep = func(s *command.Spec) bool { return glob.MatchFold(args[2], []byte(s.FullName())) }
	default:
		return command.ErrSyntax
	}
	list := c.Out.Later()
	n := 0
	for _, spec := range flatten(c.Server.Registry().All()) {
		if keep(spec) {
			c.Out.BulkString(spec.FullName())
			n++
		}
	}
	c.Out.Close(list, n)
	return nil
}

// target resolves the command that COMMAND GETKEYS is asked about.
func target(c *command.Ctx) (*command.Spec, [][]byte, error) {
	args := c.Args[2:]
	spec := c.Server.Registry().Lookup(args[0])
	if spec == nil {
		return nil, nil, command.Errorf("ERR Invalid command specified")
	}
	if len(spec.Sub) > 0 && len(args) > 1 {
		if spec = spec.FindSub(args[1]); spec == nil {
			return nil, nil, command.Errorf("ERR Invalid command specified")
		}
	}
	if spec.FirstKey == 0 && spec.Keys == nil {
		return nil, nil, command.Errorf("ERR The command has no key arguments")
	}
	if !spec.Accepts(len(args)) {
		return nil, nil, command.Errorf("ERR Invalid number of arguments specified for command")
	}
	keys, err := spec.AppendKeys(nil, args)
	if err != nil {
		return nil, nil, command.Errorf("ERR Invalid arguments specified for command")
	}
	return spec, keys, nil
}

func commandGetkeys(c *command.Ctx) error {
	_, keys, err := target(c)
	if err != nil {
		return err
	}
	c.Out.Array(len(keys))
	for _, key := range keys {
		c.Out.Bulk(key)
	}
	return nil
}

func commandGetkeysandflags(c *command.Ctx) error {
	spec, keys, err := target(c)
	if err != nil {
		return err
	}
	c.Out.Array(len(keys))
	for _, use := range keyUses(spec, c.Args[2:], keys) {
		c.Out.Array(2)
		c.Out.Bulk(use.key)
		writeSet(c.Out, "", use.flags)
	}
	return nil
}
