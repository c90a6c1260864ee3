package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// replicaOf makes a server follow another one and waits until it does.
func replicaOf(t *testing.T, s *Server, addr string) *client {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, s)
	c.want("+OK\r\n", "REPLICAOF", host, port)
	linked(t, c)
	return c
}

func linked(t *testing.T, c *client) {
	t.Helper()
	eventually(t, "the link is up", func() bool { return strings.Contains(c.do("INFO", "replication"), "master_link_status:up") })
}

// caughtUp waits until the replica has all that was written before.
func caughtUp(t *testing.T, primary func(words ...string) string) {
	t.Helper()
	primary("SET", "last", strconv.Itoa(rand.Int()))
	if got := primary("WAIT", "1", "20000"); got != ":1\r\n" {
		t.Fatalf("WAIT: %q", got)
	}
}

// shutdown stops a server before the test's end.
func shutdown(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// begins checks how a reply begins.
func begins(t *testing.T, got, want string) {
	t.Helper()
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q…", got, want)
	}
}

// listening has a redis-server listen on a port, and says where.
func listening(t *testing.T, redis *commandtest.Redis) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr)
	if got := string(redis.Raw(t, "CONFIG", "SET", "port", port)); got != "+OK\r\n" {
		t.Fatal(got)
	}
	return addr
}

const functions = "#!lua name=mylib\nredis.register_function{function_name='f', callback=function() return 'from a function' end, flags={'no-writes'}}"

// A data set of all types, writes of all types, a link that is cut, and a promotion.
func TestFollowsRedisServer(t *testing.T) {
	redis := commandtest.StartRedis(t)
	there := func(words ...string) string { return string(redis.Raw(t, words...)) }
	there("CONFIG", "SET", "repl-diskless-sync-delay", "0")
	addr := listening(t, redis)
	for _, diskless := range []string{"yes", "no"} {
		there("CONFIG", "SET", "repl-diskless-sync", diskless)
		there("FLUSHALL")
		there("FUNCTION", "LOAD", "REPLACE", functions)
		rnd := rand.New(rand.NewPCG(1, 2))
		write := func(n int) {
			for range n {
				if rnd.IntN(20) == 0 {
					there("MULTI")
					there(randomWrite(rnd)...)
					there(randomWrite(rnd)...)
					there("EXEC")
					continue
				}
				there(randomWrite(rnd)...)
			}
		}
		write(1000)
		s := serve(t)
		c := dial(t, s)
		c.do("SET", "own", "1")
		c.do("FUNCTION", "LOAD", strings.ReplaceAll(strings.ReplaceAll(functions, "mylib", "own"), "'f'", "'g'"))
		replicaOf(t, s, addr)
		write(1000)
		caughtUp(t, there)
		here := func(words ...string) string { return c.do(words...) }
		sameData(t, here, there)
		c.want("$-1\r\n", "GET", "own")
		c.do("SELECT", "0")
		there("SELECT", "0")
		c.want("$15\r\nfrom a function\r\n", "FCALL_RO", "f", "0")

		full := s.following.history()
		there("CLIENT", "KILL", "TYPE", "replica")
		write(300)
		eventually(t, "the replica is back", func() bool { return strings.Contains(there("INFO", "replication"), "state=online") })
		caughtUp(t, there)
		sameData(t, here, there)
		if id := s.following.history(); id != full || !strings.Contains(there("INFO", "stats"), "sync_partial_ok:1\r\n") {
			t.Errorf("it came back with everything: %s", there("INFO", "stats"))
		}
		there("CONFIG", "RESETSTAT")

		c.want("+OK\r\n", "REPLICAOF", "NO", "ONE")
		c.want("+OK\r\n", "SELECT", "0")
		c.want("+OK\r\n", "SET", "mine", "1")
		there("SET", "mine", "not")
		c.want("$1\r\n1\r\n", "GET", "mine")
		begins(t, c.do("ROLE"), "*3\r\n$6\r\nmaster")
	}
}

// history is the name of the history that a replica follows.
func (f *following) history() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.primary.at.ID
}

