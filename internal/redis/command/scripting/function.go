package scripting

import (
	"bytes"
	"errors"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/redis/script"
)

var functionSpec = &command.Spec{
	Name:       "function",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "scripting",
	Since:      "7.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for function commands",
	Sub: []*command.Spec{
		changes("delete", 3, 0, "O(1)", "Delete a function by name",
			[]command.Arg{{Name: "library-name", Type: "string"}}, functionDelete),
		sub("dump", 2, 0, "7.0.0", "O(N) where N is the number of functions", "Dump all functions into a serialized binary payload",
			nil, functionDump),
		changes("flush", -2, 0, "O(N) where N is the number of functions deleted", "Deleting all functions", flushArgs, functionFlush),
		help("7.0.0", functionHelp...),
		sub("kill", 2, command.AllowBusy, "7.0.0", "O(1)", "Kill the function currently in execution.", nil,
			func(c *command.Ctx) error { return kill(c, true) }),
		sub("list", -2, 0, "7.0.0", "O(N) where N is the number of functions", "List information about all the functions", []command.Arg{
			{Name: "library-name-pattern", Type: "string", Token: "LIBRARYNAME", Optional: true},
			{Name: "withcode", Type: "pure-token", Token: "WITHCODE", Optional: true},
		}, functionList),
		changes("load", -3, command.DenyOOM, "O(1) (considering compilation time is redundant)",
			"Create a function with the given arguments (name, code, description)", []command.Arg{
				{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
				{Name: "function-code", Type: "string"},
			}, functionLoad),
		changes("restore", -3, command.DenyOOM, "O(N) where N is the number of functions on the payload",
			"Restore all the functions on the given payload", []command.Arg{
				{Name: "serialized-value", Type: "string"},
				{Name: "policy", Type: "oneof", Optional: true, Args: []command.Arg{
					{Name: "flush", Type: "pure-token", Token: "FLUSH"},
					{Name: "append", Type: "pure-token", Token: "APPEND"},
					{Name: "replace", Type: "pure-token", Token: "REPLACE"},
				}},
			}, functionRestore),
		sub("stats", 2, command.AllowBusy, "7.0.0", "O(1)", "Return information about the function currently running (name, description, duration)",
			nil, functionStats),
	},
}

func functionLoad(c *command.Ctx) error {
	policy := script.Append
	at := 2
	for ; at < len(c.Args)-1; at++ {
		if !command.Is(c.Args[at], "REPLACE") {
			return command.Errorf("ERR Unknown option given: %s", c.Args[at])
		}
		policy = script.Replace
	}
	change, err := c.Server.Scripts().Load([][]byte{c.Args[at]}, policy)
	if err != nil {
		return command.Error(err.Error())
	}
	if err := Commit(c, change); err != nil {
		return err
	}
	c.Out.BulkString(change.Set[0].Name)
	return nil
}

func functionDelete(c *command.Ctx) error {
	change, err := c.Server.Scripts().Delete(string(c.Args[2]))
	if err != nil {
		return command.Error(err.Error())
	}
	return done(c, Commit(c, change))
}

func functionFlush(c *command.Ctx) error {
	if len(c.Args) > 3 {
		return command.ErrSubcommand(c)
	}
	if err := flushMode(c, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"); err != nil {
		return err
	}
	change, err := c.Server.Scripts().Load(nil, script.Flush)
	if err != nil {
		return err
	}
	c.PropagateAlways()
	return done(c, Commit(c, change))
}

func functionRestore(c *command.Ctx) error {
	if len(c.Args) > 4 {
		return command.ErrSubcommand(c)
	}
	policy := script.Append
	if len(c.Args) == 4 {
		switch {
		case command.Is(c.Args[3], "APPEND"):
		case command.Is(c.Args[3], "REPLACE"):
			policy = script.Replace
		case command.Is(c.Args[3], "FLUSH"):
			policy = script.Flush
		default:
			return command.Errorf("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
		}
	}
	codes, err := rdb.DecodeFunctions(c.Args[2])
	switch {
	case errors.Is(err, rdb.ErrFooter):
		return command.Errorf("ERR DUMP payload version or checksum are wrong")
	case err != nil:
		return command.Errorf("ERR given type is not a function")
	}
	change, err := c.Server.Scripts().Load(codes, policy)
	var taken script.TakenError
	switch {
	case errors.As(err, &taken):
		return command.Errorf("ERR Library %s already exists", string(taken))
	case err != nil:
		return command.Error(err.Error())
	}
	return done(c, Commit(c, change))
}

func done(c *command.Ctx, err error) error {
	if err == nil {
		c.Out.OK()
	}
	return err
}

func functionDump(c *command.Ctx) error {
	var codes [][]byte
	for _, lib := range c.Server.Scripts().Libraries() {
		codes = append(codes, lib.Code)
	}
	c.Out.Bulk(rdb.EncodeFunctions(codes))
	return nil
}

func functionStats(c *command.Ctx) error {
	engine := c.Server.Scripts()
	c.Out.Map(2)
	c.Out.BulkString("running_script")
	if r := engine.Current(); r == nil {
		c.Out.Null()
	} else {
		c.Out.Map(3)
		c.Out.BulkString("name")
		c.Out.BulkString(r.Name)
		c.Out.BulkString("command")
		c.Out.Array(len(r.Command))
		for _, word := range r.Command {
			c.Out.Bulk(word)
		}
		c.Out.BulkString("duration_ms")
		c.Out.Int(int64(r.For() / time.Millisecond))
	}
	libraries := engine.Libraries()
	functions := 0
	for _, lib := range libraries {
		functions += len(lib.Functions)
	}
	c.Out.BulkString("engines")
	c.Out.Map(1)
	c.Out.BulkString("LUA")
	c.Out.Map(2)
	c.Out.BulkString("libraries_count")
	c.Out.Int(int64(len(libraries)))
	c.Out.BulkString("functions_count")
	c.Out.Int(int64(functions))
	return nil
}

func functionList(c *command.Ctx) error {
	var pattern []byte
	withCode := false
	for i := 2; i < len(c.Args); i++ {
		switch {
		case !withCode && command.Is(c.Args[i], "WITHCODE"):
			withCode = true
		case pattern == nil && command.Is(c.Args[i], "LIBRARYNAME"):
			if i++; i == len(c.Args) {
				return command.Errorf("ERR library name argument was not given")
			}
			pattern = c.Args[i]
		default:
			return command.Errorf("ERR Unknown argument %s", c.Args[i])
		}
	}
	list := c.Out.Later()
	n := 0
	for _, lib := range c.Server.Scripts().Libraries() {
		if pattern == nil || glob.MatchFold(pattern, []byte(lib.Name)) {
			describe(c, lib, withCode)
			n++
		}
	}
	c.Out.Close(list, n)
	return nil
}

// Commit stores a change with the command's writes and puts it in force.
func Commit(c *command.Ctx, change *script.Change) error {
	for _, name := range change.Deleted {
		if err := c.Keys.DeleteBlob(keyspace.LibraryBlobs + name); err != nil {
			return err
		}
	}
	for _, lib := range change.Set {
		if err := c.Keys.SetBlob(keyspace.LibraryBlobs+lib.Name, lib.Code); err != nil {
			return err
		}
	}
	c.Server.Scripts().Commit(change)
	return nil
}

// Restore loads the libraries that a keyspace holds into an engine that has none.
func Restore(engine *script.Engine, keys *keyspace.Keyspace) error {
	change, err := stored(engine, keys.NewRun())
	if err != nil || len(change.Set) == 0 {
		return err
	}
	engine.Commit(change)
	return nil
}

// Reload makes the libraries be those that the keyspace holds.
func Reload(c *command.Ctx) error {
	change, err := stored(c.Server.Scripts(), c.Keys)
	if err == nil {
		c.Server.Scripts().Commit(change)
	}
	return err
}

// stored is the change to the libraries that a keyspace holds.
func stored(engine *script.Engine, run *keyspace.Run) (*script.Change, error) {
	var codes [][]byte
	err := run.EachBlob(keyspace.LibraryBlobs, func(_ string, code []byte) error {
		codes = append(codes, bytes.Clone(code))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return engine.Load(codes, script.Flush)
}
