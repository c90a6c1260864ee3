package command

// Subscriber is a session's subscriptions.
type Subscriber interface {
	// Subscribe adds a subscription and returns how many there are now: of
	// channels and patterns together, or of shard channels.
	Subscribe(topic Topic, name []byte) (count int, err error)
	// Unsubscribe removes one, if there is such, and returns the same.
	Unsubscribe(topic Topic, name []byte) (count int)
	// Subscriptions lists the names subscribed to, sorted.
	Subscriptions(topic Topic) []string
	// Confined reports whether only the commands about subscriptions are allowed:
	// a RESP2 client that subscribed.
	Confined() bool
}

// Topic is a kind of subscription.
type Topic uint8

// Kinds of subscriptions.
const (
	Channel Topic = iota
	Pattern
	ShardChannel
)
