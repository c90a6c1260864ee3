package scripting

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var scriptSpec = &command.Spec{
	Name:       "script",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "scripting",
	Since:      "2.6.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for Lua scripts management commands",
	Sub: []*command.Spec{
		sub("debug", 3, 0, "3.2.0", "O(1)", "Set the debug mode for executed scripts.",
			[]command.Arg{{Name: "mode", Type: "oneof", Args: []command.Arg{
				{Name: "yes", Type: "pure-token", Token: "YES"},
				{Name: "sync", Type: "pure-token", Token: "SYNC"},
				{Name: "no", Type: "pure-token", Token: "NO"},
			}}}, scriptDebug),
		sub("exists", -3, 0, "2.6.0", "O(N) with N being the number of scripts to check",
			"Check existence of scripts in the script cache.",
			[]command.Arg{{Name: "sha1", Type: "string", Multiple: true}}, scriptExists),
		sub("flush", -2, 0, "2.6.0", "O(N) with N being the number of scripts in cache",
			"Remove all the scripts from the script cache.", flushArgs, scriptFlush),
		help("5.0.0",
			"DEBUG (YES|SYNC|NO)",
			"    Set the debug mode for subsequent scripts executed.",
			"EXISTS <sha1> [<sha1> ...]",
			"    Return information about the existence of the scripts in the script cache.",
			"FLUSH [ASYNC|SYNC]",
			"    Flush the Lua scripts cache. Very dangerous on replicas.",
			"    When called without the optional mode argument, the behavior is determined by the",
			"    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
			"    * ASYNC: Asynchronously flush the scripts cache.",
			"    * SYNC: Synchronously flush the scripts cache.",
			"KILL",
			"    Kill the currently executing Lua script.",
			"LOAD <script>",
			"    Load a script into the scripts cache without executing it."),
		sub("kill", 2, command.AllowBusy, "2.6.0", "O(1)", "Kill the script currently in execution.", nil,
			func(c *command.Ctx) error { return kill(c, false) }),
		sub("load", 3, command.Stale, "2.6.0", "O(N) with N being the length in bytes of the script body.",
			"Load the specified Lua script into the script cache.",
			[]command.Arg{{Name: "script", Type: "string"}}, scriptLoad),
	},
}

// scriptDebug has no debugger to switch on.
func scriptDebug(c *command.Ctx) error {
	switch {
	case command.Is(c.Args[2], "NO"):
		c.Out.OK()
		return nil
	case command.Is(c.Args[2], "YES"), command.Is(c.Args[2], "SYNC"):
		return command.ErrNotSupported("the Lua debugger")
	}
	return command.Errorf("ERR Use SCRIPT DEBUG YES/SYNC/NO")
}

func scriptExists(c *command.Ctx) error {
	c.Out.Array(len(c.Args) - 2)
	for _, sha := range c.Args[2:] {
		if len(sha) == 40 && c.Server.Scripts().Find(string(sha)) != nil {
			c.Out.Int(1)
		} else {
			c.Out.Int(0)
		}
	}
	return nil
}

func scriptFlush(c *command.Ctx) error {
	if err := flushMode(c, "ERR SCRIPT FLUSH only support SYNC|ASYNC option"); err != nil {
		return err
	}
	c.Server.Scripts().Flush()
	c.Out.OK()
	return nil
}

// flushMode checks the word that says how to free memory, which is not ours to do.
func flushMode(c *command.Ctx, wrong command.Error) error {
	if len(c.Args) == 2 || len(c.Args) == 3 && (command.Is(c.Args[2], "ASYNC") || command.Is(c.Args[2], "SYNC")) {
		return nil
	}
	return wrong
}

func scriptLoad(c *command.Ctx) error {
	s, err := c.Server.Scripts().Script(c.Args[2], true)
	if err != nil {
		return command.Error(err.Error())
	}
	c.Out.BulkString(s.SHA)
	return nil
}

func kill(c *command.Ctx, function bool) error {
	if err := c.Server.Scripts().Kill(function); err != nil {
		return command.Error(err.Error())
	}
	c.Out.OK()
	return nil
}
