package server

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// debugSpec is the part of DEBUG that test suites use. It runs off the event
// loop, so that DEBUG SLEEP holds up its own client only.
var debugSpec = &command.Spec{
	Name:       "debug",
	Arity:      -2,
	Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	Categories: adminSlow,
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for debugging commands",
	Long:       true,
	Handler:    debugCommand,
}

var debugHelp = []string{
	"CHANGE-REPL-ID",
	"    Accepted; there is no replication.",
	"DIGEST",
	"    Output a hex signature representing the current DB content.",
	"DIGEST-VALUE <key> [<key> ...]",
	"    Output a hex signature of the values of all the specified keys.",
	"ERROR <string>",
	"    Return an error reply with <string> as message.",
	"OBJECT <key>",
	"    Show low level info about `key` and associated value.",
	"PAUSE-CRON <0|1>",
	"    Stop (1) or go on with (0) what is done by the clock: closing idle clients,",
	"    ending pauses, sampling rates.",
	"POPULATE <count> [<prefix>] [<size>]",
	"    Create <count> string keys named <prefix>:<num>. If <prefix> is not",
	"    specified, \"key\" is used.",
	"PROTOCOL <type>",
	"    Reply with a test value of the specified type. <type> can be: string,",
	"    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
	"    true, false.",
	"REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>",
	"    For how many milliseconds the peak of a client's reply buffer counts:",
	"    for ever (NEVER), or as long as usual (RESET).",
	"REPLYBUFFER RESIZING <0|1>",
	"    Let the sizes of reply buffers follow their use (1), or not (0).",
	"QUICKLIST-PACKED-THRESHOLD <size>",
	"    Accepted; lists have no packed nodes.",
	"LOADAOF",
	"    Make the data durable on disk and read from there what is kept in memory.",
	"RELOAD [option ...]",
	"    Save the RDB file and load it back. Valid <option> values:",
	"    * MERGE: conflicting keys will be loaded from RDB.",
	"    * NOFLUSH: the existing database will not be removed before load.",
	"    * NOSAVE: the database will be loaded from an existing RDB file.",
	"SET-ACTIVE-EXPIRE <0|1>",
	"    Setting it to 0 disables expiring keys in background. Setting it to 1",
	"    reenables it.",
	"SET-DISABLE-DENY-SCRIPTS <0|1>",
	"    Let scripts call commands that are not for scripts (1), or not (0).",
	"SLEEP <seconds>",
	"    Delay the reply. Other clients are served meanwhile.",
	"STRINGMATCH-LEN <pattern> <string>",
	"    Match <string> against the glob-style <pattern>.",
}

func debugCommand(c *command.Ctx) error {
	if err := protected(c, "DEBUG", "enable-debug-command"); err != nil {
		return err
	}
	args := c.Args[1:]
	is := func(name string, n int) bool { return command.Is(args[0], name) && len(args) == n }
	switch {
	case is("HELP", 1):
		command.Help(c, debugHelp)
	case is("SLEEP", 2):
		seconds, err := strconv.ParseFloat(string(args[1]), 64)
		if err == nil && seconds > 0 {
			time.Sleep(time.Duration(min(seconds, 3600) * float64(time.Second)))
		}
		c.Out.OK()
	case is("ERROR", 2):
		return command.Error(strings.NewReplacer("\r", " ", "\n", " ").Replace(string(args[1])))
	case is("SET-ACTIVE-EXPIRE", 2):
		c.Server.Keyspace().SetActiveExpire(!command.Is(args[1], "0"))
		c.Out.OK()
	case is("SET-DISABLE-DENY-SCRIPTS", 2):
		c.Server.Scripts().AllowAll(command.Is(args[1], "1"))
		c.Out.OK()
	case is("PAUSE-CRON", 2):
		c.Server.StopHousekeeping(!command.Is(args[1], "0"))
		c.Out.OK()
	case is("REPLYBUFFER", 3):
		return debugReplyBuffer(c, args[1], args[2])
	case is("CHANGE-REPL-ID", 1), is("QUICKLIST-PACKED-THRESHOLD", 2):
		c.Out.OK()
	case command.Is(args[0], "POPULATE") && len(args) >= 2 && len(args) <= 4:
		return debugPopulate(c, args[1:])
	case command.Is(args[0], "RELOAD"):
		return debugReload(c, args[1:])
	case is("LOADAOF", 1):
		return debugLoadAOF(c)
	case is("STRINGMATCH-LEN", 3):
		c.Out.Bool(glob.Match(args[1], args[2]))
	case command.Is(args[0], "DIGEST-VALUE"):
		return debugDigestValue(c)
	case is("DIGEST", 1):
		return debugDigest(c)
	case is("OBJECT", 2):
		return debugObject(c)
	case is("PROTOCOL", 2):
		return debugProtocol(c, strings.ToLower(string(args[1])))
	default:
		return command.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try DEBUG HELP.", args[0])
	}
	return nil
}