// A replica of a replica, over both transports and under writes from the start.
func TestOrbitFollowsOrbit(t *testing.T) {
	first, second, third := serve(t), serve(t, overStreams), serve(t)
	a := dial(t, first)
	rnd := rand.New(rand.NewPCG(3, 4))
	write := func(n int) {
		for range n {
			a.do(randomWrite(rnd)...)
		}
	}
	write(500)
	b := replicaOf(t, second, first.Addr().String())
	write(500)
	c := replicaOf(t, third, second.Addr().String())
	write(500)
	a.do("SELECT", "0")
	caughtUp(t, func(words ...string) string { return a.do(words...) })
	last := a.do("GET", "last")
	eventually(t, "the last one has it", func() bool { return c.do("GET", "last") == last })
	ask := func(c *client) func(words ...string) string {
		return func(words ...string) string { return c.do(words...) }
	}
	sameData(t, ask(a), ask(b))
	sameData(t, ask(a), ask(c))

	// Another data set for the second is one for the third, too.
	for _, one := range []*client{a, b, c} {
		one.do("SELECT", "0")
	}
	other := serve(t)
	d := dial(t, other)
	d.do("SET", "elsewhere", "1")
	replicaOf(t, second, other.Addr().String())
	eventually(t, "the third has it", func() bool { return c.do("GET", "elsewhere") == "$1\r\n1\r\n" })
	c.want("$-1\r\n", "GET", "last")
}

// Who was a primary goes on with what it has once its replica takes its place.
func TestADemotedPrimaryGoesOn(t *testing.T) {
	redis := commandtest.StartRedis(t)
	s := serve(t)
	c := dial(t, s)
	c.do("SET", "a", "1")
	host, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	redis.Raw(t, "REPLICAOF", host, port)
	eventually(t, "the replica is online", func() bool { return strings.Contains(c.do("INFO", "replication"), "state=online") })
	caughtUp(t, func(words ...string) string { return c.do(words...) })
	redis.Raw(t, "REPLICAOF", "NO", "ONE")
	redis.Raw(t, "SET", "b", "2")
	c = replicaOf(t, s, listening(t, redis))
	eventually(t, "it has what came since", func() bool { return c.do("GET", "b") == "$1\r\n2\r\n" })
	if stats := string(redis.Raw(t, "INFO", "stats")); !strings.Contains(stats, "sync_partial_ok:1\r\n") || !strings.Contains(stats, "sync_full:0\r\n") {
		t.Errorf("it was sent everything: %s", stats)
	}
}

// Keys whose time is over are gone for readers, and removed when the primary says so.
func TestReplicasLeaveExpiryToThePrimary(t *testing.T) {
	first, second := serve(t), serve(t)
	a := dial(t, first)
	a.do("SET", "k", "v", "PX", "30")
	a.do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	a.do("SET", "k", "v", "PX", "30")
	b := replicaOf(t, second, first.Addr().String())
	time.Sleep(50 * time.Millisecond)
	b.want("$-1\r\n", "GET", "k")
	b.want(":0\r\n", "EXISTS", "k")
	b.want(":1\r\n", "DBSIZE")
	a.want("$-1\r\n", "GET", "k")
	eventually(t, "the replica was told", func() bool { return b.do("DBSIZE") == ":0\r\n" })
	// A time that the replica's clock has passed is no reason to lose the key.
	past := strconv.FormatInt(time.Now().Add(20*time.Millisecond).UnixMilli(), 10)
	a.do("CLIENT", "NO-EVICT", "ON")
	a.do("MULTI")
	a.do("SET", "kept", "v", "PXAT", past)
	a.do("PERSIST", "kept")
	a.do("EXEC")
	eventually(t, "the key is there", func() bool { return b.do("GET", "kept") == "$1\r\nv\r\n" })
}

