package server

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// follower reads the stream as a replica does that called SYNC.
type follower struct {
	conn net.Conn
	in   *bufio.Reader
}

func attach(t *testing.T, s *Server) *follower {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	f := &follower{conn: conn, in: bufio.NewReader(conn)}
	if _, err := io.WriteString(conn, "SYNC\r\n"); err != nil {
		t.Fatal(err)
	}
	size := f.number(t, '$')
	if _, err := io.CopyN(io.Discard, f.in, size); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *follower) number(t *testing.T, kind byte) int64 {
	t.Helper()
	line, err := f.in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(line[1:]), 10, 64)
	if err != nil || line[0] != kind {
		t.Fatalf("got %q, want %c", line, kind)
	}
	return n
}

// command reads one command of the stream but for pings.
func (f *follower) command(t *testing.T) string {
	t.Helper()
	words := make([]string, f.number(t, '*'))
	for i := range words {
		word := make([]byte, f.number(t, '$')+2)
		if _, err := io.ReadFull(f.in, word); err != nil {
			t.Fatal(err)
		}
		words[i] = string(word[:len(word)-2])
	}
	if words[0] == "PING" {
		return f.command(t)
	}
	return strings.Join(words, " ")
}

// Each line of what clients do, and after "=>" what replicas hear of it, as a
// pattern; lines that begin with blanks go on with that.
const propagation = `
SET a 1                           => SELECT 0
                                     SET a 1
GET a
SET a 1 XX GET                    => SET a 1 XX
SET a 1 EX 100                    => SET a 1 PXAT \d+
SETEX a 100 v                     => SET a v PXAT \d+
GETSET a 5                        => SET a 5
INCRBYFLOAT a 1.5                 => SET a 6.5 KEEPTTL
EXPIRE a 100                      => PEXPIREAT a \d+
GETEX a EX 10                     => PEXPIREAT a \d+
GETEX a
GETEX a PERSIST                   => PERSIST a
EXPIRE a -1                       => DEL a
EXPIRE a 100
SETNX n 1                         => SETNX n 1
SETNX n 1
GETDEL n                          => DEL n
DEL n
HINCRBYFLOAT h f 2                => HSET h f 2
SADD s a                          => SADD s a
SADD s a
SPOP s                            => SREM s a
SADD s a b c                      => SADD s a b c
SPOP s 5                          => DEL s
RPUSH l 1 2 3                     => RPUSH l 1 2 3
BLPOP l 0                         => LPOP l
LMPOP 2 x l RIGHT COUNT 10        => RPOP l 2
RPUSH l 1 2 3                     => RPUSH l 1 2 3
BLMOVE l m LEFT RIGHT 0           => LMOVE l m LEFT RIGHT
BRPOPLPUSH l m 0                  => RPOPLPUSH l m
ZADD z 1 a 2 b 3 c                => ZADD z 1 a 2 b 3 c
BZPOPMIN z 0                      => ZPOPMIN z
ZMPOP 1 z MAX COUNT 5             => ZPOPMAX z 2
GEOADD g NX 0 0 p                 => ZADD g NX 3377699720527872 p
XADD x * f v                      => XADD x \d+-\d+ f v
XADD x MAXLEN ~ 1 9999999999999 f v => XADD x MAXLEN = 2 9999999999999-0 f v
XGROUP CREATE x gr 0              => XGROUP CREATE x gr 0
XREADGROUP GROUP gr c COUNT 1 STREAMS x > => XCLAIM x gr c 0 \S+ TIME \d+ RETRYCOUNT 1 FORCE JUSTID LASTID \S+
XREADGROUP GROUP gr d NOACK STREAMS x > => MULTI
                                     XGROUP CREATECONSUMER x gr d
                                     XGROUP SETID x gr 9999999999999-0 ENTRIESREAD 2
                                     EXEC
XACK x gr 1-1
PUBLISH ch m                      => PUBLISH ch m
EVAL "return redis.call('incr','e')" 0 => incr e
EVAL "redis.call('incr','e') redis.set_repl(redis.REPL_NONE) redis.call('incr','e')" 0 => incr e
EVAL "redis.call('incr','e') return redis.call('incr','e')" 0 => MULTI
                                     incr e
                                     incr e
                                     EXEC
MULTI
SET t 1
SELECT 3
SET t 2
GET t
EXEC                              => MULTI
                                     SET t 1
                                     SELECT 3
                                     SET t 2
                                     EXEC
SELECT 0
HSET h f 1                        => SELECT 0
                                     HSET h f 1
HPEXPIRE h 100000 FIELDS 1 f      => HPEXPIREAT h \d+ FIELDS 1 f
HPEXPIREAT h 1 FIELDS 1 f         => HDEL h f
SET v w PX 1                      => SET v w PXAT \d+
GET v                             => DEL v
FLUSHALL                          => FLUSHALL
SWAPDB 1 2                        => SWAPDB 1 2
`

