package server

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage/memstore"
)

const oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"

func TestCommandsThatAddAreRefusedAboveMaxmemory(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "a", "1")
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
	c.want(oom, "SET", "b", "1")
	c.want("$1\r\n1\r\n", "GET", "a")
	if got := c.do("EVAL", "return redis.call('set', 'b', '1')", "1", "b"); !strings.HasPrefix(got, strings.TrimSuffix(oom, "\r\n")) {
		t.Errorf("the script's SET answers %q", got)
	}
	c.want("$1\r\n1\r\n", "EVAL", "return redis.call('get', 'a')", "1", "a")
	c.want("-OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'\r\n",
		"EVAL", "#!lua\nreturn 1", "0")
	c.want("$1\r\n1\r\n", "EVAL", "#!lua flags=no-writes\nreturn redis.call('get', 'a')", "1", "a")
	c.want("+OK\r\n", "EVAL", "#!lua flags=allow-oom\nreturn redis.call('set', 'b', '1')", "1", "b")
	// DEL is a write, after which the script is not stopped.
	c.want("+OK\r\n", "EVAL", "redis.call('del', 'b') return redis.call('set', 'b', '1')", "1", "b")
	c.want("+OK\r\n", "MULTI")
	c.want(oom, "GET", "a")
	c.want("+OK\r\n", "DISCARD")
	c.want(":2\r\n", "DEL", "a", "b")
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
	c.want("+OK\r\n", "SET", "b", "1")
}

func TestEvictionByEveryPolicy(t *testing.T) {
	for policy := range policies {
		if policy == "noeviction" {
			continue
		}
		t.Run(policy, func(t *testing.T) {
			s := serve(t, withParam("maxmemory-policy", policy), withParam("maxmemory-eviction-tenacity", "100"))
			c := dial(t, s)
			c.want("+OK\r\n", "SET", "kept", "without TTL")
			// What a key takes depends on the policy's keys having a TTL.
			for i := range 2000 {
				c.want("+OK\r\n", "SET", fmt.Sprintf("key:%d", i), strings.Repeat("x", 100), "EX", fmt.Sprint(10_000+i))
			}
			limit := s.keys.DataBytes()/2 + 64<<10 // the client's own memory
			c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", fmt.Sprint(limit))
			for i := range 2000 {
				c.want("+OK\r\n", "SET", fmt.Sprintf("more:%d", i), strings.Repeat("x", 100), "EX", fmt.Sprint(20_000+i))
			}
			c.want("+PONG\r\n", "PING")
			if got := s.keys.DataBytes(); got > limit {
				t.Errorf("the data takes %d bytes, maxmemory is %d", got, limit)
			}
			if n := s.tel.Evicted.Load(); n < 2000 || n > 3500 {
				t.Errorf("%d keys were evicted", n)
			}
			if strings.HasPrefix(policy, "volatile") {
				c.want("$11\r\nwithout TTL\r\n", "GET", "kept")
			}
			if policy == "volatile-ttl" {
				c.want(":0\r\n", "EXISTS", "key:0", "key:100", "key:1000")
				c.want(":1\r\n", "EXISTS", "more:1999")
			}
		})
	}
}

func TestEvictionSparesWhatIsUsed(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
		t.Run(policy, func(t *testing.T) {
			s := serve(t, withParam("maxmemory-policy", policy), withParam("maxmemory-eviction-tenacity", "100"))
			c := dial(t, s)
			for i := range 1000 {
				c.want("+OK\r\n", "SET", fmt.Sprintf("key:%d", i), strings.Repeat("x", 100))
				if policy == "allkeys-lru" {
					continue
				}
				if i%2 == 0 {
					for range 20 {
						c.want(":1\r\n", "EXISTS", fmt.Sprintf("key:%d", i))
						c.want(":1\r\n", "TOUCH", fmt.Sprintf("key:%d", i))
					}
				}
			}
			if policy == "allkeys-lru" {
				time.Sleep(2100 * time.Millisecond) // the clock has seconds
				for i := 0; i < 1000; i += 2 {
					c.want(":1\r\n", "TOUCH", fmt.Sprintf("key:%d", i))
				}
			}
			c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", fmt.Sprint(s.keys.DataBytes()*6/10+32<<10))
			c.want("+PONG\r\n", "PING")
			used, unused := 0, 0
			for i := range 1000 {
				if c.do("EXISTS", fmt.Sprintf("key:%d", i)) == ":1\r\n" {
					if i%2 == 0 {
						used++
					} else {
						unused++
					}
				}
			}
			if used < 450 || unused > 350 {
				t.Errorf("left are %d of 500 keys in use, and %d of the others", used, unused)
			}
		})
	}
}

