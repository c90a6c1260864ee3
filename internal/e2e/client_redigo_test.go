package e2e

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// TestRedigo speaks RESP2 as an older application does: raw replies, explicit
// MULTI, and a pipeline written by hand.
func TestRedigo(t *testing.T) {
	o := start(t, t.TempDir(), "--postgres-addr=")
	pool := &redis.Pool{
		MaxActive: 4, Wait: true,
		Dial:         func() (redis.Conn, error) { return redis.Dial("tcp", o.redis, redis.DialReadTimeout(20*time.Second)) },
		TestOnBorrow: func(c redis.Conn, _ time.Time) error { _, err := c.Do("PING"); return err },
	}
	t.Cleanup(func() { _ = pool.Close() })
	c := pool.Get()
	defer func() { _ = c.Close() }()

	type user struct {
		Name string `redis:"name"`
		Age  int    `redis:"age"`
		Paid bool   `redis:"paid"`
	}
	ada := user{Name: "Ada", Age: 36, Paid: true}
	if _, err := c.Do("HSET", redis.Args{}.Add("user:1").AddFlat(&ada)...); err != nil {
		t.Fatal(err)
	}
	var got user
	if fields, err := redis.Values(c.Do("HGETALL", "user:1")); err != nil {
		t.Fatal(err)
	} else if err := redis.ScanStruct(fields, &got); err != nil || got != ada {
		t.Errorf("got %+v, %v", got, err)
	}

	for _, s := range []string{"MULTI", "INCR", "INCR", "LPUSH", "EXEC"} {
		args := []any{"n"}
		switch s {
		case "MULTI", "EXEC":
			args = nil
		case "LPUSH":
			args = append(args, "x")
		}
		if err := c.Send(s, args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []any{"OK", "QUEUED", "QUEUED", "QUEUED"} {
		if got, err := c.Receive(); err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	results, err := redis.Values(c.Receive())
	if err != nil || len(results) != 3 || results[0] != int64(1) || results[1] != int64(2) {
		t.Fatalf("EXEC: %v, %v", results, err)
	}
	if e, ok := results[2].(redis.Error); !ok || e.Error() != "WRONGTYPE Operation against a key holding the wrong kind of value" {
		t.Errorf("LPUSH in EXEC: %v", results[2])
	}

	if _, err := redis.String(c.Do("GET", "nothing")); !errors.Is(err, redis.ErrNil) {
		t.Errorf("GET of nothing: %v", err)
	}
	if scores, err := redis.Float64Map(c.Do("EVAL", `redis.call('ZADD', KEYS[1], 1, 'a', 2.25, 'b') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')`, 1, "z")); err != nil ||
		!reflect.DeepEqual(scores, map[string]float64{"a": 1, "b": 2.25}) {
		t.Errorf("scores: %v, %v", scores, err)
	}
	script := redis.NewScript(1, `return redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000, 'NX')`)
	if s, err := redis.String(script.Do(c, "lock", "me")); err != nil || s != "OK" {
		t.Errorf("the lock: %q, %v", s, err)
	}
	if _, err := redis.String(script.Do(c, "lock", "you")); !errors.Is(err, redis.ErrNil) {
		t.Errorf("the lock again: %v", err)
	}

	sub := redis.PubSubConn{Conn: pool.Get()}
	defer func() { _ = sub.Close() }()
	if err := sub.Subscribe("a", "b"); err != nil {
		t.Fatal(err)
	}
	for i, channel := range []string{"a", "b"} {
		if m, ok := sub.Receive().(redis.Subscription); !ok || m.Channel != channel || m.Count != i+1 {
			t.Errorf("subscription: %v", m)
		}
	}
	if n, err := redis.Int(c.Do("PUBLISH", "b", "\x00binary\xff")); err != nil || n != 1 {
		t.Errorf("PUBLISH: %d, %v", n, err)
	}
	if m, ok := sub.Receive().(redis.Message); !ok || m.Channel != "b" || string(m.Data) != "\x00binary\xff" {
		t.Errorf("message: %v", m)
	}
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if m, ok := sub.Receive().(redis.Subscription); !ok || m.Kind != "unsubscribe" {
			t.Errorf("unsubscription: %v", m)
		}
	}
}
