package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var objectSpec = &command.Spec{
	Name:       "object",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "generic",
	Since:      "2.2.3",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for object introspection commands",
	Sub: []*command.Spec{
		{
			Name:     "encoding",
			Arity:    3,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"keyspace", "read", "slow"},
			Group:      "generic",
			Since:      "2.2.3",
			Complexity: "O(1)",
			Summary:    "Inspect the internal encoding of a Redis object",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
			},
			Handler: runObjectEncoding,
		},
		{
			Name:     "freq",
			Arity:    3,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"keyspace", "read", "slow"},
			Group:      "generic",
			Since:      "4.0.0",
			Complexity: "O(1)",
			Summary:    "Get the logarithmic access frequency counter of a Redis object",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
			},
			Handler: runObjectFreq,
		},
		{
			Name:       "help",
			Arity:      2,
			Flags:      command.Loading | command.Stale,
			Categories: []string{"keyspace", "slow"},
			Group:      "generic",
			Since:      "6.2.0",
			Complexity: "O(1)",
			Summary:    "Show helpful text about the different subcommands",
			Handler:    runObjectHelp,
		},
		{
			Name:     "idletime",
			Arity:    3,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"keyspace", "read", "slow"},
			Group:      "generic",
			Since:      "2.2.3",
			Complexity: "O(1)",
			Summary:    "Get the time since a Redis object was last accessed",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
			},
			Handler: runObjectIdletime,
		},
		{
			Name:     "refcount",
			Arity:    3,
			Flags:    command.ReadOnly,
			FirstKey: 2, LastKey: 2, Step: 1,
			Categories: []string{"keyspace", "read", "slow"},
			Group:      "generic",
			Since:      "2.2.3",
			Complexity: "O(1)",
			Summary:    "Get the number of references to the value of the key",
			Args: []command.Arg{
				{Name: "key", Type: "key", KeySpec: 1},
			},
			Handler: runObjectRefcount,
		},
	},
}

const (
	errNoFrequency command.Error = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. " + errSwitching
	errNoIdleTime  command.Error = "ERR An LFU maxmemory policy is selected, idle time not tracked. " + errSwitching

	errSwitching = "Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
)

// peekObject opens the key of an OBJECT subcommand; ok is false, and the reply
// written, if it does not exist.
func peekObject(c *command.Ctx) (k keyspace.Key, ok bool, err error) {
	k, err = c.Keys.Peek(c.DB, c.Args[2])
	if err == nil && !k.Exists() {
		c.Out.Null()
	}
	return k, err == nil && k.Exists(), err
}

func runObjectEncoding(c *command.Ctx) error {
	k, ok, err := peekObject(c)
	if err != nil || !ok {
		return err
	}
	name, err := encoding(c, &k)
	if err != nil {
		return err
	}
	c.Out.BulkString(name)
	return nil
}

func runObjectFreq(c *command.Ctx) error {
	_, ok, err := peekObject(c)
	if err != nil || !ok {
		return err
	}
	uses, ok := c.Keys.UseFrequency(c.Args[2])
	if !ok {
		return errNoFrequency
	}
	c.Out.Int(uses)
	return nil
}

func runObjectIdletime(c *command.Ctx) error {
	_, ok, err := peekObject(c)
	if err != nil || !ok {
		return err
	}
	idle, ok := c.Keys.IdleSeconds(c.Args[2])
	if !ok {
		return errNoIdleTime
	}
	c.Out.Int(idle)
	return nil
}

// runObjectRefcount is always 1: values are not shared between keys.
func runObjectRefcount(c *command.Ctx) error {
	_, ok, err := peekObject(c)
	if err != nil || !ok {
		return err
	}
	c.Out.Int(1)
	return nil
}

func runObjectHelp(c *command.Ctx) error {
	lines := []string{
		"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
		"ENCODING <key>",
		"    Return the kind of internal representation used in order to store the value",
		"    associated with a <key>.",
		"FREQ <key>",
		"    Return the access frequency index of the <key>. The returned integer is",
		"    proportional to the logarithm of the recent access frequency of the key.",
		"IDLETIME <key>",
		"    Return the idle time of the <key>, that is the approximated number of",
		"    seconds elapsed since the last access to the key.",
		"REFCOUNT <key>",
		"    Return the number of references of the value associated with the specified",
		"    <key>.",
		"HELP",
		"    Prints this help.",
	}
	c.Out.Array(len(lines))
	for _, line := range lines {
		c.Out.Simple(line)
	}
	return nil
}