func TestNothingToEvict(t *testing.T) {
	s := serve(t, withParam("maxmemory-policy", "volatile-lru"), withParam("maxmemory-eviction-tenacity", "100"))
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "a", "1")
	c.want("+OK\r\n", "SET", "b", "1", "EX", "100")
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
	c.want(oom, "SET", "c", "1")
	c.want(":1\r\n", "EXISTS", "a", "b")
}

func TestEvictionIsToldBeforeTheReply(t *testing.T) {
	s := serve(t, withParam("maxmemory-policy", "volatile-random"), withParam("maxmemory-eviction-tenacity", "100"),
		withParam("notify-keyspace-events", "Ee"))
	subscriber := dial(t, s)
	subscriber.send(request("SUBSCRIBE", "__keyevent@0__:evicted"))
	subscriber.expect("*3\r\n$9\r\nsubscribe\r\n$22\r\n__keyevent@0__:evicted\r\n:1\r\n")
	c := dial(t, s)
	c.do("HELLO", "3")
	c.want("+OK\r\n", "CLIENT", "TRACKING", "ON")
	c.want("+OK\r\n", "SET", "v", "1", "EX", "1000")
	c.want("$1\r\n1\r\n", "GET", "v")
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", fmt.Sprint(s.keys.DataBytes()+64<<10))
	c.want(":0\r\n", "SETBIT", "big", "1600000", "0")
	c.send(request("GETBIT", "big", "0"))
	c.expect(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nv\r\n:0\r\n")
	subscriber.expect("*3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:evicted\r\n$1\r\nv\r\n")
}

func TestEvictionFailsAWatchingTransaction(t *testing.T) {
	s := serve(t, withParam("maxmemory-policy", "volatile-lru"), withParam("maxmemory-eviction-tenacity", "100"))
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "v", "1", "EX", "1000")
	c.want("+OK\r\n", "WATCH", "v")
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
	c.want("$-1\r\n", "GET", "v")
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
	c.want("+OK\r\n", "MULTI")
	c.want("+QUEUED\r\n", "PING")
	c.want("*-1\r\n", "EXEC")
}

func TestEvictedKeysStayGone(t *testing.T) {
	store := memstore.New()
	s := serve(t, withStore(store), withParam("maxmemory-policy", "allkeys-random"), withParam("maxmemory-eviction-tenacity", "100"))
	c := dial(t, s)
	for i := range 100 {
		c.want(":1\r\n", "SADD", fmt.Sprintf("set:%d", i), "member")
	}
	c.want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
	eventually(t, "all are evicted", func() bool { return s.keys.DataBytes() == 0 })
	c.want(":0\r\n", "DBSIZE")
	if n := s.tel.Evicted.Load(); n != 100 {
		t.Errorf("%d keys were evicted", n)
	}
}

func TestClientsThatTakeMostAreClosed(t *testing.T) {
	for _, noEvict := range []string{"off", "on"} {
		t.Run("no-evict "+noEvict, func(t *testing.T) {
			s := serve(t, withParam("maxmemory-clients", "8mb"))
			c := dial(t, s)
			c.want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
			conn, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := conn.Write([]byte("CLIENT NO-EVICT " + noEvict + "\r\n" + strings.Repeat("GET big\r\n", 30))); err != nil {
				t.Fatal(err)
			}
			if noEvict == "on" {
				// It takes more than all may, so the others have to go.
				eventually(t, "the other client is closed", func() bool { return s.tel.EvictedClients.Load() == 1 && s.clients.count.Load() == 1 })
				return
			}
			eventually(t, "the client is closed", func() bool { return s.tel.EvictedClients.Load() == 1 && s.clients.count.Load() == 1 })
			c.want("+PONG\r\n", "PING")
		})
	}
}
