package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// waitersModel is what redis-server would do with clients that wait for lists: a
// line of clients for each key, first come, first served, after the command, the
// transaction or the script that fed it.
type waitersModel struct {
	lists   map[string][]string
	line    []*modelClient // those who wait, in the order in which they came
	clients []*modelClient
	next    int // of the elements, which are all different
}

// modelClient is a client and, while it waits, what for.
type modelClient struct {
	*client
	id      string
	pop     popKind
	keys    []string
	left    bool
	count   int
	to      string
	waiting bool
}

type popKind int

const (
	popOne  popKind = iota // BLPOP, BRPOP
	popMany                // BLMPOP
	popMove                // BLMOVE
)

var modelKeys = []string{"a", "b", "c"}

// command is what the client sends to wait; timeout is in seconds.
func (c *modelClient) command(timeout string) string {
	side := map[bool]string{true: "LEFT", false: "RIGHT"}[c.left]
	switch c.pop {
	case popMany:
		return fmt.Sprintf("BLMPOP %s %d %s %s COUNT %d\r\n", timeout, len(c.keys), strings.Join(c.keys, " "), side, c.count)
	case popMove:
		return fmt.Sprintf("BLMOVE %s %s %s LEFT %s\r\n", c.keys[0], c.to, side, timeout)
	default:
		return fmt.Sprintf("B%sPOP %s %s\r\n", side[:1], strings.Join(c.keys, " "), timeout)
	}
}

// nothing is the reply to a wait that ends without an element.
const nothing = "*-1\r\n"

// take pops from a list that is not empty and gives the reply.
func (m *waitersModel) take(c *modelClient, key string) string {
	n := 1
	if c.pop == popMany {
		n = min(c.count, len(m.lists[key]))
	}
	var got []string
	for range n {
		list := m.lists[key]
		if c.left {
			got, m.lists[key] = append(got, list[0]), list[1:]
		} else {
			got, m.lists[key] = append(got, list[len(list)-1]), list[:len(list)-1]
		}
	}
	switch c.pop {
	case popMany:
		return fmt.Sprintf("*2\r\n%s%s", bulk(key), array(got))
	case popMove:
		m.lists[c.to] = append([]string{got[0]}, m.lists[c.to]...)
		return bulk(got[0])
	default:
		return array([]string{key, got[0]})
	}
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func array(words []string) string {
	text := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		text += bulk(w)
	}
	return text
}

// serve gives what the keys hold to those who wait, and checks that they get it.
// fed are the keys in the order in which they came to hold something.
func (m *waitersModel) serve(t *rapid.T, fed []string) {
	for len(fed) > 0 {
		var next []string
		for _, key := range fed {
			for _, c := range slices.Clone(m.line) {
				if !slices.Contains(c.keys, key) || len(m.lists[key]) == 0 {
					continue
				}
				before := len(m.lists[c.to])
				want := m.take(c, key)
				if c.pop == popMove && before == 0 && !slices.Contains(next, c.to) {
					next = append(next, c.to)
				}
				m.leave(c)
				c.got(t, want)
			}
		}
		fed = next
	}
}

func (m *waitersModel) leave(c *modelClient) {
	m.line = slices.DeleteFunc(m.line, func(w *modelClient) bool { return w == c })
	c.waiting = false
}

func (c *modelClient) got(t *rapid.T, want string) {
	if reply := c.reply(); reply != want {
		t.Fatalf("client %s, %q: got %q, want %q", c.id, c.command("0"), reply, want)
	}
}

// feed is one way to push elements to lists: the command's text, and how many
// replies it has.
func (m *waitersModel) feed(t *rapid.T, feeder *client) {
	type push struct {
		key      string
		elements []string
	}
	var pushes []push
	for range rapid.IntRange(1, 3).Draw(t, "pushes") {
		p := push{key: rapid.SampledFrom(modelKeys).Draw(t, "key")}
		for range rapid.IntRange(1, 3).Draw(t, "elements") {
			m.next++
			p.elements = append(p.elements, strconv.Itoa(m.next))
		}
		pushes = append(pushes, p)
	}
	var fed []string
	for _, p := range pushes {
		if len(m.lists[p.key]) == 0 && !slices.Contains(fed, p.key) {
			fed = append(fed, p.key)
		}
	}
	var text string
	switch how := rapid.SampledFrom([]string{"plain", "transaction", "script", "rename"}).Draw(t, "how"); {
	case how == "transaction":
		text = "MULTI\r\n"
		for _, p := range pushes {
			text += "RPUSH " + p.key + " " + strings.Join(p.elements, " ") + "\r\n"
		}
		text += "EXEC\r\n"
	case how == "script":
		for _, p := range pushes {
			text += fmt.Sprintf("redis.call('RPUSH','%s','%s') ", p.key, strings.Join(p.elements, "','"))
		}
		text = request("EVAL", text, "0")
	case how == "rename" && len(m.lists[pushes[0].key]) == 0:
		pushes, fed = pushes[:1], fed[:1]
		text = "RPUSH other " + strings.Join(pushes[0].elements, " ") + "\r\nRENAME other " + pushes[0].key + "\r\n"
	default:
		pushes = pushes[:1]
		fed = slices.DeleteFunc(fed, func(key string) bool { return key != pushes[0].key })
		text = "RPUSH " + pushes[0].key + " " + strings.Join(pushes[0].elements, " ") + "\r\n"
	}
	for _, p := range pushes {
		m.lists[p.key] = append(m.lists[p.key], p.elements...)
	}
	feeder.send(text + "ECHO end\r\n")
	for reply := ""; reply != "$3\r\nend\r\n"; {
		if reply = feeder.reply(); reply[0] == '-' {
			t.Fatalf("%q: %s", text, reply)
		}
	}
	m.serve(t, fed)
}

