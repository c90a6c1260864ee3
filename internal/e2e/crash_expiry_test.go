package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestExpiryOverCrashes sets times to the millisecond, kills the server and
// starts it again: each must be due when it was, and what came due meanwhile must
// be gone. A library of functions and what scripts wrote must be there.
func TestExpiryOverCrashes(t *testing.T) {
	for _, mode := range []struct {
		name string
		args []string
	}{
		{"persistent", nil},
		{"actor, write-through", []string{"--redis-mode", "actor", "--actor-persistence", "write-through"}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			dir := t.TempDir()
			args := append([]string{"--postgres-addr="}, mode.args...)
			o := start(t, dir, args...)
			c := newRedis(o)
			prepareExpiry(t, c)
			want := expiries(t, c)
			_ = c.Close()
			o.kill()
			o = start(t, dir, args...)
			c = newRedis(o)
			verifyExpiry(t, c, want)
			_ = c.Close()
			o.stop(t)
			o = start(t, dir, args...)
			c = newRedis(o)
			defer func() { _ = c.Close() }()
			verifyExpiry(t, c, want)
		})
	}
}

// prepareExpiry leaves keys k:1 … k:50 and fields of h that are due in an hour and
// some odd milliseconds, and others that are due at once.
func prepareExpiry(t *testing.T, c *redis.Client) {
	t.Helper()
	ctx := t.Context()
	pipe := c.Pipeline()
	for i := 1; i <= 50; i++ {
		pipe.Set(ctx, fmt.Sprintf("k:%d", i), i, time.Hour+time.Duration(i*7)*time.Millisecond)
		pipe.HSet(ctx, "h", fmt.Sprintf("f:%d", i), i)
		pipe.HPExpire(ctx, "h", time.Hour+time.Duration(i*13)*time.Millisecond, fmt.Sprintf("f:%d", i))
	}
	pipe.HSet(ctx, "h", "stays", "1", "persisted", "1", "due", "1")
	pipe.HPExpire(ctx, "h", time.Hour, "persisted")
	pipe.HPersist(ctx, "h", "persisted")
	pipe.HSet(ctx, "all due", "a", "1", "b", "2")
	// Due while the server is away: it takes longer than this to start.
	pipe.HPExpire(ctx, "h", soon, "due")
	pipe.HPExpire(ctx, "all due", soon, "a", "b")
	pipe.Set(ctx, "due", "1", soon)
	pipe.Set(ctx, "kept", "1", time.Hour)
	pipe.Persist(ctx, "kept")
	pipe.FunctionLoad(ctx, "#!lua name=lib\nredis.register_function('twice', function(keys) return 2 * redis.call('GET', keys[1]) end)")
	pipe.Eval(ctx, `for i = 1, 100 do redis.call('RPUSH', KEYS[1], i) end return redis.call('PEXPIRE', KEYS[1], 3600123)`, []string{"scripted"})
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
}

const soon = 5 * time.Millisecond

// expiries are the absolute times, in ms, of prepareExpiry's keys and fields.
func expiries(t *testing.T, c *redis.Client) []int64 {
	t.Helper()
	ctx := t.Context()
	var fields []string
	var times []int64
	for i := 1; i <= 50; i++ {
		d, err := c.PExpireTime(ctx, fmt.Sprintf("k:%d", i)).Result()
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, d.Milliseconds())
		fields = append(fields, fmt.Sprintf("f:%d", i))
	}
	ofFields, err := c.HPExpireTime(ctx, "h", append(fields, "stays", "persisted")...).Result()
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.PExpireTime(ctx, "scripted").Result()
	if err != nil {
		t.Fatal(err)
	}
	return append(append(times, ofFields...), d.Milliseconds())
}

func verifyExpiry(t *testing.T, c *redis.Client, want []int64) {
	t.Helper()
	ctx := t.Context()
	if got := expiries(t, c); !slices.Equal(got, want) {
		t.Errorf("due at\n%d, want\n%d", got, want)
	}
	for name, got := range map[string]*redis.StringCmd{
		"the key": c.Get(ctx, "due"), "the field": c.HGet(ctx, "h", "due"), "the only fields": c.HGet(ctx, "all due", "b"),
	} {
		if !errors.Is(got.Err(), redis.Nil) {
			t.Errorf("%s that came due: %v", name, got)
		}
	}
	if d, err := c.PTTL(ctx, "kept").Result(); err != nil || d != -1 {
		t.Errorf("what was persisted is due in %v, %v", d, err)
	}
	if n, err := c.LLen(ctx, "scripted").Result(); err != nil || n != 100 {
		t.Errorf("the script's list has %d elements, %v", n, err)
	}
	if n, err := c.FCall(ctx, "twice", []string{"k:21"}).Int(); err != nil || n != 42 {
		t.Errorf("the function says %d, %v", n, err)
	}
}
