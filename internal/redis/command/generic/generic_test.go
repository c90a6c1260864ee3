package generic_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// Every reply here must be redis-server's, byte for byte.
func TestRepliesAreRedisServers(t *testing.T) {
	newHarness(t).Compare(lines)
}

var lines = []string{
	"SET k v", "EXISTS k", "EXISTS k k missing", "EXISTS", "TYPE k", "TYPE missing", "RPUSH l 3 1 2", "SADD s 5 3 9", "HSET h f v g w",
	"ZADD z 2 b 1 a 3 c", "TYPE l", "TYPE s", "TYPE h", "TYPE z", "TOUCH k l missing", "TTL k", "TTL missing", "PTTL missing",
	"EXPIRE k 100", "TTL k", "EXPIRE k x", "EXPIRE k 9223372036854775807", "EXPIRE k -9223372036854775808", "PEXPIRE k 9223372036854775807",
	"PEXPIREAT k 9223372036854775807", "~TTL k", "PEXPIRETIME k", "EXPIRETIME k", "EXPIREAT k 9223372036854775807", "EXPIREAT k 33177117420", "EXPIRETIME k",
	"PEXPIRETIME k", "PEXPIREAT k 33177117420499", "EXPIRETIME k", "PEXPIREAT k 33177117420500", "EXPIRETIME k", "EXPIRETIME missing", "PEXPIRETIME l",
	"EXPIREAT k 33177117421 GT", "EXPIREAT k 33177117421 GT", "EXPIREAT k 33177117420 GT", "EXPIREAT k 33177117420 LT", "EXPIREAT k 33177117420 LT",
	"EXPIREAT k 1 NX", "PERSIST k", "PERSIST k", "PERSIST missing", "EXPIREAT k 33177117420 XX", "EXPIREAT k 33177117420 GT", "EXPIREAT k 33177117420 LT",
	"PERSIST k", "EXPIREAT k 33177117420 NX", "EXPIREAT k 33177117420 NX XX", "EXPIREAT k 33177117420 GT LT", "EXPIREAT k 33177117420 NX GT",
	"EXPIREAT k 33177117420 BOGUS", "EXPIREAT k x BOGUS", "EXPIREAT k 33177117421 XX GT", "EXPIREAT missing 33177117420", "EXPIRE missing x",
	"PEXPIRE k 0", "EXISTS k", "SET k v", "EXPIRE k -1", "GET k", "SET k v", "PEXPIREAT k 0", "GET k", "EXPIRE k", "EXPIRE", "PTTL", "TTL a b",
	"SET a 1", "SET b 2", "RENAME a c", "GET a", "GET c", "RENAME missing c", "RENAME c c", "RENAMENX c b", "RENAMENX c d", "RENAMENX d d", "RENAMENX missing d", "RENAME l s2",
	"LRANGE s2 0 -1", "RENAME s2 l", "COPY l l2", "COPY l l2", "COPY l l2 REPLACE", "COPY l l", "COPY l l DB 0", "COPY l l DB 1", "COPY l l DB 1", "COPY l l DB 1 REPLACE", "COPY l l DB 16", "COPY l l DB -1", "COPY l l DB x",
	"COPY l l DB", "COPY l x BOGUS", "COPY missing x", "COPY l x DB 99999999999", "LRANGE l2 0 -1", "MOVE l2 1", "MOVE l2 1", "MOVE l 1", "MOVE l 0", "MOVE l 99", "MOVE l x", "MOVE missing 1", "MOVE l -1",
	"DEL b c d missing", "UNLINK a missing", "DEL", "UNLINK",
	"OBJECT ENCODING l", "OBJECT ENCODING s", "OBJECT ENCODING h", "OBJECT ENCODING z", "OBJECT ENCODING missing", "OBJECT REFCOUNT l", "OBJECT REFCOUNT missing",
	"OBJECT FREQ l", "OBJECT FREQ missing", "OBJECT IDLETIME l", "OBJECT IDLETIME missing", "OBJECT", "OBJECT BOGUS", "OBJECT ENCODING", "OBJECT HELP", "OBJECT HELP x",
	"SET e 12345", "OBJECT ENCODING e", "SET e abc", "OBJECT ENCODING e", "SET e 01", "OBJECT ENCODING e", "SET e 9223372036854775808", "OBJECT ENCODING e", "SET e " + strings.Repeat("x", 44), "OBJECT ENCODING e",
	"SET e " + strings.Repeat("x", 45), "OBJECT ENCODING e", "SADD s2 a", "OBJECT ENCODING s2", "HSET h2 f " + strings.Repeat("x", 65), "OBJECT ENCODING h2", "ZADD z2 1 " + strings.Repeat("x", 65), "OBJECT ENCODING z2", "HSET h3 f " + strings.Repeat("x", 64), "OBJECT ENCODING h3",
	"SCAN x", "~SCAN -1", "SCAN - 0", "SCAN 99999999999999999999", "SCAN 0 COUNT", "SCAN 0 COUNT 0", "SCAN 0 COUNT x", "SCAN 0 COUNT -1", "SCAN 0 BOGUS x", "SCAN 0 MATCH", "SCAN", "SCAN 0 MATCH nothing* COUNT 1000",
	"SCAN 0 TYPE bogus COUNT 1000", "SCAN 0 TYPE zset MATCH z COUNT 1000", "SCAN 0 TYPE LIST COUNT 1000", "SCAN 1.5", "~SCAN \"\"", "SCAN \" 0\"",
	"KEYS missing*", "KEYS z", "KEYS [z]", "~KEYS ?", "KEYS", "KEYS \\z",
	"SORT l", "SORT l DESC", "SORT l ALPHA", "SORT s", "SORT s DESC", "SORT z", "SORT z ALPHA DESC", "SORT h", "SORT e", "SORT missing", "SORT l LIMIT 0 2", "SORT l LIMIT 1 -1", "SORT l LIMIT -5 2", "SORT l LIMIT 5 2",
	"SORT l LIMIT 1 0", "SORT l LIMIT 0", "SORT l LIMIT x 1", "SORT l BOGUS", "SORT l BY nosort", "SORT l BY nosort DESC", "SORT z BY nosort", "SORT z BY nosort DESC", "SORT z BY nosort LIMIT 1 1", "SORT z BY nosort DESC LIMIT 0 1",
	"SORT l STORE dst", "LRANGE dst 0 -1", "SORT missing STORE dst", "EXISTS dst", "SORT s BY nosort STORE dst", "LRANGE dst 0 -1", "SORT l LIMIT 1 1 STORE dst", "LRANGE dst 0 -1",
	"SET w_1 30", "SET w_2 20", "SET w_3 10", "SET o_1 one", "SET o_2 two", "HSET n_1 name eins", "HSET n_3 name drei", "SORT l BY w_*", "SORT l BY w_* DESC", "SORT l BY w_* GET o_*", "SORT l BY w_* GET # GET o_* GET n_*->name",
	"SORT l BY n_*->name ALPHA", "SORT l BY n_*->name ALPHA DESC", "SORT l BY missing_*", "SORT l GET nostar", "SORT l GET n_*->", "SORT l GET n_*", "SORT l BY o_*", "SORT l BY o_* ALPHA", "SORT l GET o_* STORE dst", "LRANGE dst 0 -1",
	"SORT l BY", "SORT l GET", "SORT l STORE", "SORT_RO l DESC", "SORT_RO l STORE dst", "SORT_RO missing", "SORT", "SORT_RO", "RPUSH words b a c", "SORT words", "SORT words ALPHA", "SORT words ALPHA DESC LIMIT 0 2", "RPUSH mixed 1.5 -1e3 0x10 inf \"\" \" 7\"", "SORT mixed",
	"RPUSH dups 1 1.0 01 1", "SORT dups", "SORT dups DESC", "SORT l STORE l", "LRANGE l 0 -1", "SORT l BY w_* STORE s", "TYPE s", "SORT l ASC DESC", "SORT l BY \"\" GET #",
	"RANDOMKEY x", "DUMP missing", "DUMP", "RESTORE a 0 x", "RESTORE a -1 x", "RESTORE a x x", "RESTORE l 0 x", "RESTORE l -1 x REPLACE", "RESTORE a 0 x BOGUS", "RESTORE a 0 x IDLETIME", "RESTORE a 0 x IDLETIME -1", "RESTORE a 0 x FREQ 256", "RESTORE a 0 x FREQ 1 IDLETIME 1", "RESTORE a 0 x IDLETIME x",
	"SET i 5", "DUMP i", "SET i -130", "DUMP i", "SET i 100000", "DUMP i", "SET i hello", "DUMP i", "SET i 2147483648", "DUMP i", "SET i \"\"", "DUMP i",
	"SET longnum 12345678901", "DUMP longnum", "SET neg -2147483648", "DUMP neg", "SET neg -2147483649", "DUMP neg",
}

