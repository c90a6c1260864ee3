package hash

import "github.com/orbit-server/orbit/internal/redis/command"

var (
	httlSpec        = ttlSpec("httl", "Returns the TTL in seconds of a hash field.")
	hpttlSpec       = ttlSpec("hpttl", "Returns the TTL in milliseconds of a hash field.")
	hexpiretimeSpec = ttlSpec("hexpiretime",
		"Returns the expiration time of a hash field as a Unix timestamp, in seconds.")
	hpexpiretimeSpec = ttlSpec("hpexpiretime",
		"Returns the expiration time of a hash field as a Unix timestamp, in msec.")
)

func ttlSpec(name, summary string) *command.Spec {
	unit, relative := unitOf(name)
	return &command.Spec{
		Name:     name,
		Arity:    -5,
		Flags:    command.ReadOnly | command.Fast,
		FirstKey: 1, LastKey: 1, Step: 1,
		Categories: []string{"read", "hash", "fast"},
		Group:      "hash",
		Since:      "7.4.0",
		Complexity: "O(N) where N is the number of specified fields",
		Summary:    summary,
		Args:       []command.Arg{{Name: "key", Type: "key", KeySpec: 1}, fieldsArg},
		Handler:    func(c *command.Ctx) error { return runHttl(c, unit, relative) },
	}
}

// runHttl is HTTL and its variants.
func runHttl(c *command.Ctx, unit int64, relative bool) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	fields, err := parseFields(c.Args[2:], errNumFields)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	for _, field := range fields {
		ttl, err := h.FieldTTL(field)
		if err != nil {
			return err
		}
		switch {
		case !ttl.Exists:
			c.Out.Int(noField)
		case ttl.Expire == 0:
			c.Out.Int(noTTL)
		default:
			ms := ttl.Expire
			if relative {
				ms -= c.Keys.Now()
			}
			c.Out.Int((ms + unit - 1) / unit)
		}
	}
	return nil
}