func debugReplyBuffer(c *command.Ctx, what, value []byte) error {
	switch {
	case command.Is(what, "RESIZING"):
		c.Server.ResizeReplies(!command.Is(value, "0"))
	case !command.Is(what, "PEAK-RESET-TIME"):
		return command.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try DEBUG HELP.", c.Args[1])
	case command.Is(value, "NEVER"):
		c.Server.TuneReplies(-1)
	case command.Is(value, "RESET"):
		c.Server.TuneReplies(command.ReplyPeakReset)
	default:
		ms, err := command.ParseInt(value)
		if err != nil {
			return err
		}
		c.Server.TuneReplies(ms)
	}
	c.Out.OK()
	return nil
}

// protected obeys the parameter that says who may run a command.
func protected(c *command.Ctx, name, param string) error {
	allowed := c.Server.Params().Text(param)
	if allowed == "local" {
		addr := c.Session.Info().Addr
		if addr == command.LocalAddr {
			return nil
		}
		host, _, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsLoopback() {
			return nil
		}
	}
	if allowed == "yes" {
		return nil
	}
	return command.Errorf("ERR %s command not allowed. If the %s option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.", name, param)
}

func debugObject(c *command.Ctx) error {
	key, err := c.Keys.Peek(c.DB, c.Args[2])
	if err != nil {
		return err
	}
	if !key.Stored() {
		return command.ErrNoSuchKey
	}
	// OBJECT ENCODING knows; its key is where DEBUG OBJECT's is.
	encoding := "raw"
	if spec := c.Server.Registry().Find("object|encoding"); spec != nil && key.Exists() {
		ask := *c
		ask.Spec, ask.Out = spec, &resp.Writer{}
		if err := spec.Handler(&ask); err != nil {
			return err
		}
		if lines := strings.Split(string(ask.Out.Buf), "\r\n"); len(lines) > 1 {
			encoding = lines[1]
		}
	}
	idle, ok := c.Keys.IdleSeconds(c.Args[2])
	if !ok { // uses are counted instead
		idle = 0
	}
	lru := (c.Keys.Now()/1000 - idle) & (1<<24 - 1) // LRU_BITS
	c.Out.Simple(fmt.Sprintf("Value at:0x0 refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		encoding, key.Size, lru, idle))
	return nil
}

func debugProtocol(c *command.Ctx, kind string) error {
	out := c.Out
	switch kind {
	case "string":
		out.BulkString("Hello World")
	case "integer":
		out.Int(12345)
	case "double":
		out.Double(3.141)
	case "null":
		out.Null()
	case "bignum":
		out.BigNumber("1234567999999999999999999999999999999")
	case "array":
		out.Array(3)
		for i := range int64(3) {
			out.Int(i)
		}
	case "set":
		out.Set(3)
		for i := range int64(3) {
			out.Int(i)
		}
	case "map":
		out.Map(3)
		for i := range int64(3) {
			out.Int(i)
			out.Bool(i == 1)
		}
	case "push":
		if out.Proto < 3 {
			return command.Errorf("ERR RESP2 is not supported by this command")
		}
		out.Push(2)
		out.BulkString("server-cpu-usage")
		out.Int(42)
	case "attrib":
		if out.Proto >= 3 { // RESP2 has no attributes: they are left out
			out.Raw([]byte("|1\r\n"))
			out.BulkString("key-popularity")
			out.Array(2)
			out.BulkString("key:123")
			out.Int(90)
		}
		out.BulkString("Some real reply following the attribute")
	case "verbatim":
		out.Verbatim("txt", "This is a verbatim\nstring")
	case "true", "false":
		out.Bool(kind == "true")
	default:
		return command.Errorf("ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	}
	return nil
}
