package e2e

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// connectionHostility is what the listeners meet.
var connectionHostility = []hostileCase{
	{"idle Redis clients", func(t *testing.T, v *victim) {
		idle(t, v.orbit.redis, []byte("PING\r\n"), "+PONG\r\n", v)
	}},
	{"Redis clients that say nothing", func(t *testing.T, v *victim) {
		idle(t, v.orbit.redis, nil, "", v)
	}},
	{"idle PostgreSQL clients", func(t *testing.T, v *victim) {
		idle(t, v.orbit.sql, startup("user", "postgres"), readyForQuery, v)
	}},
	{"PostgreSQL clients that say nothing", func(t *testing.T, v *victim) {
		idle(t, v.orbit.sql, nil, "", v)
	}},
	{"clients that come and go", func(t *testing.T, v *victim) {
		for _, addr := range []string{v.orbit.redis, v.orbit.sql} {
			if err := atOnce(2000, func(int) error {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					return err
				}
				return c.Close()
			}); err != nil {
				t.Fatal(err)
			}
		}
	}},
	{"garbage on the admin socket", func(t *testing.T, v *victim) {
		for range 50 {
			c, err := net.Dial("unix", filepath.Join(v.dir, "orbit.sock"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(c, strings.NewReader(strings.Repeat("\x00\xff*1\r\n", 1000))); err == nil {
				_ = c.(*net.UnixConn).CloseWrite()
				_, _ = io.Copy(io.Discard, c)
			}
			_ = c.Close()
		}
	}},
}

// TestTooManyClients connects one more than allowed.
func TestTooManyClients(t *testing.T) {
	o := start(t, t.TempDir(), "--maxclients", "3", "--max-connections", "3")
	for range 3 {
		dialWith(t, o.redis, []byte("PING\r\n"), "+PONG\r\n")
		dialWith(t, o.sql, startup("user", "postgres"), readyForQuery)
	}
	mustContain(t, dial(t, o.redis).rest(), "-ERR max number of clients reached\r\n")
	c := dial(t, o.sql)
	c.send(startup("user", "postgres"))
	mustContain(t, c.rest(), "C53300\x00")
}

// dialWith connects, says hello and waits for the answer.
func dialWith(t *testing.T, addr string, hello []byte, want string) {
	t.Helper()
	c := dial(t, addr)
	c.send(hello)
	c.until(want)
}

// idle connects many clients that say hello and then nothing.
func idle(t *testing.T, addr string, hello []byte, want string, v *victim) {
	t.Helper()
	n := openFiles(t, idleClients)
	conns := make([]net.Conn, n)
	defer func() {
		for _, c := range conns {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	if err := atOnce(n, func(i int) (err error) {
		if conns[i], err = net.Dial("tcp", addr); err != nil || hello == nil {
			return err
		}
		if err := conns[i].SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
			return err
		}
		if _, err := conns[i].Write(hello); err != nil {
			return err
		}
		return readUntil(conns[i], want)
	}); err != nil {
		t.Fatal(err)
	}
	v.mustBeWell(t)
}

// readUntil reads until the text comes.
func readUntil(r io.Reader, want string) error {
	var said strings.Builder
	b := make([]byte, 1024)
	for !strings.Contains(said.String(), want) {
		n, err := r.Read(b)
		if err != nil {
			return err
		}
		said.Write(b[:n])
	}
	return nil
}
