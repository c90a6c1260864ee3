package stream

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var xinfoSpec = &command.Spec{
	Name:       "xinfo",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for stream introspection commands",
	Sub: []*command.Spec{
		{
			Name:     "consumers",
			Arity:    4,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"read", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "List the consumers in a consumer group",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "groupname", Type: "string"},
			},
			Handler: runXinfoConsumers,
		},
		{
			Name:     "groups",
			Arity:    3,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"read", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "List the consumer groups of a stream",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
			},
			Handler: runXinfoGroups,
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
			Handler:    runXinfoHelp,
		},
		{
			Name:     "stream",
			Arity:    -3,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"read", "stream", "slow"},
			Group:      "stream",
			Since:      "5.0.0",
			Complexity: "O(1)",
			Summary:    "Get information about a stream",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
				{Name: "full", Type: "block", Token: "FULL", Optional: true, Args: []command.Arg{
					{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
				}},
			},
			Handler: runXinfoStream,
		},
	},
}

func runXinfoHelp(c *command.Ctx) error {
	command.Help(c, []string{
		"CONSUMERS <key> <groupname>",
		"    Show consumers of <groupname>.",
		"GROUPS <key>",
		"    Show the stream consumer groups.",
		"STREAM <key> [FULL [COUNT <count>]",
		"    Show information about the stream.",
	})
	return nil
}

// openExisting opens the stream of an XINFO.
func openExisting(c *command.Ctx) (keyspace.Stream, error) {
	s, err := c.Keys.Stream(c.DB, c.Args[2])
	if err == nil && !s.Exists() {
		err = command.ErrNoSuchKey
	}
	return s, err
}

func runXinfoConsumers(c *command.Ctx) error {
	s, err := openExisting(c)
	if err != nil {
		return err
	}
	g, ok, err := s.Group(c.Args[3])
	if err != nil {
		return err
	}
	if !ok {
		return errNoSuchGroup(c.Args[3], c.Args[2])
	}
	c.Out.Array(int(g.Consumers))
	return g.EachConsumer(func(consumer *keyspace.Consumer) error {
		c.Out.Map(3)
		c.Out.BulkString("name")
		c.Out.Bulk(consumer.Name)
		c.Out.BulkString("pending")
		c.Out.Int(consumer.Pending)
		c.Out.BulkString("idle")
		c.Out.Int(max(c.Keys.Now()-consumer.SeenTime, 0))
		return nil
	})
}

func runXinfoGroups(c *command.Ctx) error {
	s, err := openExisting(c)
	if err != nil {
		return err
	}
	c.Out.Array(int(s.Groups()))
	return s.EachGroup(func(name []byte, g *keyspace.Group) error {
		c.Out.Map(6)
		c.Out.BulkString("name")
		c.Out.Bulk(name)
		c.Out.BulkString("consumers")
		c.Out.Int(g.Consumers)
		c.Out.BulkString("pending")
		c.Out.Int(g.Pending)
		writeProgress(c, &s, g)
		return nil
	})
}

// writeProgress writes how far a group has read: three pairs of a map.
func writeProgress(c *command.Ctx, s *keyspace.Stream, g *keyspace.Group) {
	c.Out.BulkString("last-delivered-id")
	writeID(c, g.LastID)
	c.Out.BulkString("entries-read")
	if g.EntriesRead == unknownRead {
		c.Out.Null()
	} else {
		c.Out.Int(g.EntriesRead)
	}
	c.Out.BulkString("lag")
	if n, ok := lag(s, g); ok {
		c.Out.Int(n)
	} else {
		c.Out.Null()
	}
}

func runXinfoStream(c *command.Ctx) error {
	s, err := openExisting(c)
	if err != nil {
		return err
	}
	full, count := len(c.Args) > 3, int64(10)
	if full {
		if !command.Is(c.Args[3], "FULL") || len(c.Args) != 4 && len(c.Args) != 6 {
			return errSubcommand(c)
		}
		if len(c.Args) == 6 {
			if !command.Is(c.Args[4], "COUNT") {
				return errSubcommand(c)
			}
			if count, err = command.ParseInt(c.Args[5]); err != nil {
				return err
			}
			if count < 0 {
				count = 10
			}
		}
	}
	c.Out.Map(map[bool]int{true: 9, false: 10}[full])
	c.Out.BulkString("length")
	c.Out.Int(s.Len())
	c.Out.BulkString("radix-tree-keys")
	c.Out.Int(s.Nodes())
	// There is no such tree: this is what the smallest one for the keys has.
	c.Out.BulkString("radix-tree-nodes")
	c.Out.Int(s.Nodes() + 1)
	c.Out.BulkString("last-generated-id")
	writeID(c, s.LastID())
	c.Out.BulkString("max-deleted-entry-id")
	writeID(c, s.MaxDeleted())
	c.Out.BulkString("entries-added")
	c.Out.Int(int64(s.Added()))
	c.Out.BulkString("recorded-first-entry-id")
	writeID(c, s.FirstID())
	if full {
		return writeFull(c, &s, count)
	}
	c.Out.BulkString("groups")
	c.Out.Int(s.Groups())
	c.Out.BulkString("first-entry")
	if err := writeEdge(c, &s, false); err != nil {
		return err
	}
	c.Out.BulkString("last-entry")
	return writeEdge(c, &s, true)
}

// writeEdge writes the first or the last entry.
func writeEdge(c *command.Ctx, s *keyspace.Stream, last bool) error {
	found := false
	err := s.Range(keyspace.StreamID{}, keyspace.MaxStreamID, last, func(id keyspace.StreamID, pairs [][]byte) (bool, error) {
		found = true
		writeEntry(c, id, pairs)
		return false, nil
	})
	if err == nil && !found {
		c.Out.Null()
	}
	return err
}
