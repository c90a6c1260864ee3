package server

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestClientReplyModes(t *testing.T) {
	c := dial(t, serve(t))
	c.send(request("CLIENT", "REPLY", "SKIP") + request("SET", "a", "1") + request("GET", "a") +
		request("CLIENT", "REPLY", "OFF") + request("SET", "a", "2") + request("NOSUCH") + request("CLIENT", "REPLY", "ON") + request("GET", "a"))
	if got := c.reply() + c.reply() + c.reply(); got != "$1\r\n1\r\n+OK\r\n$1\r\n2\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestClientListKillAndNames(t *testing.T) {
	s := serve(t)
	c, victim := dial(t, s), dial(t, s)
	victim.want("+OK\r\n", "CLIENT", "SETNAME", "victim")
	victim.want("$6\r\nvictim\r\n", "CLIENT", "GETNAME")
	victim.want("+OK\r\n", "SELECT", "3")
	victim.want("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "some-lib")
	list := c.do("CLIENT", "LIST")
	if !strings.Contains(list, "name=victim") || !strings.Contains(list, "db=3") || !strings.Contains(list, "lib-name=some-lib") ||
		!strings.Contains(list, "cmd=client|setinfo") || strings.Count(list, "id=") != 2 {
		t.Errorf("got %s", list)
	}
	c.want(":1\r\n", "CLIENT", "KILL", "ADDR", victim.LocalAddr().String())
	if got := victim.closed(); got != "" {
		t.Errorf("got %q", got)
	}
	c.want("-ERR No such client\r\n", "CLIENT", "KILL", victim.LocalAddr().String())
	c.want(":0\r\n", "CLIENT", "KILL", "TYPE", "normal") // skips itself
	c.want(":1\r\n", "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
	if got := c.closed(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestClientPause(t *testing.T) {
	s := serve(t)
	c, admin := dial(t, s), dial(t, s)
	admin.want("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	c.want("$-1\r\n", "GET", "a")
	c.send(request("SET", "a", "1") + request("GET", "a"))
	eventually(t, "the write waits", func() bool { return strings.Contains(admin.do("CLIENT", "LIST"), "qbuf=47") })
	admin.want("+OK\r\n", "CLIENT", "UNPAUSE")
	if got := c.reply() + c.reply(); got != "+OK\r\n$1\r\n1\r\n" {
		t.Errorf("got %q", got)
	}
	admin.want("+OK\r\n", "CLIENT", "PAUSE", "150", "ALL")
	c.want("$1\r\n1\r\n", "GET", "a") // when the pause has run out
}

func TestMonitorSeesCommandsAndNoSecrets(t *testing.T) {
	s := serve(t)
	monitor, c := dial(t, s), dial(t, s)
	monitor.want("+OK\r\n", "MONITOR")
	c.do("SET", "a\n", "\x01")
	c.do("AUTH", "default", "hunter2")
	c.do("CONFIG", "SET", "timeout", "0") // not shown: an administrator's
	c.do("GET", "a")
	for _, want := range []string{`"SET" "a\n" "\x01"`, `"AUTH" "(redacted)" "(redacted)"`, `"GET" "a"`} {
		if got := monitor.reply(); !strings.HasSuffix(got, want+"\r\n") {
			t.Errorf("got %q, want %s", got, want)
		}
	}
	monitor.want("+RESET\r\n", "RESET")
	monitor.want("+PONG\r\n", "PING")
}

func TestSlowlogAndStats(t *testing.T) {
	s := serve(t, withParam("slowlog-log-slower-than", "0"))
	c := dial(t, s)
	c.do("SET", "a", "1")
	c.do("AUTH", "secret")
	c.do("LPUSH", "a", "1")
	log := c.do("SLOWLOG", "GET")
	if !strings.Contains(log, "$3\r\nSET\r\n") || !strings.Contains(log, "(redacted)") || strings.Contains(log, "secret") {
		t.Errorf("got %q", log)
	}
	info := c.do("INFO", "all")
	for _, want := range []string{"cmdstat_set:calls=1,", "cmdstat_lpush:calls=1,", "failed_calls=1", "errorstat_WRONGTYPE:count=1", "latency_percentiles_usec_set:p50=", "db0:keys=1,expires=0,avg_ttl=0"} {
		if !strings.Contains(info, want) {
			t.Errorf("INFO lacks %s", want)
		}
	}
	c.want("+OK\r\n", "CONFIG", "RESETSTAT")
	if info := c.do("INFO", "commandstats", "errorstats"); strings.Contains(info, "cmdstat_set:") || strings.Contains(info, "WRONGTYPE") {
		t.Errorf("after RESETSTAT: %s", info)
	}
}

func TestHalfClosedClientGetsItsReplies(t *testing.T) {
	c := dial(t, serve(t))
	c.send(request("SET", "a", "1") + request("GET", "a"))
	if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := c.closed(); got != "+OK\r\n$1\r\n1\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestFiveThousandIdleConnections(t *testing.T) {
	const idle = 5000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < 3*idle {
		limit.Cur = min(3*idle, limit.Max)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 2*idle+500 {
			t.Skipf("only %d file descriptors may be open (%v)", limit.Cur, err)
		}
	}
	s := serve(t)
	conns := make([]net.Conn, 0, idle)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	for range idle {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	c := dial(t, s)
	eventually(t, "all are connected", func() bool { return s.clients.count.Load() == idle+1 })
	c.want("+OK\r\n", "SET", "a", "1")
	if list := c.do("CLIENT", "LIST"); strings.Count(list, "\n") < idle {
		t.Error("CLIENT LIST is short")
	}
	for _, conn := range conns {
		if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
	}
	eventually(t, "all are gone", func() bool { return s.clients.count.Load() == 1 })
	c.want("$1\r\n1\r\n", "GET", "a")
}

func TestManyClientsThatNeverReadShareTheMemory(t *testing.T) {
	s := serve(t)
	dial(t, s).want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
	get := strings.Repeat("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n", 64)
	for range 40 { // of 64 MB each
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := conn.Write([]byte(get)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "they hold what all may", func() bool { return s.memory.output.Load() > heldTotal })
	most := int64(0)
	for range 100 {
		most = max(most, s.memory.output.Load())
		time.Sleep(5 * time.Millisecond)
	}
	// Each goes over the limit by what it makes at once.
	if limit := int64(heldTotal + 41*(2<<20)); most > limit {
		t.Errorf("%d bytes wait to be sent, want at most %d", most, limit)
	}
}

func TestIdleSessionIsSmall(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "a", strings.Repeat("x", 1<<20))
	c.want("$1048576\r\n"+strings.Repeat("x", 1<<20)+"\r\n", "GET", "a")
	eventually(t, "the buffers are given back", func() bool {
		held := -1
		done := make(chan struct{})
		s.loops[0].sessions().post(func() {
			for client := range s.loops[0].sessions().sessions {
				held = client.reader.Capacity() + cap(client.out.Buf)
			}
			close(done)
		})
		select {
		case <-done:
		case <-time.After(time.Second):
		}
		return held >= 0 && held < 64<<10
	})
}