func TestReplicasHearWhatCommandsDid(t *testing.T) {
	s := serve(t)
	c, f := dial(t, s), attach(t, s)
	for _, line := range strings.Split(strings.TrimSpace(propagation), "\n") {
		do, hear, some := strings.Cut(line, "=>")
		if strings.HasPrefix(line, " ") {
			do, hear, some = "", line, true
		}
		if words := commandtest.Split(t, do); len(words) > 0 {
			c.do(words...)
		}
		if strings.HasPrefix(do, "SET v w PX") {
			time.Sleep(5 * time.Millisecond) // until its time is over
		}
		if !some {
			continue
		}
		want := strings.TrimSpace(hear)
		if got := f.command(t); !regexp.MustCompile("^(?:" + want + ")$").MatchString(got) {
			t.Fatalf("%s\n got %s\nwant %s", line, got, want)
		}
	}
}

// Writers of all types on few keys, before and after a real redis-server begins to
// follow: in the end it has the same data.
func TestRedisServerFollows(t *testing.T) {
	redis := commandtest.StartRedis(t)
	s := serve(t)
	const writers, writes = 4, 3000
	var half, done sync.WaitGroup
	half.Add(writers)
	done.Add(writers)
	for w := range writers {
		c := dial(t, s)
		go func() {
			defer done.Done()
			rnd := rand.New(rand.NewPCG(1, uint64(w)))
			for i := range writes {
				if i == writes/2 {
					half.Done()
				}
				c.do(randomWrite(rnd)...)
			}
		}()
	}
	half.Wait()
	host, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(redis.Raw(t, "REPLICAOF", host, port)); got != "+OK\r\n" {
		t.Fatal(got)
	}
	done.Wait()
	c := dial(t, s)
	eventually(t, "the replica is online", func() bool { return strings.Contains(c.do("INFO", "replication"), "state=online") })
	c.do("SET", "last", "1")
	if got := c.do("WAIT", "1", "20000"); got != ":1\r\n" {
		t.Fatalf("WAIT: %q", got)
	}
	sameData(t, func(words ...string) string { return c.do(words...) }, func(words ...string) string { return string(redis.Raw(t, words...)) })
}

// sameData asks orbit and a replica, or primary, of its for what randomWrite writes.
func sameData(t *testing.T, one, other func(words ...string) string) {
	t.Helper()
	for db := range 2 {
		one("SELECT", strconv.Itoa(db))
		other("SELECT", strconv.Itoa(db))
		for _, key := range strings.Fields("str num set list zset hash stream other last") {
			for _, read := range contents {
				words := append(strings.Fields(read), key)
				if words[0] == "LRANGE" || words[0] == "ZRANGE" || words[0] == "XRANGE" {
					words = slices.Concat([]string{words[0], key}, words[1:len(words)-1])
				}
				got, want := one(words...), other(words...)
				if words[0] == "XINFO" { // redis-server 7.0 does not replicate entries-read
					got, _, _ = strings.Cut(got, "entries-read")
					want, _, _ = strings.Cut(want, "entries-read")
				}
				if words[0] == "SMEMBERS" || words[0] == "HGETALL" {
					got, want = sortedLines(got), sortedLines(want)
				}
				if got != want && !strings.HasPrefix(got, "-WRONGTYPE") {
					t.Errorf("database %d: %q\n  one %q\nother %q", db, words, got, want)
				}
			}
		}
	}
}

