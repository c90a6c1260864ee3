package server

import (
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// The connection, transaction and server commands reply as redis-server does,
// errors included, in both protocols.
func TestRepliesEqualRedisServer(t *testing.T) {
	lines := []string{
		"PING", "PING a", "PING a b", "ECHO", "ECHO hi", "NOSUCH", "NOSUCH a b c", "GET", "SELECT 99", "SELECT a", "SELECT -1", "SELECT 1", "SELECT 0",
		"AUTH a", "AUTH a b", "AUTH a b c", "AUTH default x", "HELLO 9", "HELLO x", "HELLO 2 foo", "HELLO 4", `HELLO 2 SETNAME "a b"`,
		"CLIENT", "CLIENT foo", "CLIENT KILL", "CLIENT KILL foo", "CLIENT KILL ID 99", "CLIENT KILL foo bar", "CLIENT KILL ID x", "CLIENT KILL TYPE foo",
		"CLIENT KILL USER foo", "CLIENT KILL SKIPME foo", "CLIENT LIST TYPE foo", "CLIENT LIST foo", "CLIENT LIST ID a", "CLIENT GETNAME",
		`CLIENT SETNAME "a b"`, "CLIENT SETNAME me", "CLIENT GETNAME", "CLIENT PAUSE x", "CLIENT PAUSE -1", "CLIENT PAUSE 1 foo", "CLIENT UNPAUSE",
		"CLIENT UNBLOCK 99", "CLIENT UNBLOCK 99 foo", "CLIENT NO-EVICT foo", "CLIENT NO-EVICT on", "CLIENT REPLY foo", "CLIENT CACHING yes",
		"CLIENT TRACKINGINFO", "CLIENT GETREDIR", "CLIENT TRACKING off",
		"EXEC", "DISCARD", "WATCH", "WATCH a", "UNWATCH", "MULTI", "MULTI", "WATCH a", "SET a 1", "INCR a", "LPUSH a x", "PING", "EXEC",
		"MULTI", "NOSUCH", "EXEC", "MULTI", "GET", "SET a 2", "EXEC", "MULTI", "SAVE", "EXEC", "MULTI", "DISCARD", "GET a",
		"SET a 1", "WATCH a", "SET a 2", "MULTI", "PING", "EXEC",
		"DBSIZE", "DBSIZE x", "FLUSHALL foo", "FLUSHALL ASYNC", "FLUSHDB SYNC", "FLUSHDB", "SWAPDB 0 99", "SWAPDB a 1", "SWAPDB 0 b", "SWAPDB 0 1", "SWAPDB 1 0",
		"COMMAND COUNT x", "COMMAND foo", "COMMAND GETKEYS GET k", "COMMAND GETKEYS MSET a b c d", "COMMAND GETKEYS ZUNION 2 a b",
		"COMMAND GETKEYS GET a b", "COMMAND GETKEYS NOSUCH a", "COMMAND GETKEYS PING a", "COMMAND LIST FILTERBY MODULE x", "COMMAND LIST FILTERBY foo x",
		"COMMAND LIST FILTERBY PATTERN ping*", "COMMAND DOCS nosuch", "COMMAND INFO nosuch", "COMMAND INFO ping", "COMMAND INFO get",
		"COMMAND GETKEYSANDFLAGS SET k v", "COMMAND GETKEYSANDFLAGS SET k v GET", "COMMAND GETKEYSANDFLAGS MSET a 1 b 2",
		"COMMAND GETKEYSANDFLAGS LMOVE a b left right", "COMMAND GETKEYSANDFLAGS SORT a STORE b", "COMMAND GETKEYSANDFLAGS XREAD STREAMS a b 0 0",
		"COMMAND GETKEYSANDFLAGS EVAL s 2 a b", "COMMAND GETKEYSANDFLAGS ZUNIONSTORE d 2 a b", "COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0",
		"COMMAND GETKEYSANDFLAGS BITFIELD k SET u8 0 1", "COMMAND GETKEYS XGROUP CREATE k g $", "COMMAND GETKEYS EVAL s 0", "COMMAND GETKEYS PING",
		"CLUSTER", "CLUSTER INFO", "CLUSTER HELP", "CLUSTER bogus", "READONLY", "READWRITE", "ASKING",
		"CONFIG foo", "CONFIG GET timeout", "CONFIG GET TIMEOUT", "CONFIG GET nosuch", "CONFIG SET a", "CONFIG SET a b",
		"CONFIG SET timeout x", "CONFIG SET timeout 5 timeout 6", "CONFIG SET maxmemory-policy foo", "CONFIG SET maxmemory 1xb", "CONFIG SET timeout -1",
		"CONFIG SET databases 5", "CONFIG SET activerehashing maybe", "CONFIG SET timeout 7 nosuch 1", "CONFIG GET timeout", "CONFIG SET timeout 0 hz 20",
		"CONFIG GET hz", "CONFIG SET notify-keyspace-events KEA", "CONFIG GET notify-keyspace-events", "CONFIG SET notify-keyspace-events Q",
		"CONFIG SET save x", `CONFIG SET save "60 1"`, "CONFIG GET save", `CONFIG SET save ""`, `CONFIG SET client-output-buffer-limit "normal 1mb 0 5"`,
		"CONFIG GET client-output-buffer-limit", "CONFIG REWRITE", "CONFIG RESETSTAT", "CONFIG HELP",
		"SLOWLOG GET -2", "SLOWLOG GET x", "SLOWLOG RESET", "SLOWLOG LEN", "SLOWLOG GET", "SLOWLOG foo", "SLOWLOG HELP",
		"LATENCY LATEST", "LATENCY HISTORY x", "LATENCY RESET", "LATENCY GRAPH x", "LATENCY HISTOGRAM nosuch", "LATENCY HELP",
		"MEMORY USAGE nokey", "MEMORY USAGE a SAMPLES x", "MEMORY foo", "ROLE", "REPLICAOF NO ONE", "REPLICAOF a", "SAVE x", "TIME x", "LASTSAVE x",
		"WAIT 0 0", "WAIT x 0", "WAIT 0 x", "WAIT 0 -1", "WAIT 0", "WAIT 1 10", "REPLCONF a", "REPLCONF a b", "REPLCONF listening-port x", "REPLCONF listening-port 1",
		"REPLCONF rdb-only 2", "PSYNC", "SYNC x", "SHUTDOWN foo", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT", "DEBUG foo", "DEBUG OBJECT nokey", "DEBUG SLEEP 0", "DEBUG SET-ACTIVE-EXPIRE 1",
		"DEBUG PROTOCOL string", "DEBUG PROTOCOL integer", "DEBUG PROTOCOL double", "DEBUG PROTOCOL null", "DEBUG PROTOCOL array", "DEBUG PROTOCOL set",
		"DEBUG PROTOCOL map", "DEBUG PROTOCOL verbatim", "DEBUG PROTOCOL bignum", "DEBUG PROTOCOL true", "DEBUG PROTOCOL false", "DEBUG PROTOCOL foo",
		"ACL WHOAMI", "ACL USERS", "ACL LIST", "ACL CAT", "ACL CAT nosuch", "ACL GETUSER default", "ACL GETUSER nosuch", "ACL foo", "ACL GENPASS 0", "ACL GENPASS x",
		"SCRIPT EXISTS a b", "SCRIPT FLUSH", "SCRIPT FLUSH foo", "SCRIPT KILL", "FUNCTION LIST", "FUNCTION FLUSH", "FUNCTION FLUSH foo", "FUNCTION DELETE x", "FUNCTION KILL",
		"FAILOVER", "FAILOVER ABORT", "FAILOVER TO h x", "FAILOVER TO h 1 FORCE", "FAILOVER TIMEOUT 0", "FAILOVER TIMEOUT x", "FAILOVER foo",
		"MODULE", "MODULE LIST", "MODULE LOAD x", "MODULE LOADEX x", "MODULE UNLOAD x", "MODULE HELP", "MODULE foo",
		"RESTORE-ASKING k 0 x", "RESTORE-ASKING k 0", "LATENCY DOCTOR",
		"SADD ints 1 2 3", "OBJECT ENCODING ints", "SADD ints a", "SREM ints a", "OBJECT ENCODING ints", "EXPIRE ints 1000", "RENAME ints was", "OBJECT ENCODING was",
		"SADD odd 007 -0 +1", "SREM odd 007 +1", "SADD odd 5", "OBJECT ENCODING odd", "SUNIONSTORE copied ints odd", "SADD copied -9223372036854775808", "OBJECT ENCODING copied",
		"SET str 1234", "SETRANGE str 0 \"\"", "OBJECT ENCODING str", "SETRANGE str 0 2", "OBJECT ENCODING str", "EXPIRE str 1000", "OBJECT ENCODING str", "INCR str", "OBJECT ENCODING str",
		"APPEND str 5", "OBJECT ENCODING str", "APPEND fresh 5", "OBJECT ENCODING fresh", "SETBIT bits 1 1", "OBJECT ENCODING bits", "BITFIELD fields SET u8 0 49", "OBJECT ENCODING fields",
		"GETDEL str", "SET str x", "OBJECT ENCODING str",
		"DEBUG POPULATE", "DEBUG POPULATE x", "DEBUG POPULATE 3", "GET key:2", "GET key:3", "SET pop:1 mine", "DEBUG POPULATE 2500 pop 10", "MGET pop:0 pop:1 pop:12 pop:2499",
		"DEBUG POPULATE 2 cut 3", "GET cut:1", "DEBUG POPULATE 2 cut x", "DEBUG POPULATE 2 cut -1", "DEBUG POPULATE 1 cut 3 4", "DEBUG POPULATE -1", "DBSIZE",
		"LOLWUT x y", "RESET", "QUIT",
	}
	differs := map[string]bool{ // on purpose
		"LOLWUT x y": true, // another picture
	}
	for _, proto := range []string{"2", "3"} {
		t.Run("RESP"+proto, func(t *testing.T) {
			c, redis := dial(t, serve(t)), commandtest.StartRedis(t)
			c.do("HELLO", proto)
			redis.Raw(t, "HELLO", proto)
			for _, line := range lines {
				words := commandtest.Split(t, line)
				if got, want := c.do(words...), string(redis.Raw(t, words...)); got != want && !differs[line] {
					t.Errorf("%s\n  got %q\nredis %q", line, got, want)
				}
			}
		})
	}
}
