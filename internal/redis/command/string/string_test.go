package str_test

import (
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

// other makes keys of another type without needing another group.
var other = &command.Spec{
	Name: "other", Arity: 2, Flags: command.Write, FirstKey: 1, LastKey: 1, Step: 1,
	Handler: func(c *command.Ctx) error {
		s, err := c.Keys.Set(c.DB, c.Args[1])
		if err != nil {
			return err
		}
		n, err := s.Add([]byte("m"))
		c.Out.Int(int64(n))
		return err
	},
}

// pttl tells a key's TTL in milliseconds, or -1 or -2.
var pttl = &command.Spec{
	Name: "pttl", Arity: 2, Flags: command.ReadOnly, FirstKey: 1, LastKey: 1, Step: 1,
	Handler: func(c *command.Ctx) error {
		k, err := c.Keys.Peek(c.DB, c.Args[1])
		switch {
		case err != nil:
			return err
		case !k.Exists():
			c.Out.Int(-2)
		case k.Expire == 0:
			c.Out.Int(-1)
		default:
			c.Out.Int(k.Expire - c.Keys.Now())
		}
		return nil
	},
}

func newHarness(t *testing.T) *commandtest.Harness {
	return commandtest.New(t, str.Specs, []*command.Spec{other, pttl})
}

// Set, increment and append kept values in different places and lost TTLs in
// the system this one descends from.
func TestWritesSeeEachOtherAndKeepTTLs(t *testing.T) {
	h := newHarness(t)
	h.Check([][2]string{
		{"SET k 5", "+OK"},
		{"INCR k", ":6"},
		{"SET k 5 PX 1500", "+OK"},
		{"INCR k", ":6"},
		{"PTTL k", ":1500"},
		{"APPEND k 7", ":2"},
		{"INCRBYFLOAT k 0.5", `"67.5"`},
		{"SETRANGE k 0 9", ":4"},
		{"PTTL k", ":1500"},
		{"SET k v KEEPTTL", "+OK"},
		{"PTTL k", ":1500"},
		{"GETSET k w", `"v"`},
		{"PTTL k", ":-1"},
		{"SET k v PX 100", "+OK"},
		{"SET k v", "+OK"},
		{"PTTL k", ":-1"},
		{"SET k v EX 10", "+OK"},
		{"MSET k w l x", "+OK"},
		{"PTTL k", ":-1"},
		{"SET k v PX 100", "+OK"},
		{"SETNX k w", ":0"},
		{"MSETNX n 1 k w", ":0"},
		{"GET n", "nil"},
		{"PTTL k", ":100"},
		{`SET "\xff\x00" "\x80\r\n"`, "+OK"},
		{`GET "\xff\x00"`, `"\x80\r\n"`},
	})
	h.Advance(99 * time.Millisecond)
	h.Check([][2]string{{"GET k", `"v"`}, {"GETEX k PERSIST", `"v"`}})
	h.Advance(time.Hour)
	h.Check([][2]string{{"GET k", `"v"`}, {"SET k v PX 5", "+OK"}})
	h.Advance(5 * time.Millisecond)
	h.Check([][2]string{
		{"GET k", "nil"},
		{"SETNX k new", ":1"},
		{"PTTL k", ":-1"},
		{"SET k v PXAT 1", "+OK"},
		{"GET k", "nil"},
	})
}

// Every reply here must be redis-server's, byte for byte.
func TestRepliesAreRedisServers(t *testing.T) {
	h := newHarness(t)
	h.Compare(lines)
}

var lines = []string{
	"SET k v", "SET k", "SET", "SET k v NX", "SET k v XX", "SET n v XX", "SET n v NX GET", "SET n w NX GET",
	"SET n w XX GET", "GET n", "SET k v EX", "SET k v EX 0", "SET k v EX -1", "SET k v EX x", "SET k v EX 1.5",
	"SET k v EX 9223372036854775807", "SET k v PX 9223372036854775807", "SET k v EXAT 9223372036854775807",
	"SET k v EX 10 PX 10", "SET k v EX 10 KEEPTTL", "SET k v KEEPTTL EX 10", "SET k v NX XX", "SET k v XX NX",
	"SET k v BOGUS", "SET k v PERSIST", "SET k v EX 10 EX 20", "SET k v get get", "SET k v NX NX", "GET k",
	"GET", "GET a b", "GET missing", "GETDEL k", "GETDEL k", "SETEX k 10 v", "SETEX k 0 v", "SETEX k x v",
	"SETEX k -1 v", "PSETEX k 10000 v", "PSETEX k 0 v", "SETNX k v", "SETNX fresh v", "GETSET k w", "GETSET fresh2 w",
	"GETEX k", "GETEX k EX", "GETEX k EX 10", "GETEX k EX 0", "GETEX k PERSIST", "GETEX k PERSIST EX 10",
	"GETEX k NX", "GETEX k KEEPTTL", "GETEX missing", "GETEX missing EX 0", "GETEX missing BOGUS", "GETEX k EX x",
	"SET r \"Hello World\"", "GETRANGE r 0 4", "GETRANGE r -5 -1", "GETRANGE r 0 -1", "GETRANGE r 5 3",
	"GETRANGE r -1 -5", "GETRANGE r -100 100", "GETRANGE r 100 200", "GETRANGE r x 1", "GETRANGE r 1 x",
	"GETRANGE missing 0 1", "SUBSTR r 1 2", "SUBSTR r 1", "GETRANGE r -100 -50", "GETRANGE r 0 -100",
	"SETRANGE r 6 Redis", "GET r", "SETRANGE new 5 x", "GET new", "SETRANGE new2 5 \"\"", "GET new2",
	"SETRANGE r 3 \"\"", "SETRANGE r -1 x", "SETRANGE r x x", "SETRANGE r 536870911 xx", "SETRANGE r 9223372036854775807 x",
	"APPEND r !", "APPEND fresh3 abc", "GET fresh3", "STRLEN r", "STRLEN missing",
	"MSET a 1 b 2", "MSET a", "MSET a 1 b", "MGET a b missing", "MGET", "MSETNX a 1 z 2", "MSETNX y 1 z 2",
	"MSETNX y", "MSETNX y 1 z", "MGET y z", "MSET d 1 d 2", "GET d",
	"SET i 10", "INCR i", "DECR i", "INCRBY i 5", "DECRBY i 3", "INCRBY i x", "DECRBY i x", "INCRBY i 1.5",
	"DECRBY i -9223372036854775808", "INCRBY i 9223372036854775807", "INCRBY i -9223372036854775808", "SET i 9223372036854775807",
	"INCR i", "DECR i", "SET i -9223372036854775808", "DECR i", "DECRBY i 1", "INCR i", "INCR newint", "DECR newint2",
	"SET i \" 1\"", "INCR i", "SET i 01", "INCR i", "SET i 1x", "INCR i", "SET i \"\"", "INCR i", "SET i 12345678901234567890", "INCR i",
	"SET f 10.50", "INCRBYFLOAT f 0.1", "INCRBYFLOAT f -5", "SET f 5.0e3", "INCRBYFLOAT f 2.0e2", "INCRBYFLOAT f x",
	"INCRBYFLOAT f inf", "INCRBYFLOAT f nan", "INCRBYFLOAT f -5200", "INCRBYFLOAT f -0.0", "SET f abc", "INCRBYFLOAT f 1",
	"SET f \" 1\"", "INCRBYFLOAT f 1", "INCRBYFLOAT nf 3.14159265358979", "INCRBYFLOAT nf 1e10", "INCRBYFLOAT nf 1e-9",
	"SET f 0.1", "INCRBYFLOAT f 0.2", "INCRBYFLOAT f 1e16", "INCRBYFLOAT f 0.3333333333333333333", "SET f 1e300", "INCRBYFLOAT f 1",
	"SET f 3", "INCRBYFLOAT f 1.1", "INCRBYFLOAT f 1.1", "INCRBYFLOAT f 1.1", "INCRBYFLOAT f -6.3", "INCRBYFLOAT f 0.000001",
	"SET f \"\"", "INCRBYFLOAT f 1", "SET f inf", "INCRBYFLOAT f 1", "INCRBYFLOAT tiny 1e-20", "INCRBYFLOAT f2 0x1A",
	"MSET s1 ohmytext s2 mynewtext", "LCS s1 s2", "LCS s1 s2 LEN", "LCS s1 s2 IDX", "LCS s1 s2 IDX MINMATCHLEN 4",
	"LCS s1 s2 IDX MINMATCHLEN 4 WITHMATCHLEN", "LCS s1 s2 IDX LEN", "LCS s1 s2 BOGUS", "LCS s1 s2 IDX MINMATCHLEN x",
	"LCS s1 s2 MINMATCHLEN", "LCS s1 missing", "LCS missing missing2 IDX", "LCS s1", "LCS s1 s2 IDX MINMATCHLEN -4",
	"BOGUS a b", "GET\r\n a",
}

func TestWrongType(t *testing.T) {
	h := newHarness(t)
	h.Do("OTHER s")
	const wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value"
	for _, line := range []string{
		"GET s", "GETDEL s", "GETEX s", "GETSET s v", "GETRANGE s 0 1", "SUBSTR s 0 1", "SETRANGE s 0 x",
		"SETRANGE s 0 \"\"", "APPEND s x", "STRLEN s", "INCR s", "DECR s", "INCRBY s 1", "DECRBY s 1", "INCRBYFLOAT s 1", "SET s v GET",
	} {
		if got := h.Do(line); got != wrong {
			t.Errorf("%s: got %s", line, got)
		}
	}
	h.Check([][2]string{
		{"MGET s", "[nil]"},
		{"SETNX s v", ":0"},
		{"LCS s s", "-ERR The specified keys must contain string values"},
		{"SET s v", "+OK"},
		{"GET s", `"v"`},
	})
}

func TestTooLong(t *testing.T) {
	h := newHarness(t)
	long := make([]byte, 1<<16)
	if got := commandtest.Text(h.Raw("SET", string(long), "v")); got[:4] != "-ERR" {
		t.Errorf("a key of 64 KiB: %s", got)
	}
	if got := commandtest.Text(h.Raw("MSET", "k", "v", string(long), "v")); got[:4] != "-ERR" {
		t.Errorf("a key of 64 KiB: %s", got)
	}
	h.Check([][2]string{{"GET k", "nil"}})
}
