package server

import (
	"net"
	"strings"
	"testing"
)

func TestConfigSetPortMovesTheServer(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	was := s.Addr().String()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	c.want("-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
		"CONFIG", "SET", "maxmemory", "10000001", "port", port)
	c.want("*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n", "CONFIG", "GET", "maxmemory")
	if got := c.do("CONFIG", "GET", "port"); !strings.HasSuffix(was, strings.Split(got, "\r\n")[4]) {
		t.Errorf("the port is told to be %q, and is that of %s", got, was)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	c.want("+OK\r\n", "CONFIG", "SET", "port", port)
	if got := s.Addr().String(); got != "127.0.0.1:"+port {
		t.Errorf("listens at %s", got)
	}
	dial(t, s).want("+PONG\r\n", "PING")
	c.want("+PONG\r\n", "PING") // who was there stays
	if conn, err := net.Dial("tcp", was); err == nil {
		t.Errorf("%s is still open", was)
		_ = conn.Close()
	}
	c.want("+OK\r\n", "CONFIG", "SET", "port", "0")
	if s.PlainAddr() != nil {
		t.Error("port 0 listens")
	}
	c.want("+OK\r\n", "CONFIG", "SET", "port", port)
	dial(t, s).want("+PONG\r\n", "PING")
}

func TestInfoCountsChangesSinceTheLastSave(t *testing.T) {
	s := serve(t, withDumps(t.TempDir()))
	c := dial(t, s)
	changes := func(want string) {
		t.Helper()
		if got := c.do("INFO", "persistence"); !strings.Contains(got, "\r\nrdb_changes_since_last_save:"+want+"\r\n") {
			t.Errorf("want %s changes in %s", want, got)
		}
	}
	changes("0")
	c.do("SET", "a", "1")
	c.do("SETBIT", "b", "0", "0")
	c.do("SETBIT", "b", "0", "0") // changes nothing
	c.do("GET", "a")
	c.do("DEL", "none")
	changes("2")
	c.do("MULTI")
	c.do("SET", "a", "2")
	c.do("INCR", "a")
	c.do("EXEC")
	c.do("EVAL", "redis.call('incr', 'a') return redis.call('incr', 'a')", "0")
	changes("6")
	c.want("+OK\r\n", "SAVE")
	changes("0")
	c.do("INCR", "a")
	changes("1")
}
