package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var msetSpec = &command.Spec{
	Name:     "mset",
	Arity:    -3,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: -1, Step: 2,
	Categories: []string{"write", "string", "slow"},
	Group:      "string",
	Since:      "1.0.1",
	Complexity: "O(N) where N is the number of keys to set.",
	Summary:    "Set multiple keys to multiple values",
	Args: []command.Arg{
		{Name: "key_value", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "key", Type: "key", KeySpec: 1},
			{Name: "value", Type: "string"},
		}},
	},
	Handler: runMset,
}

func runMset(c *command.Ctx) error {
	if len(c.Args)%2 == 0 {
		return command.ErrArity("mset")
	}
	if err := setPairs(c); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

// setPairs sets the keys and values that follow the command's name.
func setPairs(c *command.Ctx) error {
	for i := 1; i < len(c.Args); i += 2 {
		if err := checkPair(c.Args[i], c.Args[i+1]); err != nil {
			return err
		}
	}
	for i := 1; i < len(c.Args); i += 2 {
		if err := c.Keys.SetString(c.DB, c.Args[i], c.Args[i+1]); err != nil {
			return err
		}
	}
	return nil
}
