package pubsub

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	subscription("psubscribe", -2, "2.0.0", "O(N) where N is the number of patterns to subscribe to.",
		"Listen for messages published to channels matching the given patterns", patterns, subscribe(command.Pattern, "psubscribe")),
	publishSpec("publish", "2.0.0", "Post a message to a channel", "channel", command.Channel,
		"O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client)."),
	pubsubSpec,
	subscription("punsubscribe", -1, "2.0.0", "O(N) where N is the number of patterns to unsubscribe.",
		"Stop listening for messages posted to channels matching the given patterns", optional(patterns), unsubscribe(command.Pattern, "punsubscribe")),
	publishSpec("spublish", "7.0.0", "Post a message to a shard channel", "shardchannel", command.ShardChannel,
		"O(N) where N is the number of clients subscribed to the receiving shard channel."),
	subscription("ssubscribe", -2, "7.0.0", "O(N) where N is the number of shard channels to subscribe to.",
		"Listen for messages published to the given shard channels", shardChannels, subscribe(command.ShardChannel, "ssubscribe")),
	subscription("subscribe", -2, "2.0.0", "O(N) where N is the number of channels to subscribe to.",
		"Listen for messages published to the given channels", channels, subscribe(command.Channel, "subscribe")),
	subscription("sunsubscribe", -1, "7.0.0", "O(N) where N is the number of clients already subscribed to a shard channel.",
		"Stop listening for messages posted to the given shard channels", optional(shardChannels), unsubscribe(command.ShardChannel, "sunsubscribe")),
	subscription("unsubscribe", -1, "2.0.0", "O(N) where N is the number of clients already subscribed to a channel.",
		"Stop listening for messages posted to the given channels", optional(channels), unsubscribe(command.Channel, "unsubscribe")),
}

var (
	channels      = command.Arg{Name: "channel", Type: "string", Multiple: true}
	patterns      = command.Arg{Name: "pattern", Type: "pattern", Multiple: true}
	shardChannels = command.Arg{Name: "shardchannel", Type: "string", Multiple: true}
)

func optional(arg command.Arg) command.Arg {
	arg.Optional = true
	return arg
}

func subscription(name string, arity int, since, complexity, summary string, arg command.Arg, handler func(*command.Ctx) error) *command.Spec {
	return &command.Spec{
		Name: name, Arity: arity, Flags: command.PubSub | command.NoScript | command.Loading | command.Stale,
		Categories: []string{"pubsub", "slow"}, Group: "pubsub", Since: since,
		Complexity: complexity, Summary: summary, Args: []command.Arg{arg}, Handler: handler,
	}
}

// subscribe replies with a push for each name: what was subscribed to, and how
// many subscriptions there are.
func subscribe(topic command.Topic, word string) func(*command.Ctx) error {
	return func(c *command.Ctx) error {
		for _, name := range c.Args[1:] {
			count, err := c.Session.Subscribe(topic, name)
			if err != nil {
				return err
			}
			change(c, word, name, count)
		}
		return nil
	}
}

// unsubscribe does so for the names given, or for all.
func unsubscribe(topic command.Topic, word string) func(*command.Ctx) error {
	return func(c *command.Ctx) error {
		for _, name := range c.Args[1:] {
			change(c, word, name, c.Session.Unsubscribe(topic, name))
		}
		if len(c.Args) > 1 {
			return nil
		}
		names := c.Session.Subscriptions(topic)
		for _, name := range names {
			change(c, word, []byte(name), c.Session.Unsubscribe(topic, []byte(name)))
		}
		if len(names) == 0 {
			c.Out.Push(3)
			c.Out.BulkString(word)
			c.Out.Null()
			c.Out.Int(int64(c.Session.Unsubscribe(topic, nil)))
		}
		return nil
	}
}

func change(c *command.Ctx, word string, name []byte, count int) {
	c.Out.Push(3)
	c.Out.BulkString(word)
	c.Out.Bulk(name)
	c.Out.Int(int64(count))
}

func publishSpec(name, since, summary, arg string, topic command.Topic, complexity string) *command.Spec {
	return &command.Spec{
		Name: name, Arity: 3, Flags: command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
		Categories: []string{"pubsub", "fast"}, Group: "pubsub", Since: since, Complexity: complexity, Summary: summary,
		Args: []command.Arg{{Name: arg, Type: "string"}, {Name: "message", Type: "string"}},
		Handler: func(c *command.Ctx) error {
			c.PropagateAlways() // its subscribers may be a replica's
			c.Out.Int(int64(c.Server.Publish(topic, c.Args[1], c.Args[2])))
			return nil
		},
	}
}