// An overwritten or extended TTL left an entry that later deleted the live key,
// in the system this one descends from.
func TestOldTTLsNeverDeleteLiveKeys(t *testing.T) {
	h := newHarness(t)
	h.Check([][2]string{
		{"SET extended v PX 100", "+OK"},
		{"PEXPIRE extended 10000", ":1"},
		{"SET cleared v PX 100", "+OK"},
		{"PERSIST cleared", ":1"},
		{"SET overwritten v PX 100", "+OK"},
		{"SET overwritten w", "+OK"},
		{"SET recreated v PX 100", "+OK"},
		{"DEL recreated", ":1"},
		{"SET recreated w PX 5000", "+OK"},
		{"SET renamed v PX 100", "+OK"},
		{"RENAME renamed other", "+OK"},
		{"SET renamed w", "+OK"},
		{"SADD set a", ":1"},
		{"PEXPIRE set 100", ":1"},
		{"DEL set", ":1"},
		{"SADD set b", ":1"},
		{"SET shortened v EX 1000", "+OK"},
		{"PEXPIRE shortened 150", ":1"},
		{"PTTL shortened", ":150"},
	})
	h.Advance(149 * time.Millisecond)
	for more := true; more; {
		var err error
		if more, err = h.KS.ExpireDue(2); err != nil {
			t.Fatal(err)
		}
	}
	h.Check([][2]string{
		{"GET extended", `"v"`},
		{"PTTL extended", ":9851"},
		{"GET cleared", `"v"`},
		{"GET overwritten", `"w"`},
		{"GET recreated", `"w"`},
		{"GET renamed", `"w"`},
		{"EXISTS other", ":0"},
		{"TYPE set", "+set"},
		{"PTTL shortened", ":1"},
	})
	h.Advance(time.Millisecond)
	h.Check([][2]string{
		{"PTTL shortened", ":-2"},
		{"EXISTS shortened", ":0"},
		{"TYPE shortened", "+none"},
		{"RENAME shortened x", "-ERR no such key"},
		{"PERSIST shortened", ":0"},
		{"EXPIRE shortened 5", ":0"},
		{"COPY shortened x", ":0"},
		{"OBJECT ENCODING shortened", "nil"},
		{"DUMP shortened", "nil"},
		{"KEYS short*", "[]"},
		{"TOUCH shortened", ":0"},
		{"DEL shortened", ":0"},
	})
}

