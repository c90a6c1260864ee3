package generic

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var copySpec = &command.Spec{
	Name:     "copy",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"keyspace", "write", "slow"},
	Group:      "generic",
	Since:      "6.2.0",
	Complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
	Summary:    "Copy a key",
	Args: []command.Arg{
		{Name: "source", Type: "key", KeySpec: 1},
		{Name: "destination", Type: "key", KeySpec: 2},
		{Name: "destination-db", Type: "integer", Token: "DB", Optional: true},
		{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
	},
	Long:    true,
	Handler: runCopy,
}

// parseDB reads the number of an existing database.
func parseDB(c *command.Ctx, arg []byte) (int, error) {
	n, err := command.ParseInt(arg)
	if err != nil {
		return 0, err
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0, command.ErrInt32
	}
	if n < 0 || n >= int64(c.Keys.Keyspace().Databases()) {
		return 0, command.ErrDBIndex
	}
	return int(n), nil
}

func runCopy(c *command.Ctx) error {
	source, target, db, replace := c.Args[1], c.Args[2], c.DB, false
	for args := c.Args[3:]; len(args) > 0; {
		switch {
		case command.Is(args[0], "REPLACE"):
			replace, args = true, args[1:]
		case command.Is(args[0], "DB") && len(args) > 1:
			n, err := parseDB(c, args[1])
			if err != nil {
				return err
			}
			db, args = n, args[2:]
		default:
			return command.ErrSyntax
		}
	}
	if db == c.DB && string(source) == string(target) {
		return command.ErrSameObject
	}
	k, err := c.Keys.Key(c.DB, source)
	if err != nil {
		return err
	}
	taken, err := c.Keys.Exists(db, target)
	if err != nil {
		return err
	}
	if !k.Exists() || (taken && !replace) {
		c.Out.Int(0)
		return nil
	}
	if err := k.CopyTo(db, target); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}