// TestWaitersModel compares lines of waiting clients with the model: pushes,
// transactions and scripts feed them, waits run out or are ended by others, and
// clients go away.
func TestWaitersModel(t *testing.T) {
	s := serve(t, func(_ *testing.T, o *Options) { o.Loops = 2 })
	feeder := dial(t, s)
	rapid.Check(t, func(rt *rapid.T) {
		m := &waitersModel{lists: make(map[string][]string)}
		feeder.want("+OK\r\n", "FLUSHALL")
		if err := feeder.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			rt.Fatal(err)
		}
		join := func() *modelClient {
			c := &modelClient{client: dial(t, s)}
			c.id = strings.TrimSpace(c.do("CLIENT", "ID")[1:])
			return c
		}
		for range 4 {
			m.clients = append(m.clients, join())
		}
		settled := func() {
			for deadline := time.Now().Add(10 * time.Second); s.Status().Blocked != len(m.line); time.Sleep(50 * time.Microsecond) {
				if time.Now().After(deadline) {
					rt.Fatalf("%d clients wait, want %d", s.Status().Blocked, len(m.line))
				}
			}
		}
		someone := func(waiting bool) (int, *modelClient) {
			i := rapid.IntRange(0, len(m.clients)-1).Draw(rt, "client")
			if m.clients[i].waiting != waiting {
				rt.Skip("that client does something else")
			}
			return i, m.clients[i]
		}
		// begin has a client send a command that waits, and reports whether it does.
		begin := func(c *modelClient, timeout string) bool {
			c.pop = popKind(rapid.IntRange(0, 2).Draw(rt, "command"))
			c.left, c.count = rapid.Bool().Draw(rt, "left"), rapid.IntRange(1, 3).Draw(rt, "count")
			c.to = rapid.SampledFrom(modelKeys).Draw(rt, "to")
			c.keys = rapid.SliceOfNDistinct(rapid.SampledFrom(modelKeys), 1, 3, rapid.ID[string]).Draw(rt, "keys")
			if c.pop == popMove {
				c.keys = c.keys[:1]
			}
			c.send(c.command(timeout))
			for _, key := range c.keys {
				if len(m.lists[key]) > 0 {
					empty := len(m.lists[c.to]) == 0
					want := m.take(c, key)
					c.got(rt, want)
					if c.pop == popMove && empty {
						m.serve(rt, []string{c.to})
					}
					return false
				}
			}
			return true
		}
		rt.Repeat(map[string]func(*rapid.T){
			"wait": func(*rapid.T) {
				if _, c := someone(false); begin(c, "0") {
					m.line, c.waiting = append(m.line, c), true
				}
			},
			"wait a little": func(*rapid.T) {
				if _, c := someone(false); begin(c, "0.003") {
					c.got(rt, nothing)
				}
			},
			"feed": func(*rapid.T) { m.feed(rt, feeder) },
			"unblock": func(*rapid.T) {
				_, c := someone(true)
				m.leave(c)
				if rapid.Bool().Draw(rt, "error") {
					feeder.want(":1\r\n", "CLIENT", "UNBLOCK", c.id, "ERROR")
					c.got(rt, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")
				} else {
					feeder.want(":1\r\n", "CLIENT", "UNBLOCK", c.id)
					c.got(rt, nothing)
				}
			},
			"hang up": func(*rapid.T) {
				i, c := someone(true)
				m.leave(c)
				if err := c.Close(); err != nil {
					rt.Fatal(err)
				}
				m.clients[i] = join()
			},
			"": func(*rapid.T) {
				settled()
				for _, key := range modelKeys {
					if got := feeder.do("LRANGE", key, "0", "-1"); got != array(m.lists[key]) {
						rt.Fatalf("%s holds %q, want %q", key, got, m.lists[key])
					}
				}
			},
		})
		for _, c := range m.clients {
			_ = c.Close()
		}
		m.line = nil
		settled()
	})
}
