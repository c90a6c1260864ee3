package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// TestRueidis: rueidis pipelines what its callers ask for at the same time over
// one connection, and keeps what it read until the server says that it changed.
func TestRueidis(t *testing.T) {
	o := start(t, t.TempDir(), "--postgres-addr=")
	invalid := make(chan string, 1000)
	c := dialRueidis(t, rueidis.ClientOption{
		InitAddress: []string{o.redis},
		OnInvalidations: func(keys []rueidis.RedisMessage) {
			for _, k := range keys {
				name, _ := k.ToString()
				invalid <- name
			}
		},
	})
	other := dialRueidis(t, rueidis.ClientOption{InitAddress: []string{o.redis}, DisableCache: true})
	t.Run("client-side caching", func(t *testing.T) { rueidisCaching(t, c, other, invalid) })
	t.Run("client-side caching by prefix", func(t *testing.T) { rueidisBroadcast(t, o, other) })
	t.Run("automatic pipelining", func(t *testing.T) { rueidisPipelining(t, c) })
	t.Run("script", func(t *testing.T) { rueidisScript(t, c) })
	t.Run("dedicated connection", func(t *testing.T) { rueidisDedicated(t, c) })
}

func dialRueidis(t *testing.T, options rueidis.ClientOption) rueidis.Client {
	t.Helper()
	c, err := rueidis.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func rueidisCaching(t *testing.T, c, other rueidis.Client, invalid <-chan string) {
	ctx := t.Context()
	write := func(command ...string) {
		t.Helper()
		if err := other.Do(ctx, other.B().Arbitrary(command...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	read := func() (string, bool) {
		t.Helper()
		r := c.DoCache(ctx, c.B().Get().Key("cached").Cache(), time.Minute)
		s, err := r.ToString()
		if err != nil && !rueidis.IsRedisNil(err) {
			t.Fatal(err)
		}
		return s, r.IsCacheHit()
	}
	for _, tc := range []struct {
		want  string
		write []string // how another client changes the key after it was read
	}{
		{"", []string{"SET", "cached", "1"}},
		{"1", []string{"INCRBY", "cached", "41"}},
		{"42", []string{"RENAME", "cached", "elsewhere"}},
		{"", []string{"COPY", "elsewhere", "cached"}},
		{"42", []string{"EVAL", "return redis.call('APPEND', KEYS[1], '!')", "1", "cached"}},
		{"42!", []string{"PEXPIRE", "cached", "30"}}, // once for the command, once when it is due
	} {
		if got, hit := read(); got != tc.want || hit {
			t.Errorf("before %v: read %q, from the cache: %v; want %q", tc.write, got, hit, tc.want)
		}
		if got, hit := read(); got != tc.want || !hit {
			t.Errorf("before %v: read %q again, from the cache: %v", tc.write, got, hit)
		}
		write(tc.write...)
		awaitInvalidation(t, invalid, "cached")
	}
	if got, _ := read(); got == "42!" { // read before it is due: it must be told when it goes
		awaitInvalidation(t, invalid, "cached")
	}
	if got, _ := read(); got != "" {
		t.Errorf("read %q after it expired", got)
	}
	write("MSET", "cached", "a", "cached:2", "b")
	awaitInvalidation(t, invalid, "cached")
	got, err := rueidis.MGetCache(c, ctx, time.Minute, []string{"cached", "cached:2"})
	if err != nil || len(got) != 2 {
		t.Fatalf("MGET: %v, %v", got, err)
	}
	write("DEL", "cached:2")
	awaitInvalidation(t, invalid, "cached:2")
}

// awaitInvalidation waits until the server says that key changed.
func awaitInvalidation(t *testing.T, invalid <-chan string, key string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case got := <-invalid:
			if got == key {
				return
			}
		case <-deadline:
			t.Fatalf("nobody said that %s changed", key)
		}
	}
}

// rueidisBroadcast is told of all keys with a prefix, read or not.
func rueidisBroadcast(t *testing.T, o *orbit, other rueidis.Client) {
	ctx := t.Context()
	invalid := make(chan string, 100)
	dialRueidis(t, rueidis.ClientOption{
		InitAddress:           []string{o.redis},
		ClientTrackingOptions: []string{"PREFIX", "user:", "PREFIX", "item:", "BCAST"},
		OnInvalidations: func(keys []rueidis.RedisMessage) {
			for _, k := range keys {
				name, _ := k.ToString()
				invalid <- name
			}
		},
	}).Do(ctx, other.B().Ping().Build())
	for _, key := range []string{"user:1", "other:1", "item:9"} {
		if err := other.Do(ctx, other.B().Hset().Key(key).FieldValue().FieldValue("f", "v").Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	got := []string{<-invalid, <-invalid}
	if slices.Sort(got); !slices.Equal(got, []string{"item:9", "user:1"}) {
		t.Errorf("told of %v", got)
	}
}

func rueidisPipelining(t *testing.T, c rueidis.Client) {
	ctx := t.Context()
	const callers, each = 50, 100
	var wg sync.WaitGroup
	for w := range callers {
		wg.Go(func() {
			for i := range each {
				value := fmt.Sprintf("%d:%d", w, i)
				key := "auto:" + strconv.Itoa(w)
				rs := c.DoMulti(ctx, c.B().Set().Key(key).Value(value).Build(), c.B().Get().Key(key).Build(), c.B().Incr().Key("auto").Build())
				if got, err := rs[1].ToString(); err != nil || got != value {
					t.Errorf("%s is %q, %v; want %q", key, got, err, value)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, err := c.Do(ctx, c.B().Get().Key("auto").Build()).AsInt64(); err != nil || n != callers*each {
		t.Errorf("counted to %d, %v", n, err)
	}
}

func rueidisScript(t *testing.T, c rueidis.Client) {
	ctx := t.Context()
	limit := rueidis.NewLuaScript(`
		local n = redis.call('INCR', KEYS[1])
		if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
		return {n, redis.call('PTTL', KEYS[1])}`)
	execs := make([]rueidis.LuaExec, 20)
	for i := range execs {
		execs[i] = rueidis.LuaExec{Keys: []string{"limit"}, Args: []string{"60000"}}
	}
	for i, r := range limit.ExecMulti(ctx, c, execs...) {
		got, err := r.AsIntSlice()
		if err != nil || len(got) != 2 || got[0] != int64(i+1) || got[1] <= 0 || got[1] > 60000 {
			t.Errorf("execution %d: %v, %v", i, got, err)
		}
	}
	read := rueidis.NewLuaScriptReadOnly(`return redis.call('GET', KEYS[1])`)
	if s, err := read.Exec(ctx, c, []string{"limit"}, nil).ToString(); err != nil || s != "20" {
		t.Errorf("EVALSHA_RO: %q, %v", s, err)
	}
}

// rueidisDedicated watches on a connection of its own, and loses.
func rueidisDedicated(t *testing.T, c rueidis.Client) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := c.Dedicated(func(d rueidis.DedicatedClient) error {
		if err := d.Do(ctx, d.B().Watch().Key("watched").Build()).Error(); err != nil {
			return err
		}
		if err := c.Do(ctx, c.B().Set().Key("watched").Value("theirs").Build()).Error(); err != nil {
			return err
		}
		rs := d.DoMulti(ctx, d.B().Multi().Build(), d.B().Set().Key("watched").Value("mine").Build(), d.B().Exec().Build())
		if err := rs[2].Error(); !rueidis.IsRedisNil(err) {
			t.Errorf("EXEC of a transaction that lost: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Do(ctx, c.B().Get().Key("watched").Build()).ToString(); err != nil || s != "theirs" {
		t.Errorf("watched is %q, %v", s, err)
	}
}