func TestTTLFollowsRenameCopyAndMove(t *testing.T) {
	h := newHarness(t)
	h.Check([][2]string{
		{"RPUSH l a b", ":2"},
		{"PEXPIRE l 500", ":1"},
		{"RENAME l m", "+OK"},
		{"PTTL m", ":500"},
		{"COPY m n", ":1"},
		{"PTTL n", ":500"},
		{"MOVE n 3", ":1"},
		{"EXISTS n", ":0"},
		{"SET other v", "+OK"},
		{"RENAME m other", "+OK"},
		{"PTTL other", ":500"},
		{"LRANGE other 0 -1", `["a" "b"]`},
	})
	h.DB = 3
	h.Check([][2]string{{"PTTL n", ":500"}, {"LRANGE n 0 -1", `["a" "b"]`}})
}

// scanAll walks a whole scan and counts how often each key came.
func scanAll(t *testing.T, h *commandtest.Harness, options string, between func(call int)) map[string]int {
	t.Helper()
	seen := map[string]int{}
	cursor := "0"
	for call := 0; ; call++ {
		reply := h.Do("SCAN " + cursor + options)
		head, tail, ok := strings.Cut(strings.TrimPrefix(reply, `["`), `" [`)
		if !ok {
			t.Fatalf("reply %s", reply)
		}
		for _, key := range strings.Fields(strings.TrimSuffix(tail, "]]")) {
			key, err := strconv.Unquote(key)
			if err != nil {
				t.Fatal(err)
			}
			seen[key]++
		}
		n, err := strconv.ParseUint(head, 10, 53)
		if err != nil {
			t.Fatalf("cursor %q: clients that read it as a double must get it right", head)
		}
		if n == 0 {
			return seen
		}
		if cursor = head; between != nil {
			between(call)
		}
	}
}

