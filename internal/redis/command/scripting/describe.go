package scripting

import (
	"maps"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/script"
)

// describe is one library of FUNCTION LIST.
func describe(c *command.Ctx, lib *script.Library, withCode bool) {
	fields := 3
	if withCode {
		fields++
	}
	c.Out.Map(fields)
	c.Out.BulkString("library_name")
	c.Out.BulkString(lib.Name)
	c.Out.BulkString("engine")
	c.Out.BulkString("LUA")
	c.Out.BulkString("functions")
	c.Out.Array(len(lib.Functions))
	for _, name := range slices.Sorted(maps.Keys(lib.Functions)) {
		f := lib.Functions[name]
		c.Out.Map(3)
		c.Out.BulkString("name")
		c.Out.BulkString(f.Name)
		c.Out.BulkString("description")
		if f.Description == nil {
			c.Out.Null()
		} else {
			c.Out.BulkString(*f.Description)
		}
		c.Out.BulkString("flags")
		flags := f.Flags.Names()
		c.Out.Set(len(flags))
		for _, flag := range flags {
			c.Out.Simple(flag)
		}
	}
	if withCode {
		c.Out.BulkString("library_code")
		c.Out.Bulk(lib.Code)
	}
}

var functionHelp = []string{
	"LOAD [REPLACE] <FUNCTION CODE>",
	"    Create a new library with the given library name and code.",
	"DELETE <LIBRARY NAME>",
	"    Delete the given library.",
	"LIST [LIBRARYNAME PATTERN] [WITHCODE]",
	"    Return general information on all the libraries:",
	"    * Library name",
	"    * The engine used to run the Library",
	"    * Library description",
	"    * Functions list",
	"    * Library code (if WITHCODE is given)",
	"    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
	"STATS",
	"    Return information about the current function running:",
	"    * Function name",
	"    * Command used to run the function",
	"    * Duration in MS that the function is running",
	"    If no function is running, return nil",
	"    In addition, returns a list of available engines.",
	"KILL",
	"    Kill the current running function.",
	"FLUSH [ASYNC|SYNC]",
	"    Delete all the libraries.",
	"    When called without the optional mode argument, the behavior is determined by the",
	"    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
	"    * ASYNC: Asynchronously flush the libraries.",
	"    * SYNC: Synchronously flush the libraries.",
	"DUMP",
	"    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
	"RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
	"    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
	"    control how to handle existing libraries (default APPEND):",
	"    * FLUSH: delete all existing libraries.",
	"    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
	"    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
	"      libraries with the new libraries (notice that even on this option there is a chance of failure",
	"      in case of functions name collision with another library).",
}
