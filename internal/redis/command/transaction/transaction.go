package transaction

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{discardSpec, execSpec, multiSpec, unwatchSpec, watchSpec}

const always = command.NoScript | command.Loading | command.Stale

var multiSpec = &command.Spec{
	Name:       "multi",
	Arity:      1,
	Flags:      always | command.Fast | command.AllowBusy,
	Categories: []string{"fast", "transaction"},
	Group:      "transactions",
	Since:      "1.2.0",
	Complexity: "O(1)",
	Summary:    "Mark the start of a transaction block",
	Handler: func(c *command.Ctx) error {
		if c.Session.InMulti() {
			return command.Errorf("ERR MULTI calls can not be nested")
		}
		c.Session.BeginMulti()
		c.Out.OK()
		return nil
	},
}

var execSpec = &command.Spec{
	Name:       "exec",
	Arity:      1,
	Flags:      always | command.SkipSlowlog,
	Categories: []string{"slow", "transaction"},
	Group:      "transactions",
	Since:      "1.2.0",
	Complexity: "Depends on commands in the transaction",
	Summary:    "Execute all commands issued after MULTI",
	Handler: func(c *command.Ctx) error {
		if !c.Session.InMulti() {
			return command.Errorf("ERR EXEC without MULTI")
		}
		return c.Session.Exec(c)
	},
}

var discardSpec = &command.Spec{
	Name:       "discard",
	Arity:      1,
	Flags:      always | command.Fast | command.AllowBusy,
	Categories: []string{"fast", "transaction"},
	Group:      "transactions",
	Since:      "2.0.0",
	Complexity: "O(N), when N is the number of queued commands",
	Summary:    "Discard all commands issued after MULTI",
	Handler: func(c *command.Ctx) error {
		if !c.Session.InMulti() {
			return command.Errorf("ERR DISCARD without MULTI")
		}
		c.Session.Discard()
		c.Out.OK()
		return nil
	},
}

var watchSpec = &command.Spec{
	Name:     "watch",
	Arity:    -2,
	Flags:    always | command.Fast | command.AllowBusy,
	FirstKey: 1, LastKey: -1, Step: 1,
	Categories: []string{"fast", "transaction"},
	Group:      "transactions",
	Since:      "2.2.0",
	Complexity: "O(1) for every key.",
	Summary:    "Watch the given keys to determine execution of the MULTI/EXEC block",
	Args:       []command.Arg{{Name: "key", Type: "key", KeySpec: 1, Multiple: true}},
	Handler: func(c *command.Ctx) error {
		if c.Session.InMulti() {
			return command.Errorf("ERR WATCH inside MULTI is not allowed")
		}
		if err := c.Session.Watch(c, c.Args[1:]); err != nil {
			return err
		}
		c.Out.OK()
		return nil
	},
}

var unwatchSpec = &command.Spec{
	Name:       "unwatch",
	Arity:      1,
	Flags:      always | command.Fast | command.AllowBusy,
	Categories: []string{"fast", "transaction"},
	Group:      "transactions",
	Since:      "2.2.0",
	Complexity: "O(1)",
	Summary:    "Forget about all watched keys",
	Handler: func(c *command.Ctx) error {
		c.Session.Unwatch()
		c.Out.OK()
		return nil
	},
}
