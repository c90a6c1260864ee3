package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
)

func TestExecRunsTheQueue(t *testing.T) {
	c := dial(t, serve(t))
	c.want("+OK\r\n", "MULTI")
	for _, words := range [][]string{{"SET", "a", "1"}, {"INCR", "a"}, {"LPUSH", "a", "x"}, {"GET", "a"}, {"SELECT", "1"}, {"GET", "a"}, {"CONFIG", "GET", "timeout"}} {
		c.want("+QUEUED\r\n", words...)
	}
	c.want("*7\r\n+OK\r\n:2\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n$1\r\n2\r\n+OK\r\n$-1\r\n*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n", "EXEC")
	c.want("$-1\r\n", "GET", "a") // database 1 stays selected
	c.want("-ERR EXEC without MULTI\r\n", "EXEC")
}

func TestSpoiledTransactions(t *testing.T) {
	c := dial(t, serve(t))
	for _, bad := range [][]string{{"NOSUCH"}, {"GET"}, {"CONFIG", "NOSUCH"}, {"SAVE"}} {
		c.want("+OK\r\n", "MULTI")
		if got := c.do(bad...); !strings.HasPrefix(got, "-ERR ") {
			t.Errorf("%q: got %q", bad, got)
		}
		c.want("+QUEUED\r\n", "SET", "a", "1")
		c.want("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
	}
	c.want("+OK\r\n", "MULTI")
	c.want("-ERR MULTI calls can not be nested\r\n", "MULTI")
	c.want("-ERR WATCH inside MULTI is not allowed\r\n", "WATCH", "a")
	c.want("+QUEUED\r\n", "SET", "a", "1")
	c.want("+OK\r\n", "DISCARD")
	c.want("-ERR DISCARD without MULTI\r\n", "DISCARD")
	c.want("$-1\r\n", "GET", "a")
}

func TestWatch(t *testing.T) {
	s := serve(t)
	c, other := dial(t, s), dial(t, s)
	tests := []struct {
		name  string
		act   func()
		fails bool
	}{
		{"nothing happens", func() {}, false},
		{"another client writes", func() { other.do("SET", "k", "x") }, true},
		{"it writes itself", func() { c.do("SET", "k", "x") }, true},
		{"another key is written", func() { other.do("SET", "j", "x") }, false},
		{"the key is deleted", func() { other.do("DEL", "k") }, true},
		{"a write changes nothing", func() { other.do("SETNX", "k", "x") }, false},
		{"a command fails", func() { other.do("LPUSH", "k", "x") }, false},
		{"the key expires", func() {
			other.do("PEXPIRE", "k", "1")
			eventually(t, "the key is gone", func() bool { return other.do("EXISTS", "k") == ":0\r\n" })
		}, true},
		{"everything is flushed", func() { other.do("FLUSHALL") }, true},
		{"databases are swapped", func() { other.do("SWAPDB", "0", "1") }, true},
		{"it is unwatched", func() { other.do("SET", "k", "x"); c.do("UNWATCH") }, false},
		{"a transaction of another writes", func() {
			other.send(request("MULTI") + request("INCR", "n") + request("APPEND", "k", "z") + request("EXEC"))
			for range 4 {
				other.reply()
			}
		}, true},
		{"it writes in one pipeline", func() {
			c.send(request("SET", "k", "1") + request("WATCH", "k") + request("SET", "k", "1"))
			c.reply()
			c.reply()
			c.reply()
		}, true},
	}
	for _, tt := range tests {
		other.do("SET", "k", "v")
		c.want("+OK\r\n", "WATCH", "k")
		tt.act()
		c.want("+OK\r\n", "MULTI")
		c.want("+QUEUED\r\n", "PING")
		want := "*1\r\n+PONG\r\n"
		if tt.fails {
			want = "*-1\r\n"
		}
		if got := c.do("EXEC"); got != want {
			t.Errorf("%s: got %q, want %q", tt.name, got, want)
		}
	}
	if n := s.watches.count.Load(); n != 0 {
		t.Errorf("%d watches are left", n)
	}
}

// Transfers between accounts under WATCH, from several loops: money is neither
// made nor lost.
func TestOptimisticTransfers(t *testing.T) {
	s := serve(t, func(_ *testing.T, o *Options) { o.Loops = 3 })
	setup := dial(t, s)
	const accounts, clients, rounds = 4, 6, 60
	for i := range accounts {
		setup.want("+OK\r\n", "SET", fmt.Sprint("acc", i), "100")
	}
	var done sync.WaitGroup
	for n := range clients {
		c := dial(t, s)
		done.Add(1)
		go func() {
			defer done.Done()
			for i := range rounds {
				from, to := fmt.Sprint("acc", (n+i)%accounts), fmt.Sprint("acc", (n+i*3+1)%accounts)
				c.do("WATCH", from, to)
				var have int
				if _, err := fmt.Sscanf(strings.SplitN(c.do("GET", from), "\r\n", 2)[1], "%d", &have); err != nil || from == to {
					c.do("UNWATCH")
					continue
				}
				c.do("MULTI")
				c.do("SET", from, fmt.Sprint(have-1))
				c.do("INCR", to)
				c.do("EXEC")
			}
		}()
	}
	done.Wait()
	sum := 0
	for i := range accounts {
		var have int
		if _, err := fmt.Sscanf(strings.SplitN(setup.do("GET", fmt.Sprint("acc", i)), "\r\n", 2)[1], "%d", &have); err != nil {
			t.Fatal(err)
		}
		sum += have
	}
	if sum != accounts*100 {
		t.Errorf("the accounts hold %d, not %d", sum, accounts*100)
	}
}

func TestPanicInExecDropsTheTransaction(t *testing.T) {
	boom := &command.Spec{Name: "boom", Arity: 1, Handler: func(*command.Ctx) error { panic("a bug") }}
	c := dial(t, serve(t, withCommands(boom)))
	c.send(request("MULTI") + request("SET", "a", "1") + request("BOOM") + request("EXEC") + request("GET", "a"))
	for _, want := range []string{"+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "-ERR internal error\r\n", "$-1\r\n"} {
		if got := c.reply(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
