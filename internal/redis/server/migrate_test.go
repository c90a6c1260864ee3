package server

import (
	"net"
	"strings"
	"testing"
	"time"
)

// migrate is the words of a MIGRATE to a server.
func migrate(to *Server, words ...string) []string {
	host, port, _ := net.SplitHostPort(to.Addr().String())
	return append([]string{"MIGRATE", host, port}, words...)
}

func TestMigrateMovesKeys(t *testing.T) {
	from, to := serve(t), serve(t)
	c, there, watcher := dial(t, from), dial(t, to), dial(t, from)
	c.want("+NOKEY\r\n", migrate(to, "k", "9", "1000")...)
	c.want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "Eg")
	c.want("+OK\r\n", "SET", "k", strings.Repeat("v", 100_000), "PX", "1000000")
	c.want(":2\r\n", "HSET", "h", "a", "1", "b", "2")
	c.want(":1\r\n", "RPUSH", "l", "x")
	watcher.want("+OK\r\n", "WATCH", "k")
	subscriber := dial(t, from)
	subscriber.do("SUBSCRIBE", "__keyevent@0__:del")

	c.want("+OK\r\n", migrate(to, "k", "9", "1000", "COPY")...)
	c.want(":1\r\n", "EXISTS", "k")
	c.want("-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n", migrate(to, "k", "9", "1000")...)
	c.want(":1\r\n", "EXISTS", "k")
	c.want("+OK\r\n", migrate(to, "k", "9", "1000", "REPLACE")...)
	c.want(":0\r\n", "EXISTS", "k")
	if got := subscriber.reply(); !strings.HasSuffix(got, "$1\r\nk\r\n") {
		t.Errorf("got %q", got)
	}
	watcher.want("+OK\r\n", "MULTI")
	watcher.want("*-1\r\n", "EXEC")

	c.want("-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string\r\n", migrate(to, "k", "9", "1000", "KEYS", "h")...)
	c.want("+OK\r\n", migrate(to, "", "9", "1000", "KEYS", "h", "none", "l")...)
	c.want(":0\r\n", "DBSIZE")
	there.want("+OK\r\n", "SELECT", "9")
	there.want(":100000\r\n", "STRLEN", "k")
	if ttl := there.do("PTTL", "k"); len(ttl) < len(":100000\r\n") {
		t.Errorf("the time to live is %s", ttl)
	}
	there.want("*2\r\n$1\r\n1\r\n$1\r\n2\r\n", "HMGET", "h", "a", "b")
	there.want("*1\r\n$1\r\nx\r\n", "LRANGE", "l", "0", "-1")
}

func TestMigrateTellsWhatWentWrong(t *testing.T) {
	from, to := serve(t), serve(t, withParam("requirepass", "secret"))
	c := dial(t, from)
	c.want("+OK\r\n", "SET", "k", "v")
	c.want("-ERR Target instance replied with error: NOAUTH Authentication required.\r\n", migrate(to, "k", "0", "1000")...)
	c.want("-ERR Target instance replied with error: WRONGPASS invalid username-password pair or user is disabled.\r\n",
		migrate(to, "k", "0", "1000", "AUTH", "guess")...)
	c.want("-ERR Target instance replied with error: ERR DB index is out of range\r\n", migrate(to, "k", "99", "1000", "AUTH", "secret")...)
	c.want("-ERR syntax error\r\n", migrate(to, "k", "0", "1000", "AUTH2", "default")...)
	c.want("-ERR value is not an integer or out of range\r\n", migrate(to, "k", "0", "x")...)
	c.want("-IOERR error or timeout connecting to the client\r\n", "MIGRATE", "127.0.0.1", "1", "k", "0", "1000")
	c.want("+OK\r\n", "MULTI")
	c.want("+QUEUED\r\n", migrate(to, "k", "0", "1000")...)
	c.want("*1\r\n-ERR MIGRATE is not supported by this server within a transaction or script\r\n", "EXEC")
	c.want(":1\r\n", "EXISTS", "k")

	// A server that takes everything and says nothing.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	host, port, _ := net.SplitHostPort(silent.Addr().String())
	c.send(request("MIGRATE", host, port, "k", "0", "300"))
	other := dial(t, from)
	other.want("$1\r\nv\r\n", "GET", "k") // others are served meanwhile
	if got := c.reply(); got != "-IOERR error or timeout reading to target instance\r\n" {
		t.Errorf("got %q", got)
	}
	c.want("+OK\r\n", migrate(to, "k", "0", "1000", "AUTH2", "default", "secret")...)
	c.want(":0\r\n", "EXISTS", "k")
}

// A key that is modified on its way arrives as it was last.
func TestMigrateSendsAgainWhatWasModified(t *testing.T) {
	from, to := serve(t), serve(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c, writer := dial(t, from), dial(t, from)
	c.want("+OK\r\n", "MSET", "a", "1", "b", "1", "c", "1")
	go func() { // a proxy that lets the keys change before the first reply
		down, err := listener.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", to.Addr().String())
		if err != nil {
			return
		}
		go func() { _, _ = relay(up, down, nil) }()
		replies := 0
		_, _ = relay(down, up, func() {
			if replies++; replies == 2 { // the first is that to SELECT
				writer.do("SET", "a", "2")
				writer.do("DEL", "b")
			}
		})
	}()
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	c.want("+OK\r\n", "MIGRATE", host, port, "", "0", "5000", "KEYS", "a", "b", "c")
	c.want(":0\r\n", "DBSIZE")
	there := dial(t, to)
	there.want("*3\r\n$1\r\n2\r\n$-1\r\n$1\r\n1\r\n", "MGET", "a", "b", "c")
}

// relay copies until the end, and calls before before it passes anything on.
func relay(to, from net.Conn, before func()) (int, error) {
	buf := make([]byte, 4096)
	for total := 0; ; {
		_ = from.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := from.Read(buf)
		if err != nil {
			return total, err
		}
		if before != nil {
			before()
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return total, err
		}
		total += n
	}
}