func TestWhatReplicasRefuse(t *testing.T) {
	first, second := serve(t), serve(t)
	a := dial(t, first)
	blocked := dial(t, second)
	blocked.send("BLPOP nothing 0\r\n")
	open, b := dial(t, second), dial(t, second)
	open.do("MULTI")
	open.do("SET", "x", "1")
	eventually(t, "it waits", func() bool { return strings.Contains(b.do("INFO", "clients"), "blocked_clients:1") })
	b = replicaOf(t, second, first.Addr().String())
	begins(t, blocked.reply(), "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n")
	if _, err := blocked.r.ReadByte(); err != io.EOF {
		t.Errorf("the connection is not closed: %v", err)
	}
	const readOnly = "READONLY You can't write against a read only replica."
	open.want("-EXECABORT Transaction discarded because of: "+readOnly+"\r\n", "EXEC")
	b.want("-"+readOnly+"\r\n", "SET", "a", "1")
	b.want("$-1\r\n", "GET", "a")
	b.want("+OK\r\n", "MULTI")
	b.want("-"+readOnly+"\r\n", "SET", "a", "1")
	b.want("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
	begins(t, b.do("EVAL", "return redis.call('set','a','1')", "0"), "-"+readOnly+" script: ")
	b.want("-"+readOnly+"\r\n", "EVAL", "#!lua\nreturn 1", "0")
	b.want(":1\r\n", "EVAL", "#!lua flags=no-writes\nreturn 1", "0")
	b.want("-ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.\r\n", "WAIT", "0", "0")
	b.want("-ERR Invalid master port\r\n", "REPLICAOF", "h", "99999")
	host, port, _ := net.SplitHostPort(first.Addr().String())
	b.want("+OK Already connected to specified master\r\n", "REPLICAOF", host, port)
	b.want("*2\r\n$9\r\nreplicaof\r\n$"+strconv.Itoa(len(host+port)+1)+"\r\n"+host+" "+port+"\r\n", "CONFIG", "GET", "replicaof")

	b.want("+OK\r\n", "CONFIG", "SET", "replica-read-only", "no")
	b.want("+OK\r\n", "SET", "own", "1")
	b.want("+OK\r\n", "CONFIG", "SET", "replica-read-only", "yes")

	b.want("+OK\r\n", "CONFIG", "SET", "replica-serve-stale-data", "no")
	b.want("$-1\r\n", "GET", "a")
	a.do("SET", "there", "1")
	b.want("+OK\r\n", "REPLICAOF", "127.0.0.1", "1")
	const stale = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
	b.want("-"+stale+"\r\n", "GET", "a")
	b.want("-"+stale+"\r\n", "PING")
	begins(t, b.do("EVAL", "return redis.call('get','a')", "0"), "-ERR Can not execute the command on a stale replica script: ")
	b.want("+OK\r\n", "CONFIG", "SET", "replica-serve-stale-data", "yes")
	b.want("$1\r\n1\r\n", "GET", "own")
	b.want("-NOMASTERLINK Can't SYNC while not connected with my master\r\n", "PSYNC", "?", "-1")
	begins(t, b.do("ROLE"), "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n")
	b.want("+OK\r\n", "MULTI")
	b.want("+OK\r\n", "DISCARD")
	b.want("+OK\r\n", "REPLICAOF", "NO", "ONE")
	b.want("$1\r\n1\r\n", "GET", "own")
}

// Whatever a primary sends, the data stays until another is whole, and the server
// tries again.
func TestBadPrimaries(t *testing.T) {
	var file bytes.Buffer
	source := serve(t)
	filler := dial(t, source)
	for i := range 5000 {
		filler.do("SET", fmt.Sprint("key:", i), strings.Repeat("v", 100))
	}
	snapshot, err := source.keys.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Save(&file, snapshot, dataset.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Close(); err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("a", 40)
	full := "+FULLRESYNC " + id + " 0\r\n"
	size := strconv.Itoa(file.Len())
	damaged := bytes.Clone(file.Bytes())
	damaged[len(damaged)/2] ^= 0xff
	for name, answer := range map[string]string{
		"text":                  "what do you mean?\r\n",
		"no data set":           full + "*1\r\n",
		"half a data set":       full + "$" + size + "\r\n" + file.String()[:file.Len()/2],
		"half, and a delimiter": full + "$EOF:" + id + "\r\n" + file.String()[:file.Len()/2] + id,
		"a damaged one":         full + "$" + size + "\r\n" + string(damaged),
		"a huge size":           full + "$9223372036854775807\r\n" + file.String()[:1000],
	} {
		t.Run(name, func(t *testing.T) {
			addr, tries := fakePrimary(t, answer, false)
			s := serve(t, withParam("repl-timeout", "1"))
			c := dial(t, s)
			c.do("SET", "mine", "1")
			host, port, _ := net.SplitHostPort(addr)
			c.want("+OK\r\n", "REPLICAOF", host, port)
			for range 2 {
				<-tries
			}
			c.want("$1\r\n1\r\n", "GET", "mine")
			c.want(":1\r\n", "DBSIZE")
			c.want("+OK\r\n", "REPLICAOF", "NO", "ONE")
			c.want("+OK\r\n", "SET", "mine", "2")
		})
	}
	for name, stream := range map[string]string{
		"text":                    "HELLO THERE\r\n",
		"a broken request":        "*1\r\n$-5\r\n",
		"an unknown command":      "*1\r\n$4\r\nXYZZ\r\n",
		"a command about servers": "*1\r\n$8\r\nSHUTDOWN\r\n",
		"another primary":         "*3\r\n$9\r\nREPLICAOF\r\n$1\r\nx\r\n$1\r\n1\r\n",
		"a subscription":          "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n",
		"half a transaction":      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\ny\r\n*1\r\n$4\r\nOOPS\r\n*1\r\n$4\r\nEXEC\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			addr, tries := fakePrimary(t, full+"$"+size+"\r\n"+file.String()+stream, true)
			s := serve(t)
			c := dial(t, s)
			host, port, _ := net.SplitHostPort(addr)
			c.want("+OK\r\n", "REPLICAOF", host, port)
			for range 2 {
				if got := <-tries; got != "PSYNC ? -1" {
					t.Errorf("asked %s", got)
				}
			}
			c.want(":5000\r\n", "DBSIZE")
			c.want("$-1\r\n", "GET", "x")
			if n := s.panics.Load(); n != 0 {
				t.Errorf("%d panics", n)
			}
		})
	}
}

