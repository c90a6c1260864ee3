package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

const busyText = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"

// While a script does not end, other clients are answered: those that need no
// data at once, the others when it has run for too long. It can be killed.
func TestEndlessScriptIsKilled(t *testing.T) {
	for _, multi := range []bool{false, true} {
		t.Run(fmt.Sprint("multi=", multi), func(t *testing.T) {
			s := serve(t, withParam("busy-reply-threshold", "50"))
			runner, waiter, other := dial(t, s), dial(t, s), dial(t, s)
			other.want("+OK\r\n", "SET", "k", "v")
			if multi {
				runner.want("+OK\r\n", "MULTI")
				runner.want("+QUEUED\r\n", "EVAL", "while true do end", "0")
				runner.send(request("EXEC"))
			} else {
				runner.send(request("EVAL", "while true do end", "0") + request("GET", "k"))
			}
			eventually(t, "the script runs", func() bool { return s.Scripts().Current() != nil })
			waiter.want(busyText, "GET", "k")
			waiter.want("+OK\r\n", "MULTI")
			waiter.want(busyText, "GET", "k")
			waiter.want("-EXECABORT Transaction discarded because of: "+busyText[1:], "EXEC")
			eventually(t, "everybody is told", func() bool { return other.do("PING") == busyText })
			other.want("-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n", "FUNCTION", "KILL")
			other.want("+OK\r\n", "SCRIPT", "KILL")
			got := runner.reply()
			if !strings.Contains(got, "Script killed by user") {
				t.Errorf("got %q", got)
			}
			if !multi {
				runner.expect("$1\r\nv\r\n")
			}
			waiter.want("$1\r\nv\r\n", "GET", "k")
		})
	}
}

// Scripts, transactions and single commands of many clients add up: each is
// atomic, and none waits for another for ever.
func TestScriptsAreAtomic(t *testing.T) {
	s := serve(t)
	const clients, rounds = 8, 50
	var group sync.WaitGroup
	for i := range clients {
		c := dial(t, s)
		group.Go(func() {
			for range rounds {
				switch i % 4 {
				case 0:
					c.do("EVAL", "local n = tonumber(redis.call('get', KEYS[1]) or 0) redis.call('set', KEYS[1], n + 1)", "1", "n")
				case 1:
					c.do("INCR", "n")
				case 2:
					c.send(request("MULTI") + request("INCR", "n") + request("EVAL", "return redis.call('decr', 'n')", "0") + request("INCR", "n") + request("EXEC"))
					for range 5 {
						c.reply()
					}
				case 3:
					c.do("EVAL", "redis.call('incr', 'n') return redis.call('keys', '*')[1]", "0")
				}
			}
		})
	}
	group.Wait()
	want := fmt.Sprint(clients * rounds)
	dial(t, s).want(fmt.Sprintf("$%d\r\n%s\r\n", len(want), want), "GET", "n")
}

// A watched key that a script modified makes EXEC fail; a script that touched
// others does not.
func TestScriptsAndWatch(t *testing.T) {
	s := serve(t)
	watcher, other := dial(t, s), dial(t, s)
	for _, row := range [][2]string{
		{"redis.call('set', 'b', 1)", "*1\r\n+PONG\r\n"},
		{"redis.call('get', 'a')", "*1\r\n+PONG\r\n"},
		{"redis.call('set', 'a', 1)", "*-1\r\n"},
	} {
		watcher.want("+OK\r\n", "WATCH", "a")
		other.do("EVAL", row[0], "0")
		watcher.want("+OK\r\n", "MULTI")
		watcher.want("+QUEUED\r\n", "PING")
		watcher.want(row[1], "EXEC")
	}
}
