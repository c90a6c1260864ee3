package server

import (
	"strconv"
	"strings"
	"testing"
)

const invalidated = ">2\r\n$10\r\ninvalidate\r\n"

func TestTracking(t *testing.T) {
	s := serve(t)
	a, b := dial(t, s), dial(t, s)
	a.do("HELLO", "3")
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON")
	b.do("SET", "k", "1")
	a.want("$1\r\n1\r\n", "GET", "k")
	b.do("SET", "k", "2")
	a.expect(invalidated + "*1\r\n$1\r\nk\r\n")
	b.do("SET", "k", "3") // not read since
	a.want("$1\r\n3\r\n", "GET", "k")
	a.send("SET k 4\r\n") // its own: after the reply
	a.expect("+OK\r\n" + invalidated + "*1\r\n$1\r\nk\r\n")
	b.do("FLUSHALL")
	a.expect(invalidated + "_\r\n")

	a.want("+OK\r\n", "CLIENT", "TRACKING", "OFF")
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON", "OPTIN", "NOLOOP")
	a.send("GET x\r\nCLIENT CACHING YES\r\nGET k\r\nSET k 1\r\n")
	a.expect("_\r\n+OK\r\n_\r\n+OK\r\n")
	b.do("SET", "x", "1")
	a.send("CLIENT CACHING YES\r\nGET k\r\n")
	a.expect("+OK\r\n$1\r\n1\r\n")
	b.do("SET", "k", "1")
	a.expect(invalidated + "*1\r\n$1\r\nk\r\n")
	if got := a.do("CLIENT", "TRACKING", "ON", "BCAST"); !strings.HasPrefix(got, "-ERR You can't switch BCAST") {
		t.Errorf("got %q", got)
	}
}

func TestTrackingBroadcastAndRedirect(t *testing.T) {
	s := serve(t)
	a, to, b := dial(t, s), dial(t, s), dial(t, s)
	to.send("SUBSCRIBE __redis__:invalidate\r\n")
	to.reply()
	id := ""
	for _, info := range s.Clients() {
		if info.Sub == 1 {
			id = strconv.FormatInt(info.ID, 10)
		}
	}
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON", "REDIRECT", id, "BCAST", "PREFIX", "a:")
	a.want(":"+id+"\r\n", "CLIENT", "GETREDIR")
	b.do("MSET", "b:1", "x", "a:1", "x")
	to.expect("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$3\r\na:1\r\n")
	if got := a.do("CLIENT", "TRACKING", "ON", "REDIRECT", id, "BCAST", "PREFIX", "a"); !strings.Contains(got, "overlaps with an existing prefix") {
		t.Errorf("got %q", got)
	}
}

// What a client's own blocked command changed, when it was served, it hears of
// after the reply; the keys of a broadcast come in one message for each prefix.
func TestTrackingOrder(t *testing.T) {
	s := serve(t)
	a, b := dial(t, s), dial(t, s)
	b.do("RPUSH", "to", "x")
	a.do("HELLO", "3")
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON")
	a.do("LRANGE", "to", "0", "-1")
	a.send("BLMOVE from to LEFT LEFT 0\r\n")
	awaitBlocked(t, s, 1)
	b.want(":1\r\n", "RPUSH", "from", "y")
	a.expect("$1\r\ny\r\n" + invalidated + "*1\r\n$2\r\nto\r\n")

	a = dial(t, s)
	a.do("HELLO", "3")
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a:", "PREFIX", "b:")
	b.send("MULTI\r\nINCR a:1\r\nINCR b:1\r\nINCR c:1\r\nINCR a:2\r\nINCR a:1\r\nEXEC\r\n")
	a.expect(invalidated + "*2\r\n$3\r\na:1\r\n$3\r\na:2\r\n")
	a.expect(invalidated + "*1\r\n$3\r\nb:1\r\n")
}

// A script that reads anything makes its client one that may cache the keys it
// named, and what it writes counts as written by that client.
func TestTrackingOfScripts(t *testing.T) {
	s := serve(t)
	a, b := dial(t, s), dial(t, s)
	a.do("HELLO", "3")
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON", "NOLOOP")
	a.want("_\r\n", "EVAL", "redis.call('set', 'other', 1)", "1", "k")
	b.do("SET", "k", "1")
	a.want("_\r\n", "EVAL", "redis.call('get', 'other')", "1", "k")
	b.do("SET", "other", "2")
	b.do("SET", "k", "2")
	a.expect(invalidated + "*1\r\n$1\r\nk\r\n")
	a.want("$1\r\n2\r\n", "GET", "k")
	a.want("_\r\n", "EVAL", "redis.call('set', 'k', 3)", "1", "k")
	a.want("+PONG\r\n", "PING")
}

func TestTrackingTableLimit(t *testing.T) {
	s := serve(t)
	a, b := dial(t, s), dial(t, s)
	a.do("HELLO", "3")
	a.want("+OK\r\n", "CLIENT", "TRACKING", "ON")
	a.do("MGET", "1", "2", "3")
	b.want("+OK\r\n", "CONFIG", "SET", "tracking-table-max-keys", "1")
	for range 2 {
		if got := a.reply(); !strings.HasPrefix(got, invalidated) {
			t.Errorf("got %q", got)
		}
	}
	if got := s.Status().Tracking; got.Keys != 1 || got.Items != 1 || got.Clients != 1 {
		t.Errorf("got %+v", got)
	}
}
