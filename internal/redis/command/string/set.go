package str

import (
	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var setSpec = &command.Spec{
	Name:     "set",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "string", "slow"},
	Group:      "string",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Set the string value of a key",
	Access:     setAccess,
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "value", Type: "string"},
		{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nx", Type: "pure-token", Token: "NX"},
			{Name: "xx", Type: "pure-token", Token: "XX"},
		}},
		{Name: "get", Type: "pure-token", Token: "GET", Optional: true},
		{Name: "expiration", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "seconds", Type: "integer", Token: "EX"},
			{Name: "milliseconds", Type: "integer", Token: "PX"},
			{Name: "unix-time-seconds", Type: "unix-time", Token: "EXAT"},
			{Name: "unix-time-milliseconds", Type: "unix-time", Token: "PXAT"},
			{Name: "keepttl", Type: "pure-token", Token: "KEEPTTL"},
		}},
	},
	Handler: runSet,
}

// setOptions are the options of SET and GETEX.
type setOptions struct {
	nx, xx, get, keepTTL, persist bool
	// expire is the argument of EX, PX, EXAT or PXAT, nil without one.
	expire  []byte
	unit    expireUnit
	expires string // which of them
}

// setAccess: SET reads the key only with GET, or with any option of that name.
func setAccess(args [][]byte) acl.Access {
	for _, arg := range args[min(3, len(args)):] {
		if command.Is(arg, "GET") {
			return acl.Read | acl.Write
		}
	}
	return acl.Write
}

// parseSetOptions reads args as redis-server's
// parseExtendedStringArgumentsOrReply does: of one option given twice the last
// one counts, different ones that exclude each other are an error.
func parseSetOptions(args [][]byte, getex bool) (o setOptions, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case !getex && !o.xx && command.Is(arg, "NX"):
			o.nx = true
		case !getex && !o.nx && command.Is(arg, "XX"):
			o.xx = true
		case !getex && command.Is(arg, "GET"):
			o.get = true
		case !getex && o.expire == nil && command.Is(arg, "KEEPTTL"):
			o.keepTTL = true
		case getex && o.expire == nil && command.Is(arg, "PERSIST"):
			o.persist = true
		default:
			name, unit := expireOption(arg)
			if name == "" || i+1 == len(args) || o.keepTTL || o.persist || (o.expires != "" && o.expires != name) {
				return o, command.ErrSyntax
			}
			i++
			o.expires, o.unit, o.expire = name, unit, args[i]
		}
	}
	return o, nil
}

func runSet(c *command.Ctx) error {
	if len(c.Args) == 3 {
		if err := c.Keys.SetString(c.DB, c.Args[1], c.Args[2]); err != nil {
			return err
		}
		c.Out.OK()
		return nil
	}
	o, err := parseSetOptions(c.Args[3:], false)
	if err != nil {
		return err
	}
	var expire int64
	if o.expire != nil {
		if expire, err = parseExpire(c, o.expire, o.unit, "set"); err != nil {
			return err
		}
	}
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if o.get {
		if k.Exists() && k.Type != keyspace.TypeString {
			return command.ErrWrongType
		}
		if err := writeValue(c, &k); err != nil {
			return err
		}
	}
	if (o.nx && k.Exists()) || (o.xx && !k.Exists()) {
		if !o.get {
			c.Out.Null()
		}
		return nil
	}
	if o.keepTTL {
		expire = k.Expire
	}
	if err := k.SetString(c.Args[2], expire); err != nil {
		return err
	}
	switch {
	case o.expire != nil:
		propagateExpiry(c, c.Args[2], expire)
	case o.get && c.Followed():
		c.Propagate(withoutGet(c.Args))
	}
	if !o.get {
		c.Out.OK()
	}
	return nil
}

// propagateExpiry has replicas set the key until the time, whenever they come to
// it; a time that has passed has removed it.
func propagateExpiry(c *command.Ctx, value []byte, expire int64) {
	switch {
	case !c.Followed():
	case c.Keys.Past(expire):
		c.PropagateRemoval(c.Args[1])
	default:
		c.Propagate("SET", c.Args[1], value, "PXAT", expire)
	}
}

// withoutGet leaves out SET's GET: nobody reads what a replica replies.
func withoutGet(args [][]byte) [][]byte {
	kept := append(make([][]byte, 0, len(args)), args[:3]...)
	for _, arg := range args[3:] {
		if !command.Is(arg, "GET") {
			kept = append(kept, arg)
		}
	}
	return kept
}

// writeValue replies with a string's value, or null.
func writeValue(c *command.Ctx, k *keyspace.Key) error {
	value, short := k.Short()
	switch {
	case !k.Exists():
		c.Out.Null()
	case short:
		c.Out.Bulk(value)
	default:
		return writePieces(c, *k, 0, k.Len())
	}
	return nil
}
