package scripting

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{functionSpec, scriptSpec}

var slow = []string{"slow", "scripting"}

func sub(name string, arity int, since, complexity, summary string, args []command.Arg, handler func(*command.Ctx) error) *command.Spec {
	return &command.Spec{
		Name: name, Arity: arity, Flags: command.NoScript, Categories: slow, Group: "scripting", Since: since,
		Complexity: complexity, Summary: summary, Args: args, Handler: handler,
	}
}

func unsupported(what string) func(*command.Ctx) error {
	return func(*command.Ctx) error { return command.ErrNotSupported(what) }
}

func empty(c *command.Ctx) error {
	c.Out.Array(0)
	return nil
}

// flush forgets nothing, for there is nothing.
func flush(wrong command.Error) func(*command.Ctx) error {
	return func(c *command.Ctx) error {
		if len(c.Args) > 3 || len(c.Args) == 3 && !command.Is(c.Args[2], "ASYNC") && !command.Is(c.Args[2], "SYNC") {
			return wrong
		}
		c.Out.OK()
		return nil
	}
}

func notRunning(c *command.Ctx) error {
	return command.Errorf("NOTBUSY No scripts in execution right now.")
}

var flushArgs = []command.Arg{{Name: "async", Type: "oneof", Optional: true, Args: []command.Arg{
	{Name: "async", Type: "pure-token", Token: "ASYNC"},
	{Name: "sync", Type: "pure-token", Token: "SYNC"},
}}}

var functionSpec = &command.Spec{
	Name:       "function",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "scripting",
	Since:      "7.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for function commands",
	Sub: []*command.Spec{
		sub("delete", 3, "7.0.0", "O(1)", "Delete a function by name",
			[]command.Arg{{Name: "library-name", Type: "string"}}, func(*command.Ctx) error {
				return command.Errorf("ERR Library not found")
			}),
		sub("flush", -2, "7.0.0", "O(1)", "Deleting all functions", flushArgs,
			flush("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")),
		sub("kill", 2, "7.0.0", "O(1)", "Kill the function currently in execution.", nil, notRunning),
		sub("list", -2, "7.0.0", "O(1)", "List information about all the functions", []command.Arg{
			{Name: "library-name-pattern", Type: "string", Token: "LIBRARYNAME", Optional: true},
			{Name: "withcode", Type: "pure-token", Token: "WITHCODE", Optional: true},
		}, empty),
		sub("load", -3, "7.0.0", "O(1)", "Create a function with the given arguments (name, code, description)", []command.Arg{
			{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
			{Name: "function-code", Type: "string"},
		}, unsupported("FUNCTION LOAD")),
	},
}

var scriptSpec = &command.Spec{
	Name:       "script",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "scripting",
	Since:      "2.6.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for Lua scripts management commands",
	Sub: []*command.Spec{
		sub("exists", -3, "2.6.0", "O(N) with N being the number of scripts to check",
			"Check existence of scripts in the script cache.",
			[]command.Arg{{Name: "sha1", Type: "string", Multiple: true}}, func(c *command.Ctx) error {
				c.Out.Array(len(c.Args) - 2)
				for range c.Args[2:] {
					c.Out.Int(0)
				}
				return nil
			}),
		sub("flush", -2, "2.6.0", "O(1)", "Remove all the scripts from the script cache.", flushArgs,
			flush("ERR SCRIPT FLUSH only support SYNC|ASYNC option")),
		sub("kill", 2, "2.6.0", "O(1)", "Kill the script currently in execution.", nil, notRunning),
		sub("load", 3, "2.6.0", "O(1)", "Load the specified Lua script into the script cache.",
			[]command.Arg{{Name: "script", Type: "string"}}, unsupported("SCRIPT LOAD")),
	},
}
