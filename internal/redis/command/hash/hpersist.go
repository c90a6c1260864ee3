package hash

import "github.com/orbit-server/orbit/internal/redis/command"

var hpersistSpec = &command.Spec{
	Name:     "hpersist",
	Arity:    -5,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hash", "fast"},
	Group:      "hash",
	Since:      "7.4.0",
	Complexity: "O(N) where N is the number of specified fields",
	Summary:    "Removes the expiration time for each specified field",
	Args:       []command.Arg{{Name: "key", Type: "key", KeySpec: 1}, fieldsArg},
	Handler:    runHpersist,
}

func runHpersist(c *command.Ctx) error {
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
			if err := h.ExpireField(field, 0); err != nil {
				return err
			}
			c.Out.Int(expireOK)
		}
	}
	return nil
}
