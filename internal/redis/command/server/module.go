package server

import "github.com/orbit-server/orbit/internal/redis/command"

// moduleSpec is MODULE. There are no modules: they are libraries in C, which the
// process cannot load.
var moduleSpec = &command.Spec{
	Name:       "module",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "4.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for module commands",
	Sub: []*command.Spec{
		helpSpec("5.0.0",
			"LIST",
			"    Return a list of loaded modules.",
			"LOAD <path> [<arg> ...]",
			"    Load a module library from <path>, passing to it any optional arguments.",
			"LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
			"    Load a module library from <path>, while passing it module configurations and optional arguments.",
			"UNLOAD <name>",
			"    Unload a module.",
		),
		moduleListSpec, moduleLoadSpec, moduleLoadexSpec, moduleUnloadSpec,
	},
}

var moduleListSpec = &command.Spec{
	Name:       "list",
	Arity:      2,
	Flags:      command.Admin | command.NoScript,
	Categories: adminSlow,
	Group:      "server",
	Since:      "4.0.0",
	Complexity: "O(N) where N is the number of loaded modules.",
	Summary:    "List all modules loaded by the server",
	Handler: func(c *command.Ctx) error {
		c.Out.Array(0)
		return nil
	},
}

const moduleFlags = command.NoAsyncLoading | command.Admin | command.NoScript

var moduleLoadSpec = &command.Spec{
	Name:       "load",
	Arity:      -3,
	Flags:      moduleFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "4.0.0",
	Complexity: "O(1)",
	Summary:    "Load a module",
	Args: []command.Arg{
		{Name: "path", Type: "string"},
		{Name: "arg", Type: "string", Optional: true, Multiple: true},
	},
	Handler: loadModule,
}

var moduleLoadexSpec = &command.Spec{
	Name:       "loadex",
	Arity:      -3,
	Flags:      moduleFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "7.0.0",
	Complexity: "O(1)",
	Summary:    "Load a module with extended parameters",
	Args: []command.Arg{
		{Name: "path", Type: "string"},
		{Name: "configs", Type: "block", Token: "CONFIG", Optional: true, Multiple: true, MultipleToken: true, Args: []command.Arg{
			{Name: "name", Type: "string"},
			{Name: "value", Type: "string"},
		}},
		{Name: "args", Type: "block", Token: "ARGS", Optional: true, Multiple: true, Args: []command.Arg{
			{Name: "arg", Type: "string"},
		}},
	},
	Handler: loadModule,
}

var moduleUnloadSpec = &command.Spec{
	Name:       "unload",
	Arity:      3,
	Flags:      moduleFlags,
	Categories: adminSlow,
	Group:      "server",
	Since:      "4.0.0",
	Complexity: "O(1)",
	Summary:    "Unload a module",
	Args:       []command.Arg{{Name: "name", Type: "string"}},
	Handler: func(c *command.Ctx) error {
		if err := protected(c, "MODULE", "enable-module-command"); err != nil {
			return err
		}
		return command.Errorf("ERR Error unloading module: no such module with that name")
	},
}

func loadModule(c *command.Ctx) error {
	if err := protected(c, "MODULE", "enable-module-command"); err != nil {
		return err
	}
	return command.ErrNotSupported("loading modules")
}
