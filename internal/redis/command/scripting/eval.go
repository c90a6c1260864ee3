package scripting

import (
	"errors"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/script"
)

const (
	errNoScript    command.Error = "NOSCRIPT No matching script. Please use EVAL."
	errManyKeys    command.Error = "ERR Number of keys can't be greater than number of args"
	errNegKeys     command.Error = "ERR Number of keys can't be negative"
	errKeyCount    command.Error = "ERR Bad number of keys provided"
	errNoFunction  command.Error = "ERR Function not found"
	errScriptOOM   command.Error = "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
	errWriteScript command.Error = "ERR Can not execute a script with write flag using *_ro command."
)

func eval(c *command.Ctx, readOnly bool) error {
	keys, err := keyCount(c, command.ErrNotInteger)
	if err != nil {
		return err
	}
	s, err := c.Server.Scripts().Script(c.Args[1], false)
	if err != nil {
		return command.Error(err.Error())
	}
	return runScript(c, s, keys, readOnly)
}

func evalSHA(c *command.Ctx, readOnly bool) error {
	if len(c.Args[1]) != 40 {
		return errNoScript
	}
	keys, err := keyCount(c, command.ErrNotInteger)
	if err != nil {
		return err
	}
	s := c.Server.Scripts().Find(string(c.Args[1]))
	if s == nil {
		return errNoScript
	}
	return runScript(c, s, keys, readOnly)
}

// keyCount reads the number of keys that follow.
func keyCount(c *command.Ctx, malformed error) (int, error) {
	n, err := command.ParseInt(c.Args[2])
	switch {
	case err != nil:
		return 0, malformed
	case n > int64(len(c.Args)-3):
		return 0, errManyKeys
	case n < 0:
		return 0, errNegKeys
	}
	return int(n), nil
}

func runScript(c *command.Ctx, s *script.Script, keys int, readOnly bool) error {
	readOnly, err := mayRun(c, s.Flags, readOnly)
	if err != nil {
		return err
	}
	return run(c, s.Flags, keys, readOnly, func(call *script.Call) error { return c.Server.Scripts().Eval(s, call) })
}

func fcall(c *command.Ctx, readOnly bool) error {
	f := c.Server.Scripts().Function(string(c.Args[1]))
	if f == nil {
		return errNoFunction
	}
	keys, err := keyCount(c, errKeyCount)
	if err != nil {
		return err
	}
	if readOnly, err = mayRun(c, f.Flags, readOnly); err != nil {
		return err
	}
	return run(c, f.Flags, keys, readOnly, func(call *script.Call) error { return c.Server.Scripts().Call(f, call) })
}

// mayRun checks a script's flags, and says whether it may only read.
func mayRun(c *command.Ctx, flags script.Flags, readOnly bool) (bool, error) {
	if flags&script.Compatible != 0 {
		return readOnly, nil
	}
	if flags&script.AllowStale == 0 && stale(c) {
		return false, errStaleScript
	}
	if flags&script.NoWrites == 0 && isReadOnly(c) {
		return false, errReadOnlyReplica
	}
	if readOnly && flags&script.NoWrites == 0 {
		return false, errWriteScript
	}
	if flags&script.NoWrites == 0 && c.Server.TooFewReplicas() {
		return false, command.ErrNoReplicas
	}
	if flags&(script.NoWrites|script.AllowOOM) == 0 && outOfMemory(c) {
		return false, errScriptOOM
	}
	return readOnly || flags&script.NoWrites != 0, nil
}

const (
	errStaleScript     command.Error = "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on the script."
	errReadOnlyReplica command.Error = "READONLY Can not run script with write flag on readonly replica"
)

// isReadOnly and stale are what the server's role forbids whoever runs a script.
func isReadOnly(c *command.Ctx) bool { return c.Session != nil && c.Session.ReadOnly() }

func stale(c *command.Ctx) bool { return c.Session != nil && c.Session.Stale() }

// Rights are the flags of a command that the server's role depends on: Write and
// Stale. Those of a script that says what it does are its own.
func Rights(engine *script.Engine, spec *command.Spec, args [][]byte) command.Flag {
	rights := spec.Flags & (command.Write | command.Stale)
	if !spec.Nests || len(args) < 2 {
		return rights
	}
	flags, known := flagsOf(engine, spec, args)
	if !known || flags&script.Compatible != 0 {
		return rights
	}
	rights = 0
	if flags&script.NoWrites == 0 {
		rights |= command.Write
	}
	if flags&script.AllowStale != 0 {
		rights |= command.Stale
	}
	return rights
}

// flagsOf are the flags of the script or function that a command runs; false if
// there is no such.
func flagsOf(engine *script.Engine, spec *command.Spec, args [][]byte) (script.Flags, bool) {
	switch spec.Name {
	case "eval", "eval_ro":
		return engine.FlagsOf(args[1]), true
	case "evalsha", "evalsha_ro":
		if s := engine.Find(string(args[1])); s != nil {
			return s.Flags, true
		}
	case "fcall", "fcall_ro":
		if f := engine.Function(string(args[1])); f != nil {
			return f.Flags, true
		}
	}
	return 0, false
}

// ReadsOnly reports whether a command runs a script that says of itself that it
// does not write.
func ReadsOnly(engine *script.Engine, spec *command.Spec, args [][]byte) bool {
	flags, _ := flagsOf(engine, spec, args)
	return flags&script.NoWrites != 0
}

// outOfMemory reports whether the script's command began above maxmemory.
func outOfMemory(c *command.Ctx) bool {
	n, ok := c.Session.(command.Nester)
	return ok && n.OutOfMemory()
}

// run runs a script with a host for its commands.
func run(c *command.Ctx, flags script.Flags, keys int, readOnly bool, start func(*script.Call) error) error {
	h := newHost(c, readOnly)
	h.refusesOOM = flags&script.AllowOOM == 0 && outOfMemory(c)
	err := start(&script.Call{
		Keys: c.Args[3 : 3+keys], Args: c.Args[3+keys:], Host: h, Command: c.Args, Out: c.Out,
	})
	if h.panicked != nil {
		panic(h.panicked) // the commands' caller knows what to do
	}
	if err == nil {
		return nil
	}
	var failed *script.Error
	if errors.As(err, &failed) && failed.Aborted {
		if err := c.Keys.Abort(); err != nil {
			return err
		}
	}
	return reply{err}
}

// reply is an error reply just as it is, whether it begins with a code or not.
type reply struct{ error }

// As makes it the Error that is replied.
func (r reply) As(target any) bool {
	t, ok := target.(*command.Error)
	if ok {
		*t = command.Error(r.Error())
	}
	return ok
}

// Counted is command.Counted's.
func (r reply) Counted() bool {
	c, ok := r.error.(command.Counted)
	return ok && c.Counted()
}

var _ command.Counted = reply{}
