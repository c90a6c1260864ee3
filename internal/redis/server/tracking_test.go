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
