package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// redisHostility is what the Redis port meets.
var redisHostility = []hostileCase{
	{"a bulk length of 1 GB", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send([]byte("*2\r\n$3\r\nGET\r\n$1073741824\r\n"))
		mustContain(t, c.rest(), "-ERR Protocol error: invalid bulk length\r\n")
	}},
	{"a hundred bulks of 512 MB that never come", func(t *testing.T, v *victim) {
		for range 100 {
			dial(t, v.orbit.redis).send([]byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nxxxx"))
		}
	}},
	{"a bulk length that is no number", func(t *testing.T, v *victim) {
		for _, length := range []string{"-2", "", "abc", "99999999999999999999", "1x", " 1", "-9223372036854775808"} {
			c := dial(t, v.orbit.redis)
			c.send([]byte("*1\r\n$" + length + "\r\n"))
			mustContain(t, c.rest(), "-ERR Protocol error: invalid bulk length\r\n")
		}
	}},
	{"a billion arguments", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send([]byte("*1048577000\r\n"))
		mustContain(t, c.rest(), "-ERR Protocol error: invalid multibulk length\r\n")
	}},
	{"a million arguments", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send([]byte("*1000000\r\n$4\r\nMGET\r\n"), bytes.Repeat([]byte("$1\r\nk\r\n"), 999_999))
		mustContain(t, c.until("*999999\r\n"), "*999999\r\n")
	}},
	{"arguments without a dollar", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send([]byte("*1\r\n:4\r\nPING\r\n"))
		mustContain(t, c.rest(), "-ERR Protocol error: expected '$', got ':'\r\n")
	}},
	{"a line without an end", func(t *testing.T, v *victim) {
		for _, begin := range []string{"", "*", "*1\r\n$"} {
			c := dial(t, v.orbit.redis)
			// Not a byte more than it reads: what it leaves unread would make the
			// system drop its answer.
			c.send([]byte(begin), bytes.Repeat([]byte("1"), 64<<10+1))
			mustContain(t, c.rest(), "-ERR Protocol error: too big ")
		}
	}},
	{"quotes without an end", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send([]byte("SET k \"never closed\r\n"))
		mustContain(t, c.rest(), "-ERR Protocol error: unbalanced quotes in request\r\n")
	}},
	{"half a message", func(t *testing.T, v *victim) {
		message := "*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$5\r\nvalue\r\n"
		for i := 1; i < len(message); i++ {
			dial(t, v.orbit.redis).send([]byte(message[:i]))
		}
		if n, err := v.redis.Exists(t.Context(), "half").Result(); err != nil || n != 0 {
			t.Errorf("half a SET was done: %d, %v", n, err)
		}
	}},
	{"a message byte by byte", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		for _, b := range []byte("*3\r\n$3\r\nSET\r\n$4\r\nslow\r\n$5\r\nvalue\r\n") {
			c.send([]byte{b})
			time.Sleep(time.Millisecond)
		}
		mustContain(t, c.until("+OK\r\n"), "+OK\r\n")
	}},
	{"a client that pipelines and never reads", func(t *testing.T, v *victim) {
		value := strings.Repeat("v", 1<<20)
		if err := v.redis.Set(t.Context(), "large", value, 0).Err(); err != nil {
			t.Fatal(err)
		}
		get := bytes.Repeat([]byte("*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n"), 100)
		for range 200 { // 200 times 10 GB of replies, if all were made
			c := dial(t, v.orbit.redis)
			go func() {
				for range 100 {
					if _, err := c.Write(get); err != nil {
						return
					}
				}
			}()
		}
		time.Sleep(time.Second)
		v.mustBeWell(t)
	}},
	{"a client that pipelines writes and never reads", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		if err := c.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
			t.Fatal(err)
		}
		ping := bytes.Repeat([]byte("*2\r\n$4\r\nECHO\r\n$1024\r\n"+strings.Repeat("e", 1024)+"\r\n"), 1000)
		for range 512 {
			if _, err := c.Write(ping); err != nil {
				break // it is made to wait
			}
		}
	}},
	{"a client without password that sends much", func(t *testing.T, v *victim) {
		ctx := t.Context()
		if err := v.redis.ConfigSet(ctx, "requirepass", "secret").Err(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := v.redis.ConfigSet(ctx, "requirepass", "").Err(); err != nil {
				t.Error(err)
			}
		}()
		for request, want := range map[string]string{
			"*2\r\n$4\r\nAUTH\r\n$16385\r\n": "-ERR Protocol error: unauthenticated bulk length\r\n",
			"*11\r\n":                        "-ERR Protocol error: unauthenticated multibulk length\r\n",
			"PING\r\n":                       "-NOAUTH Authentication required.\r\n",
		} {
			c := dial(t, v.orbit.redis)
			c.send([]byte(request))
			mustContain(t, c.until("\r\n"), want)
		}
	}},
	{"deep MULTI", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send([]byte("MULTI\r\n"), bytes.Repeat([]byte("*3\r\n$6\r\nAPPEND\r\n$5\r\nmulti\r\n$1\r\nx\r\n"), 100_000), []byte("DISCARD\r\n"))
		said := c.until("\r\n+OK\r\n")
		if n := strings.Count(said, "+QUEUED\r\n"); n != 100_000 {
			t.Errorf("%d commands were queued", n)
		}
	}},
	{"an HTTP request", func(t *testing.T, v *victim) {
		// A web page may be made to send one (redis-server: SECURITY ATTACK).
		c := dial(t, v.orbit.redis)
		c.send([]byte("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 19\r\n\r\nSET http smuggled\r\n"))
		c.rest()
		c = dial(t, v.orbit.redis)
		c.send([]byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSET http smuggled\r\n"))
		c.rest()
		if n, err := v.redis.Exists(t.Context(), "http").Result(); err != nil || n != 0 {
			t.Errorf("a command within an HTTP request was run: %d, %v", n, err)
		}
	}},
	{"a TLS greeting", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		if err := tls.Client(c, &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil { //nolint:gosec // nothing is to be verified
			t.Error("the Redis port speaks TLS")
		}
	}},
	{"a PostgreSQL client", func(t *testing.T, v *victim) {
		c := dial(t, v.orbit.redis)
		c.send(startup("user", "postgres"), message('Q', "SELECT 1\x00"))
		_ = c.Close()
	}},
	{"garbage", func(t *testing.T, v *victim) {
		random := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			c := dial(t, v.orbit.redis)
			c.send(garbage(random, 4096))
			_ = c.Close()
		}
	}},
	{"garbage within the protocol", func(t *testing.T, v *victim) {
		random := rand.New(rand.NewPCG(3, 4))
		for range 200 {
			c := dial(t, v.orbit.redis)
			for range 20 {
				word := garbage(random, 64)
				c.send(fmt.Appendf(nil, "*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(word), word, len(word), word))
			}
			_ = c.Close()
		}
	}},
}

// garbage is n random bytes.
func garbage(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}
