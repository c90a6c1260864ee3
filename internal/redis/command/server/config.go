package server

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/param"
)

var configSpec = &command.Spec{
	Name:       "config",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "2.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for server configuration commands",
	Sub: []*command.Spec{
		configGetSpec, configResetstatSpec, configRewriteSpec, configSetSpec,
		helpSpec("5.0.0",
			"GET <pattern>",
			"    Return parameters matching the glob-like <pattern> and their values.",
			"SET <directive> <value>",
			"    Set the configuration <directive> to <value>.",
			"RESETSTAT",
			"    Reset statistics reported by the INFO command.",
			"REWRITE",
			"    Rewrite the configuration file."),
	},
}

const configFlags = command.Admin | command.NoScript | command.Loading | command.Stale

var configGetSpec = &command.Spec{
	Name:       "get",
	Arity:      -3,
	Flags:      configFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.0.0",
	Complexity: "O(N) when N is the number of configuration parameters provided",
	Summary:    "Get the values of configuration parameters",
	Args:       []command.Arg{{Name: "parameter", Type: "string", Multiple: true}},
	Handler: func(c *command.Ctx) error {
		pairs := append(c.Server.Params().Match(c.Args[2:]...), matchModes(c)...)
		c.Out.Map(len(pairs))
		for _, pair := range pairs {
			c.Out.BulkString(pair.Name)
			c.Out.BulkString(pair.Value)
		}
		return nil
	},
}

var configSetSpec = &command.Spec{
	Name:       "set",
	Arity:      -4,
	Flags:      configFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.0.0",
	Complexity: "O(N) when N is the number of configuration parameters provided",
	Summary:    "Set configuration parameters to the given values",
	Args: []command.Arg{{Name: "parameter_value", Type: "block", Multiple: true, Args: []command.Arg{
		{Name: "parameter", Type: "string"},
		{Name: "value", Type: "string"},
	}}},
	Handler: configSet,
	Long:    true, // a change of mode is
}

func configSet(c *command.Ctx) error {
	args := c.Args[2:]
	if len(args)%2 != 0 {
		return command.ErrSyntax
	}
	if done, err := setMode(c, args); done {
		return err
	}
	pairs := make([]param.Pair, 0, len(args)/2)
	for ; len(args) > 0; args = args[2:] {
		pairs = append(pairs, param.Pair{Name: string(args[0]), Value: string(args[1])})
	}
	if err := c.Server.Params().Set(pairs); err != nil {
		return command.Errorf("ERR %s", err)
	}
	c.Out.OK()
	return nil
}

var configResetstatSpec = &command.Spec{
	Name:       "resetstat",
	Arity:      2,
	Flags:      configFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.0.0",
	Complexity: "O(1)",
	Summary:    "Reset the stats returned by INFO",
	Handler: func(c *command.Ctx) error {
		c.Server.Telemetry().Reset()
		c.Server.Keyspace().ResetStats()
		c.Out.OK()
		return nil
	},
}

var configRewriteSpec = &command.Spec{
	Name:       "rewrite",
	Arity:      2,
	Flags:      configFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "2.8.0",
	Complexity: "O(1)",
	Summary:    "Rewrite the configuration file with the in memory configuration",
	Handler: func(c *command.Ctx) error {
		if err := c.Server.RewriteConfig(); err != nil {
			return err
		}
		c.Out.OK()
		return nil
	},
}
