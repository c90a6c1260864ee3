package hash

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var (
	hexpireSpec = expireSpec("hexpire", command.Arg{Name: "seconds", Type: "integer"},
		"Set expiry for hash field using relative time to expire (seconds)")
	hpexpireSpec = expireSpec("hpexpire", command.Arg{Name: "milliseconds", Type: "integer"},
		"Set expiry for hash field using relative time to expire (milliseconds)")
	hexpireatSpec = expireSpec("hexpireat", command.Arg{Name: "unix-time-seconds", Type: "unix-time"},
		"Set expiry for hash field using an absolute Unix timestamp (seconds)")
	hpexpireatSpec = expireSpec("hpexpireat", command.Arg{Name: "unix-time-milliseconds", Type: "unix-time"},
		"Set expiry for hash field using an absolute Unix timestamp (milliseconds)")
)

func expireSpec(name string, when command.Arg, summary string) *command.Spec {
	unit, relative := unitOf(name)
	return &command.Spec{
		Name:     name,
		Arity:    -6,
		Flags:    command.Write | command.DenyOOM | command.Fast,
		FirstKey: 1, LastKey: 1, Step: 1,
		Categories: []string{"write", "hash", "fast"},
		Group:      "hash",
		Since:      "7.4.0",
		Complexity: "O(N) where N is the number of specified fields",
		Summary:    summary,
		Args: []command.Arg{
			{Name: "key", Type: "key", KeySpec: 1},
			when,
			{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
				{Name: "nx", Type: "pure-token", Token: "NX"},
				{Name: "xx", Type: "pure-token", Token: "XX"},
				{Name: "gt", Type: "pure-token", Token: "GT"},
				{Name: "lt", Type: "pure-token", Token: "LT"},
			}},
			fieldsArg,
		},
		Handler: func(c *command.Ctx) error { return runHexpire(c, unit, relative) },
	}
}

// fieldsArg is how the commands on field TTLs name the fields.
var fieldsArg = command.Arg{Name: "fields", Type: "block", Token: "FIELDS", Args: []command.Arg{
	{Name: "numfields", Type: "integer"},
	{Name: "field", Type: "string", Multiple: true},
}}

// unitOf reads off a command's name in which unit it counts, in milliseconds, and
// whether from now on.
func unitOf(name string) (unit int64, relative bool) {
	switch name {
	case "hexpire", "httl":
		return 1000, true
	case "hexpireat", "hexpiretime":
		return 1000, false
	case "hpexpire", "hpttl":
		return 1, true
	}
	return 1, false
}

// Replies for a field.
const (
	noField  = -2
	noTTL    = -1
	unmet    = 0 // the condition
	expireOK = 1
	deleted  = 2 // the time is past
)

// maxFieldExpire is the largest expiry time of a field in unix milliseconds,
// redis-server's HFE_MAX_ABS_TIME_MSEC.
const maxFieldExpire = (1<<48 - 2) >> 2

const (
	errNegativeExpire command.Error = "ERR invalid expire time, must be >= 0"
	errNoFields       command.Error = "ERR Mandatory argument FIELDS is missing or not at the right position"
	errNumFields      command.Error = "ERR Number of fields must be a positive integer"
	errExpireFields   command.Error = "ERR Parameter `numFields` should be greater than 0"
	errFieldsMismatch command.Error = "ERR The `numfields` parameter must match the number of arguments"
)

// parseFields reads FIELDS numfields field [field …]; bad is the error for a
// number that is not positive.
func parseFields(args [][]byte, bad error) ([][]byte, error) {
	if !command.Is(args[0], "FIELDS") {
		return nil, errNoFields
	}
	n, err := command.ParseInt(args[1])
	if err != nil || n < 1 {
		return nil, bad
	}
	if n != int64(len(args)-2) {
		return nil, errFieldsMismatch
	}
	return args[2:], nil
}

// parseFieldExpire reads a time, which counts from base.
func parseFieldExpire(c *command.Ctx, unit, base int64) (int64, error) {
	n, err := command.ParseInt(c.Args[2])
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, errNegativeExpire
	}
	if n > maxFieldExpire/unit || n*unit > maxFieldExpire-base {
		return 0, command.ErrInvalidExpire(c.Spec.Name)
	}
	return base + n*unit, nil
}

// condition is NX, XX, GT or LT in lower case, or nothing.
type condition string

// allow says whether a field with this expiry time (0 for none) may get another.
// A field without one counts as one that lives forever.
func (o condition) allow(current, ms int64) bool {
	switch o {
	case "nx":
		return current == 0
	case "xx":
		return current != 0
	case "gt":
		return current != 0 && ms > current
	case "lt":
		return current == 0 || ms < current
	}
	return true
}

// runHexpire is HEXPIRE and its variants.
func runHexpire(c *command.Ctx, unit int64, relative bool) error {
	h, err := c.Keys.Hash(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	base := int64(0)
	if relative {
		base = c.Keys.Now()
	}
	ms, err := parseFieldExpire(c, unit, base)
	if err != nil {
		return err
	}
	rest := c.Args[3:]
	only := condition("")
	for _, word := range []condition{"nx", "xx", "gt", "lt"} {
		if command.Is(rest[0], string(word)) {
			only, rest = word, rest[1:]
			break
		}
	}
	fields, err := parseFields(rest, errExpireFields)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	var changed [][]byte // all in the one way that the time allows
	for _, field := range fields {
		result, err := expireField(&h, field, ms, c.Keys.Past(ms), only)
		if err != nil {
			return err
		}
		switch result {
		case deleted:
			c.Event = "hdel"
			changed = append(changed, field)
		case expireOK:
			c.Event = "hexpire"
			changed = append(changed, field)
		}
		c.Out.Int(result)
	}
	switch {
	case len(changed) == 0:
	case c.Event == "hdel":
		c.Propagate("HDEL", c.Args[1], changed)
	default:
		c.Propagate("HPEXPIREAT", c.Args[1], ms, "FIELDS", len(changed), changed)
	}
	return nil
}

func expireField(h *keyspace.Hash, field []byte, ms int64, past bool, only condition) (int64, error) {
	ttl, err := h.FieldTTL(field)
	switch {
	case err != nil:
		return 0, err
	case !ttl.Exists:
		return noField, nil
	case !only.allow(ttl.Expire, ms):
		return unmet, nil
	case past:
		_, err := h.Del(field)
		return deleted, err
	}
	return expireOK, h.ExpireField(field, ms)
}