var contents = []string{
	"TYPE", "GET", "LRANGE 0 -1", "SMEMBERS", "ZRANGE 0 -1 WITHSCORES", "HGETALL", "XRANGE - +", "PEXPIRETIME", "XINFO GROUPS",
}

func sortedLines(reply string) string {
	lines := strings.Split(reply, "\r\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func randomWrite(rnd *rand.Rand) []string {
	n, m := strconv.Itoa(rnd.IntN(50)), strconv.Itoa(rnd.IntN(20))
	all := []string{
		"SET str " + n, "SET str " + n + " PX 100000", "SET str " + n + " PX 3", "APPEND str x", "INCR num", "INCRBYFLOAT num 0.5", "GETDEL num",
		"SADD set " + n, "SPOP set", "SPOP set 3", "SREM set " + n, "RPUSH list " + n, "LPUSH list " + n, "LPOP list 2", "LMPOP 1 list RIGHT COUNT 2",
		"BLPOP list 0.001", "ZADD zset " + n + " " + m, "ZPOPMIN zset", "ZINCRBY zset 1.5 " + m, "ZMPOP 1 zset MAX", "HSET hash " + m + " " + n,
		"HINCRBYFLOAT hash n 0.1", "HDEL hash " + m, "XADD stream MAXLEN ~ 50 * f " + n, "XADD stream * f " + n, "XTRIM stream MAXLEN 20",
		"XGROUP CREATE stream g 0 MKSTREAM", "XREADGROUP GROUP g c COUNT 2 STREAMS stream >", "EXPIRE hash 100", "PERSIST hash", "RENAME str other",
		"COPY list other REPLACE", "SINTERSTORE other set", "PEXPIRE set 2", "MOVE other 1", "SORT list ALPHA STORE other", "DEL list",
	}
	if rnd.IntN(400) == 0 {
		return []string{"EVAL", "redis.call('set','str',ARGV[1]) return redis.call('rpush','list',ARGV[1])", "0", n}
	}
	return strings.Fields(all[rnd.IntN(len(all))])
}

// A replica that does not read must not make the server keep the stream for it
// without end.
func TestASlowReplicaIsDropped(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.do("CONFIG", "SET", "client-output-buffer-limit", "replica 2mb 0 0")
	attach(t, s)
	value := strings.Repeat("x", 100_000)
	eventually(t, "the replica is dropped", func() bool {
		for i := range 100 {
			c.do("SET", "k", value+strconv.Itoa(i))
		}
		return !strings.Contains(c.do("CLIENT", "LIST"), "flags=S")
	})
	if state := s.feed.State(); state.Kept > 4<<20 {
		t.Errorf("the stream keeps %d bytes", state.Kept)
	}
}

func TestAReplicaComesBack(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	attach(t, s)
	c.do("SET", "a", "1")
	state := s.feed.State()
	c.do("SET", "b", "2")
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "PSYNC %s %d\r\n", state.ID, state.Offset+1); err != nil {
		t.Fatal(err)
	}
	f := &follower{conn: conn, in: bufio.NewReader(conn)}
	if line, err := f.in.ReadString('\n'); err != nil || line != "+CONTINUE "+state.ID+"\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if got := f.command(t); got != "SET b 2" {
		t.Errorf("got %s", got)
	}
}

func TestWritesNeedReplicas(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.do("CONFIG", "SET", "min-replicas-to-write", "1")
	const refused = "-NOREPLICAS Not enough good replicas to write.\r\n"
	c.want(refused, "SET", "a", "1")
	c.want("$-1\r\n", "GET", "a")
	attach(t, s)
	c.want("+OK\r\n", "SET", "a", "1")
}
