package pubsub

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
)

var pubsubSpec = &command.Spec{
	Name:       "pubsub",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "pubsub",
	Since:      "2.8.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for Pub/Sub commands",
	Sub: []*command.Spec{
		sub("channels", -2, "2.8.0", "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
			"List active channels", listed(command.Channel), command.Arg{Name: "pattern", Type: "pattern", Optional: true}),
		{
			Name: "help", Arity: 2, Flags: command.Loading | command.Stale, Categories: []string{"slow"}, Group: "pubsub",
			Since: "6.2.0", Complexity: "O(1)", Summary: "Show helpful text about the different subcommands", Handler: help,
		},
		sub("numpat", 2, "2.8.0", "O(1)", "Get the count of unique patterns pattern subscriptions", func(c *command.Ctx) error {
			c.Out.Int(int64(len(c.Server.Subscribed(command.Pattern))))
			return nil
		}),
		sub("numsub", -2, "2.8.0", "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
			"Get the count of subscribers for channels", numbers(command.Channel), command.Arg{Name: "channel", Type: "string", Optional: true, Multiple: true}),
		sub("shardchannels", -2, "7.0.0", "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
			"List active shard channels", listed(command.ShardChannel), command.Arg{Name: "pattern", Type: "pattern", Optional: true}),
		sub("shardnumsub", -2, "7.0.0", "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
			"Get the count of subscribers for shard channels", numbers(command.ShardChannel), command.Arg{Name: "shardchannel", Type: "string", Optional: true, Multiple: true}),
	},
}

func sub(name string, arity int, since, complexity, summary string, handler func(*command.Ctx) error, args ...command.Arg) *command.Spec {
	return &command.Spec{
		Name: name, Arity: arity, Flags: command.PubSub | command.Loading | command.Stale,
		Categories: []string{"pubsub", "slow"}, Group: "pubsub", Since: since,
		Complexity: complexity, Summary: summary, Args: args, Handler: handler,
	}
}

// listed is CHANNELS: the names in use, those that match if a pattern is given.
func listed(topic command.Topic) func(*command.Ctx) error {
	return func(c *command.Ctx) error {
		if len(c.Args) > 3 {
			return command.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try PUBSUB HELP.", c.Args[1])
		}
		names := c.Server.Subscribed(topic)
		if len(c.Args) == 3 {
			kept := names[:0]
			for _, name := range names {
				if glob.Match(c.Args[2], []byte(name)) {
					kept = append(kept, name)
				}
			}
			names = kept
		}
		c.Out.Array(len(names))
		for _, name := range names {
			c.Out.BulkString(name)
		}
		return nil
	}
}

// numbers is NUMSUB: each name followed by its number of subscribers.
func numbers(topic command.Topic) func(*command.Ctx) error {
	return func(c *command.Ctx) error {
		names := c.Args[2:]
		c.Out.Array(2 * len(names))
		for _, name := range names {
			c.Out.Bulk(name)
			c.Out.Int(int64(c.Server.Subscribers(topic, name)))
		}
		return nil
	}
}

func help(c *command.Ctx) error {
	command.Help(c, []string{
		"CHANNELS [<pattern>]",
		"    Return the currently active channels matching a <pattern> (default: '*').",
		"NUMPAT",
		"    Return number of subscriptions to patterns.",
		"NUMSUB [<channel> ...]",
		"    Return the number of subscribers for the specified channels, excluding",
		"    pattern subscriptions(default: no channels).",
		"SHARDCHANNELS [<pattern>]",
		"    Return the currently active shard level channels matching a <pattern> (default: '*').",
		"SHARDNUMSUB [<shardchannel> ...]",
		"    Return the number of subscribers for the specified shard level channel(s)",
	})
	return nil
}
