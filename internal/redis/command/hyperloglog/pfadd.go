package hyperloglog

import (
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var pfaddSpec = &command.Spec{
	Name:     "pfadd",
	Arity:    -2,
	Flags:    command.Write | command.DenyOOM | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "hyperloglog", "fast"},
	Group:      "hyperloglog",
	Since:      "2.8.9",
	Complexity: "O(1) to add every element.",
	Summary:    "Adds the specified elements to the specified HyperLogLog.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "element", Type: "string", Optional: true, Multiple: true},
	},
	Handler: runPfadd,
}

// open opens a key that holds a HyperLogLog, or nothing, to change it.
func open(c *command.Ctx, key []byte) (k keyspace.Key, v value, err error) {
	k, err = c.Keys.String(c.DB, key)
	if err != nil {
		return k, v, err
	}
	if !k.Exists() {
		return k, newValue(sparseMax(c)), nil
	}
	b, err := k.Value()
	if err == nil {
		err = check(b)
	}
	return k, value{slices.Clone(b), sparseMax(c)}, err
}

func runPfadd(c *command.Ctx) error {
	k, v, err := open(c, c.Args[1])
	if err != nil {
		return err
	}
	updated := !k.Exists()
	for _, element := range c.Args[2:] {
		changed, err := v.add(element)
		if err != nil {
			return err
		}
		updated = updated || changed
	}
	if !updated {
		c.Out.Int(0)
		return nil
	}
	v.invalidate()
	if err := k.SetString(v.b, k.Expire); err != nil {
		return err
	}
	c.Out.Int(1)
	return nil
}