// fakePrimary answers PSYNC with text, and tells what PSYNC it was asked. Then it
// closes the connection or has the replica do so.
func fakePrimary(t *testing.T, text string, stays bool) (addr string, asked chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	asked = make(chan string, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				f := &follower{conn: conn, in: bufio.NewReader(conn)}
				for {
					words, err := f.words()
					if err != nil {
						return
					}
					if words[0] == "PSYNC" {
						asked <- strings.Join(words, " ")
						_, _ = io.WriteString(conn, text)
						if stays {
							_, _ = io.Copy(io.Discard, conn)
						}
						return
					}
					_, _ = io.WriteString(conn, "+OK\r\n")
				}
			}()
		}
	}()
	return listener.Addr().String(), asked
}

func (f *follower) words() ([]string, error) {
	var n int
	if _, err := fmt.Fscanf(f.in, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	words := make([]string, n)
	for i := range words {
		var size int
		if _, err := fmt.Fscanf(f.in, "$%d\r\n", &size); err != nil {
			return nil, err
		}
		word := make([]byte, size+2)
		if _, err := io.ReadFull(f.in, word); err != nil {
			return nil, err
		}
		words[i] = string(word[:size])
	}
	return words, nil
}

// A primary that asks for a password gets the one of masterauth, and is tried again
// until that is right.
func TestFollowsWithAPassword(t *testing.T) {
	first, second := serve(t), serve(t)
	a := dial(t, first)
	a.do("SET", "k", "1")
	a.want("+OK\r\n", "ACL", "SETUSER", "copier", "on", ">secret", "+psync", "+replconf", "+ping")
	a.want("+OK\r\n", "CONFIG", "SET", "requirepass", "other")
	b := dial(t, second)
	host, port, _ := net.SplitHostPort(first.Addr().String())
	b.want("+OK\r\n", "REPLICAOF", host, port)
	b.want("+OK\r\n", "CONFIG", "SET", "masteruser", "copier", "masterauth", "secret")
	linked(t, b)
	b.want("$1\r\n1\r\n", "GET", "k")
}

// A server that is started again follows whom it followed.
func TestFollowingOutlivesTheServer(t *testing.T) {
	first := serve(t)
	a := dial(t, first)
	a.do("SET", "k", "1")
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	second := serve(t, withStore(store))
	replicaOf(t, second, first.Addr().String())
	shutdown(t, second)
	a.do("SET", "k", "2")
	third := serve(t, withStore(store))
	b := dial(t, third)
	b.want("-READONLY You can't write against a read only replica.\r\n", "SET", "k", "3")
	linked(t, b)
	b.want("$1\r\n2\r\n", "GET", "k")
	b.want("+OK\r\n", "REPLICAOF", "NO", "ONE")
	shutdown(t, third)
	c := dial(t, serve(t, withStore(store)))
	c.want("+OK\r\n", "SET", "k", "4")
}
