package server

import (
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // of "test"

// Rules are taken, refused and shown as redis-server does.
func TestAccessRulesEqualRedisServer(t *testing.T) {
	lines := []string{
		"ACL SETUSER a", "ACL GETUSER a", "%ACL LIST", "ACL USERS", `ACL SETUSER "a b" on`, "ACL SETUSER a on >one", "ACL GETUSER a", "ACL SETUSER a >two >one <one", "ACL GETUSER a",
		"ACL SETUSER a <one", "ACL SETUSER a !" + hash, "ACL SETUSER a #" + hash, "ACL SETUSER a #" + hash[1:], "ACL SETUSER a #" + strings.ToUpper(hash), "ACL GETUSER a",
		"ACL SETUSER a nopass", "ACL GETUSER a", "ACL SETUSER a resetpass", "ACL GETUSER a", "ACL SETUSER a ~k* %R~r* %W~w* %RW~k* %r~w* %WR~x", "ACL GETUSER a",
		"ACL SETUSER a %X~k", "ACL SETUSER a %RR~k", "ACL SETUSER a %R", `ACL SETUSER a "~a b"`, "ACL SETUSER a ~* ~b", "ACL SETUSER a allkeys", "ACL SETUSER a ~x", "ACL SETUSER a resetkeys ~x", "ACL GETUSER a",
		"ACL SETUSER a &c*", "ACL SETUSER a &c* &d", "ACL GETUSER a", "ACL SETUSER a allchannels", "ACL SETUSER a &e", "ACL SETUSER a resetchannels &e", `ACL SETUSER a "&e f"`, "ACL GETUSER a",
		"ACL SETUSER a +get +SET -get", "ACL GETUSER a", "ACL SETUSER a +@all -@dangerous", "ACL SETUSER a -@all +@read", "ACL GETUSER a", "ACL SETUSER a +nosuch", "ACL SETUSER a -nosuch", "ACL SETUSER a +@nosuch", "ACL SETUSER a -@nosuch",
		"ACL SETUSER a -@all +config|get +client|id", "%ACL GETUSER a", "ACL SETUSER a +config|nosuch", "ACL SETUSER a +config|get|x", "ACL SETUSER a +select|0 +select|1 +SELECT|0", "%ACL GETUSER a", "ACL SETUSER a +select|", "ACL SETUSER a -select|0", "ACL SETUSER a +get|a|b",
		"ACL SETUSER a -select", "ACL SETUSER a -@all", "ACL GETUSER a", "ACL SETUSER a allcommands -config|set", "ACL GETUSER a", "ACL SETUSER a nocommands", "ACL SETUSER a nonsense", "ACL SETUSER a on off maybe", "ACL GETUSER a", "ACL SETUSER a \"\"",
		"ACL SETUSER a skip-sanitize-payload", "ACL GETUSER a", "ACL SETUSER a sanitize-payload", "ACL GETUSER a",
		`ACL SETUSER a "(+get ~s1)" (+set %W~s2 ) ( &c )`, "ACL GETUSER a", "%ACL LIST", "ACL SETUSER a (", "ACL SETUSER a (on)", "ACL SETUSER a )", `ACL SETUSER a " () "`, "ACL SETUSER a ()", "ACL GETUSER a", `ACL SETUSER a "(~\"q\" +get)"`,
		"ACL SETUSER a clearselectors", "ACL GETUSER a", "ACL SETUSER a reset", "ACL GETUSER a", "%ACL LIST", "ACL SETUSER a +@all -@all ~* resetkeys &*", "%ACL LIST", "ACL SETUSER b +@string", "ACL SETUSER c ~*", "ACL USERS",
		"ACL DELUSER b nosuch c", "ACL DELUSER default", "ACL DELUSER a default", "ACL USERS", "ACL DELUSER", "ACL GETUSER", "ACL GETUSER nosuch",
		"ACL CAT x y", "ACL GENPASS -1", "ACL GENPASS 5000", "ACL GENPASS 1 2", "ACL LOG x", "ACL LOG RESET", "ACL LOG", "ACL LOG 1 2", "ACL SAVE", "ACL LOAD", "ACL HELP", "ACL HELP x", "ACL SETUSER", "ACL WHOAMI x",
		"ACL DRYRUN nosuch get a", "ACL SETUSER a +@all %R~r* %W~w* ~k*", "ACL DRYRUN a nosuch", "ACL DRYRUN a config nosuch", "ACL DRYRUN a config", "ACL DRYRUN a get", "ACL DRYRUN a get r1", "ACL DRYRUN a GET w1", "ACL DRYRUN a get x",
		"ACL DRYRUN a set w 1", "ACL DRYRUN a set r 1", "ACL DRYRUN a set w 1 get", "ACL DRYRUN a copy r w", "ACL DRYRUN a copy w r", "ACL DRYRUN a rename w w", "ACL DRYRUN a rename k w", "ACL DRYRUN a mget r x", "ACL DRYRUN a mset w 1 r 2", "ACL DRYRUN a bitfield r get u4 0", "ACL DRYRUN a bitfield r set u4 0 1",
		"ACL DRYRUN a migrate h p k 0 0", "ACL DRYRUN a migrate h p r 0 0", `ACL DRYRUN a migrate h p "" 0 0 AUTH KEYS KEYS r`, "ACL DRYRUN a sort r store w", "ACL DRYRUN a sort r store r", "ACL DRYRUN a eval x 1 k", "ACL DRYRUN a eval x 1 r", "ACL DRYRUN a eval x 2 r", "ACL DRYRUN a eval_ro x 1 r",
		"ACL DRYRUN a georadius r 1 1 1 m store w", "ACL DRYRUN a georadius r 1 1 1 m store r", "ACL DRYRUN a zunionstore w 1 r", "ACL DRYRUN a zunionstore r 1 w", "ACL DRYRUN a lmove k w left left", "ACL DRYRUN a lmove r w left left", "ACL DRYRUN a exists w", "ACL DRYRUN a exists x",
		"ACL DRYRUN a xread streams r 0", "ACL DRYRUN a xreadgroup group g c streams r 0", "ACL DRYRUN a xreadgroup group g c streams w 0", "ACL DRYRUN a lmpop 1 r left", "ACL DRYRUN a lmpop 1 k left", "ACL DRYRUN a pfmerge k r", "ACL DRYRUN a pfmerge r k", "ACL DRYRUN a bitop and w r", "ACL DRYRUN a object encoding w", "ACL DRYRUN a memory usage x",
		"ACL SETUSER a resetchannels &c*", "ACL DRYRUN a publish c1 x", "ACL DRYRUN a publish d x", "ACL DRYRUN a subscribe c1 d", "ACL DRYRUN a psubscribe c1", "ACL DRYRUN a psubscribe c*", "ACL DRYRUN a unsubscribe d", "ACL DRYRUN a spublish d x", "ACL DRYRUN a ssubscribe d", "ACL SETUSER a -@all", "ACL DRYRUN a get r", "ACL DRYRUN a auth x",
		"AUTH nobody x", "AUTH a x", "AUTH x", "AUTH default x", "ACL SETUSER a on >pw +acl|whoami +multi +exec +select|0 +publish +set ~k", "AUTH a wrong", "AUTH a pw", "ACL WHOAMI", "%ACL LIST", "GET k", "SET k 1", "SET x 1", "PUBLISH c 1", "PUBLISH d 1", "SELECT 0", "SELECT 1", "CONFIG GET x", "PING", "nosuch", "GET", "HELLO 2 AUTH a pw", "HELLO 2 AUTH a no", "RESET", "ACL WHOAMI",
		"AUTH a pw", "MULTI", "GET k", "EXEC", "MULTI", "SET k 2", "EXEC", "RESET", "HELLO 3 AUTH a pw FOO", "ACL WHOAMI", "HELLO", "RESET", "CONFIG SET requirepass secret", "PING", "RESET", "PING", "AUTH x", "AUTH default secret", "%ACL LIST", "CONFIG SET requirepass \"\"", "%ACL LIST", "AUTH secret", "%CONFIG GET acl*",
		"CONFIG SET acl-pubsub-default allchannels", "ACL SETUSER n", "ACL SETUSER n (+get)", "ACL GETUSER n", "ACL SETUSER n reset", "ACL GETUSER n", "ACL SETUSER n &x", "CONFIG SET aclfile x", "CLIENT KILL USER nosuch", "CLIENT KILL USER n", "ACL SETUSER default -ping", "PING", "%ACL LIST", "ACL SETUSER default +ping", "%ACL LIST", "ACL SETUSER default +@all", "%ACL LIST",
	}
	for _, proto := range []string{"2", "3"} {
		t.Run("RESP"+proto, func(t *testing.T) {
			c, redis := dial(t, serve(t)), commandtest.StartRedis(t)
			c.do("HELLO", proto)
			redis.Raw(t, "HELLO", proto)
			for _, line := range lines {
				line, anyOrder := strings.CutPrefix(line, "%")
				words := commandtest.Split(t, line)
				got, want := c.do(words...), string(redis.Raw(t, words...))
				if words[0] == "HELLO" {
					got, want = got[:1], want[:1] // the id differs
				}
				if same := got == want || anyOrder && sameWords(got, want); !same {
					t.Errorf("%s\n  got %q\nredis %q", line, got, want)
				}
			}
		})
	}
}

// sameWords compares replies whose words may come in any order: redis-server lists
// single commands in that of its hash table.
func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, word := range strings.Fields(a) {
		count[word]++
	}
	for _, word := range strings.Fields(b) {
		count[word]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