func TestScanGivesEveryKeyThatStays(t *testing.T) {
	h := newHarness(t)
	for i := range 300 {
		h.Do(fmt.Sprintf("SET user:%03d v", i))
		h.Do(fmt.Sprintf("SET gone:%03d v", i))
		h.Do(fmt.Sprintf("RPUSH list:%03d v", i))
	}
	seen := scanAll(t, h, " COUNT 7", func(call int) {
		h.Do(fmt.Sprintf("DEL gone:%03d gone:%03d", call, 299-call))
		h.Do(fmt.Sprintf("SET new:%03d v", call))
	})
	for i := range 300 {
		for _, kind := range []string{"user", "list"} {
			if key := fmt.Sprintf("%s:%03d", kind, i); seen[key] != 1 {
				t.Errorf("%s came %d times", key, seen[key])
			}
		}
	}
	if got := len(scanAll(t, h, " MATCH user:1* COUNT 3", nil)); got != 100 {
		t.Errorf("the pattern gave %d keys", got)
	}
	if got := len(scanAll(t, h, " MATCH *:1?? TYPE list", nil)); got != 100 {
		t.Errorf("the pattern and type gave %d keys", got)
	}
	if got := len(scanAll(t, h, " MATCH user:00[0-4]", nil)); got != 5 {
		t.Errorf("the class gave %d keys", got)
	}
}

// A cursor from before a restart is not known any more, and still misses no key.
func TestScanGoesOnAfterARestart(t *testing.T) {
	h := newHarness(t)
	for i := range 100 {
		h.Do(fmt.Sprintf("SET %02d:key v", i))
	}
	seen := scanAll(t, h, " COUNT 9", func(call int) {
		if call == 3 {
			h.Reopen()
		}
	})
	for i := range 100 {
		if key := fmt.Sprintf("%02d:key", i); seen[key] == 0 {
			t.Errorf("%s is missing", key)
		}
	}
}

func TestRandomKeyReachesEveryKey(t *testing.T) {
	h := newHarness(t)
	h.Check([][2]string{{"RANDOMKEY", "nil"}, {"SET gone v PX 1", "+OK"}})
	h.Advance(time.Millisecond)
	h.Check([][2]string{{"RANDOMKEY", "nil"}})
	keys := map[string]bool{}
	for _, key := range []string{"a", "ab", "abc", `\x00`, `\xff\xff`, "b", "user:1", "user:2", "user:22", ""} {
		h.Do(`SET "` + key + `" v`)
		keys[strconv.Quote(unescape(key))] = true
	}
	for range 2000 {
		delete(keys, h.Do("RANDOMKEY"))
	}
	if len(keys) > 0 {
		t.Errorf("never came: %v", keys)
	}
}

func unescape(s string) string {
	s, _ = strconv.Unquote(`"` + s + `"`)
	return s
}

func TestIdleTime(t *testing.T) {
	h := newHarness(t)
	h.Check([][2]string{{"SET k v", "+OK"}, {"OBJECT IDLETIME k", ":0"}})
	h.Advance(90 * time.Second)
	h.Check([][2]string{
		{"OBJECT IDLETIME k", ":90"},
		{"TTL k", ":-1"},
		{"TYPE k", "+string"},
		{"OBJECT IDLETIME k", ":90"},
		{"TOUCH k", ":1"},
		{"OBJECT IDLETIME k", ":0"},
	})
}
