package scripting

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	runSpec("eval", "2.6.0", "Execute a Lua script server side", "script", eval, false),
	runSpec("eval_ro", "7.0.0", "Execute a read-only Lua script server side", "script", eval, true),
	runSpec("evalsha", "2.6.0", "Execute a Lua script server side", "sha1", evalSHA, false),
	runSpec("evalsha_ro", "7.0.0", "Execute a read-only Lua script server side", "sha1", evalSHA, true),
	runSpec("fcall", "7.0.0", "Invoke a function", "function", fcall, false),
	runSpec("fcall_ro", "7.0.0", "Invoke a read-only function", "function", fcall, true),
	functionSpec, scriptSpec,
}

var slow = []string{"slow", "scripting"}

// runSpec is a command that runs a script or function.
func runSpec(name, since, summary, what string, run func(c *command.Ctx, readOnly bool) error, readOnly bool) *command.Spec {
	flags := command.NoScript | command.Stale | command.SkipMonitor | command.MovableKeys | command.NoMandatoryKeys
	if readOnly {
		flags |= command.ReadOnly
	} else {
		flags |= command.MayReplicate
	}
	return &command.Spec{
		Name: name, Arity: -3, Flags: flags, Keys: countedKeys, Categories: slow, Group: "scripting", Since: since,
		Complexity: "Depends on the script that is executed.", Summary: summary,
		Args: []command.Arg{
			{Name: what, Type: "string"},
			{Name: "numkeys", Type: "integer"},
			{Name: "key", Type: "key", KeySpec: 1, Optional: true, Multiple: true},
			{Name: "arg", Type: "string", Optional: true, Multiple: true},
		},
		Long: true, Exclusive: true, Nests: true,
		Handler: func(c *command.Ctx) error { return run(c, readOnly) },
	}
}

// countedKeys finds the keys; a number that is wrong is for the handler to tell.
func countedKeys(args [][]byte) ([]int, error) {
	n, err := command.ParseInt(args[2])
	if err != nil || n <= 0 || n > int64(len(args)-3) {
		return nil, nil //nolint:nilerr // see above
	}
	keys := make([]int, n)
	for i := range keys {
		keys[i] = 3 + i
	}
	return keys, nil
}

// sub is a subcommand that neither runs scripts nor changes libraries.
func sub(name string, arity int, flags command.Flag, since, complexity, summary string, args []command.Arg, handler func(*command.Ctx) error) *command.Spec {
	return &command.Spec{
		Name: name, Arity: arity, Flags: command.NoScript | flags, Categories: slow, Group: "scripting", Since: since,
		Complexity: complexity, Summary: summary, Args: args, Handler: handler,
	}
}

// changes is a subcommand that changes libraries.
func changes(name string, arity int, flags command.Flag, complexity, summary string, args []command.Arg, handler func(*command.Ctx) error) *command.Spec {
	s := sub(name, arity, command.Write|flags, "7.0.0", complexity, summary, args, handler)
	s.Categories = []string{"write", "slow", "scripting"}
	s.Long, s.Exclusive, s.Nests = true, true, true
	return s
}

var flushArgs = []command.Arg{{Name: "async", Type: "oneof", Optional: true, Args: []command.Arg{
	{Name: "async", Type: "pure-token", Token: "ASYNC"},
	{Name: "sync", Type: "pure-token", Token: "SYNC"},
}}}

// help is a container's HELP.
func help(since string, lines ...string) *command.Spec {
	s := sub("help", 2, command.Loading|command.Stale, since, "O(1)", "Show helpful text about the different subcommands", nil,
		func(c *command.Ctx) error {
			command.Help(c, lines)
			return nil
		})
	s.Flags &^= command.NoScript
	return s
}
