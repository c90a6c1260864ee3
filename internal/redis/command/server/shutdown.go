package server

import "github.com/orbit-server/orbit/internal/redis/command"

var shutdownSpec = &command.Spec{
	Name:       "shutdown",
	Arity:      -1,
	Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.NoMulti | command.AllowBusy,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Synchronously save the dataset to disk and then shut down the server",
	Args: []command.Arg{
		{Name: "nosave_save", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nosave", Type: "pure-token", Token: "NOSAVE"},
			{Name: "save", Type: "pure-token", Token: "SAVE"},
		}},
		{Name: "now", Type: "pure-token", Token: "NOW", Optional: true},
		{Name: "force", Type: "pure-token", Token: "FORCE", Optional: true},
		{Name: "abort", Type: "pure-token", Token: "ABORT", Optional: true},
	},
	Handler: shutdown,
}

// shutdown asks for the end. NOSAVE loses nothing here: what was acknowledged is
// in the log. The client gets no reply but the end of its connection.
func shutdown(c *command.Ctx) error {
	save, noSave, abort, other := false, false, false, false
	for _, arg := range c.Args[1:] {
		switch {
		case command.Is(arg, "SAVE"):
			save = true
		case command.Is(arg, "NOSAVE"):
			noSave = true
		case command.Is(arg, "ABORT"):
			abort = true
		case command.Is(arg, "NOW"), command.Is(arg, "FORCE"):
			other = true
		default:
			return command.ErrSyntax
		}
	}
	if save && noSave || abort && (save || noSave || other) {
		return command.ErrSyntax
	}
	if abort {
		return command.Errorf("ERR No shutdown in progress.")
	}
	if !c.Server.RequestShutdown() {
		return command.Errorf("ERR Errors trying to SHUTDOWN. Check logs.")
	}
	c.Session.Close()
	return nil
}
