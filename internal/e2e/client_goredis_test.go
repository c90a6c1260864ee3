package e2e

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestGoRedis speaks RESP3 with go-redis as an application does: everything that
// it has a type for must come back as that type.
func TestGoRedis(t *testing.T) {
	o := start(t, t.TempDir(), "--postgres-addr=")
	c := redis.NewClient(&redis.Options{Addr: o.redis, Protocol: 3, ClientName: "e2e"})
	t.Cleanup(func() { _ = c.Close() })
	for _, tc := range []struct {
		name string
		test func(*testing.T, *redis.Client)
	}{
		{"pipeline", goRedisPipeline},
		{"optimistic locking", goRedisWatch},
		{"publish and subscribe", goRedisPubSub},
		{"consumer group", goRedisStream},
		{"script", goRedisScript},
		{"function", goRedisFunction},
		{"blocking", goRedisBlocking},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, c) })
	}
}

func goRedisPipeline(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	pipe := c.Pipeline()
	for i := range 1000 {
		pipe.Set(ctx, fmt.Sprintf("p:%d", i), i, time.Hour)
	}
	wrong := pipe.LPush(ctx, "p:0", "x") // one error must not reach its neighbours
	gets := make([]*redis.StringCmd, 1000)
	for i := range gets {
		gets[i] = pipe.Get(ctx, fmt.Sprintf("p:%d", i))
	}
	hash := pipe.HSet(ctx, "p:hash", "a", "1", "b", "2")
	all := pipe.HGetAll(ctx, "p:hash")
	zset := pipe.ZAdd(ctx, "p:zset", redis.Z{Score: 1.5, Member: "x"}, redis.Z{Score: -2, Member: "y"})
	scores := pipe.ZRangeWithScores(ctx, "p:zset", 0, -1)
	_, err := pipe.Exec(ctx)
	if err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE ") || wrong.Err() == nil {
		t.Errorf("the pipeline's error is %v, the command's %v", err, wrong.Err())
	}
	for i, get := range gets {
		if n, err := get.Int(); err != nil || n != i {
			t.Fatalf("GET p:%d: %d, %v", i, n, err)
		}
	}
	if hash.Val() != 2 || len(all.Val()) != 2 || all.Val()["b"] != "2" {
		t.Errorf("hash: %v %v", hash, all)
	}
	if s := scores.Val(); zset.Val() != 2 || len(s) != 2 || s[0] != (redis.Z{Score: -2, Member: "y"}) || s[1].Score != 1.5 {
		t.Errorf("sorted set: %v %v", zset, scores)
	}
	if name := c.ClientGetName(ctx).Val(); name != "e2e" {
		t.Errorf("the connection's name is %q", name)
	}
}

// goRedisWatch counts with ten clients that each read, add one and write in a
// transaction; one that lost starts again.
func goRedisWatch(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	const clients, each = 10, 20
	add := func(tx *redis.Tx) error {
		n, err := tx.Get(ctx, "w").Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Set(ctx, "w", n+1, 0)
			pipe.RPush(ctx, "w:history", n+1)
			return nil
		})
		return err
	}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for done := 0; done < each; {
				switch err := c.Watch(ctx, add, "w"); {
				case err == nil:
					done++
				case !errors.Is(err, redis.TxFailedErr):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, err := c.Get(ctx, "w").Int(); err != nil || n != clients*each {
		t.Errorf("counted to %d, %v", n, err)
	}
	history, err := c.LRange(ctx, "w:history", 0, -1).Result()
	if err != nil || len(history) != clients*each {
		t.Fatalf("%d entries, %v", len(history), err)
	}
	for i, s := range history {
		if s != strconv.Itoa(i+1) {
			t.Fatalf("entry %d is %s", i+1, s)
		}
	}
}

func goRedisPubSub(t *testing.T, c *redis.Client) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	sub := c.Subscribe(ctx, "news")
	defer func() { _ = sub.Close() }()
	if err := sub.PSubscribe(ctx, "sport.*"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if m, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		} else if _, ok := m.(*redis.Subscription); !ok {
			t.Fatalf("got %v", m)
		}
	}
	if err := sub.Ping(ctx, "there?"); err != nil {
		t.Fatal(err)
	}
	if m, err := sub.Receive(ctx); err != nil {
		t.Fatal(err)
	} else if pong, ok := m.(*redis.Pong); !ok || pong.Payload != "there?" {
		t.Errorf("PING of a subscriber: %v", m)
	}
	for _, m := range [][2]string{{"news", "one"}, {"sport.ski", "two"}, {"else", "nobody"}, {"news", "three"}} {
		if err := c.Publish(ctx, m[0], m[1]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []redis.Message{
		{Channel: "news", Payload: "one"},
		{Channel: "sport.ski", Pattern: "sport.*", Payload: "two"},
		{Channel: "news", Payload: "three"},
	} {
		got, err := sub.ReceiveMessage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got.Channel != want.Channel || got.Pattern != want.Pattern || got.Payload != want.Payload {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if n := c.PubSubNumSub(ctx, "news").Val()["news"]; n != 1 {
		t.Errorf("news has %d subscribers", n)
	}
}

// goRedisStream has one consumer take entries and acknowledge every other one,
// and a second one take over the rest.
func goRedisStream(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	if err := c.XGroupCreateMkStream(ctx, "s", "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.XGroupCreate(ctx, "s", "g", "0").Err(); err == nil || !strings.HasPrefix(err.Error(), "BUSYGROUP ") {
		t.Errorf("a group that exists: %v", err)
	}
	for i := range 10 {
		if err := c.XAdd(ctx, &redis.XAddArgs{Stream: "s", MaxLen: 100, Approx: true, Values: map[string]any{"i": i}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	read, err := c.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "first", Streams: []string{"s", ">"}, Count: 10, Block: 10 * time.Second}).Result()
	if err != nil || len(read) != 1 || len(read[0].Messages) != 10 || read[0].Messages[9].Values["i"] != "9" {
		t.Fatalf("XREADGROUP: %v, %v", read, err)
	}
	for i, m := range read[0].Messages {
		if i%2 == 0 {
			if n, err := c.XAck(ctx, "s", "g", m.ID).Result(); err != nil || n != 1 {
				t.Errorf("XACK: %d, %v", n, err)
			}
		}
	}
	pending, err := c.XPending(ctx, "s", "g").Result()
	if err != nil || pending.Count != 5 || pending.Consumers["first"] != 5 || pending.Lower != read[0].Messages[1].ID {
		t.Errorf("XPENDING: %+v, %v", pending, err)
	}
	taken, next, err := c.XAutoClaim(ctx, &redis.XAutoClaimArgs{Stream: "s", Group: "g", Consumer: "second", Start: "0"}).Result()
	if err != nil || len(taken) != 5 || next != "0-0" || taken[4].Values["i"] != "9" {
		t.Errorf("XAUTOCLAIM: %v, %q, %v", taken, next, err)
	}
	details, err := c.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: "s", Group: "g", Start: "-", End: "+", Count: 10}).Result()
	if err != nil || len(details) != 5 || details[0].Consumer != "second" || details[0].RetryCount != 2 {
		t.Errorf("XPENDING with a range: %v, %v", details, err)
	}
	groups, err := c.XInfoGroups(ctx, "s").Result()
	if err != nil || len(groups) != 1 || groups[0].Consumers != 2 || groups[0].Pending != 5 || groups[0].EntriesRead != 10 || groups[0].Lag != 0 {
		t.Errorf("XINFO GROUPS: %+v, %v", groups, err)
	}
	info, err := c.XInfoStreamFull(ctx, "s", 0).Result()
	if err != nil || info.Length != 10 || len(info.Groups) != 1 || len(info.Groups[0].Consumers) != 2 {
		t.Errorf("XINFO STREAM FULL: %+v, %v", info, err)
	}
	if n, err := c.XTrimMaxLen(ctx, "s", 3).Result(); err != nil || n != 7 {
		t.Errorf("XTRIM: %d, %v", n, err)
	}
}

func goRedisScript(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	add := redis.NewScript(`
		local n = tonumber(redis.call('GET', KEYS[1]) or '0')
		for _, v in ipairs(ARGV) do n = n + tonumber(v) end
		redis.call('SET', KEYS[1], n)
		return {n, 'text', false, {'nested', 1}}`)
	for round := 1; round <= 2; round++ { // EVALSHA, NOSCRIPT, EVAL; then EVALSHA alone
		got, err := add.Run(ctx, c, []string{"script"}, 1, 2, 3).Slice()
		if err != nil || fmt.Sprint(got) != fmt.Sprintf("[%d text <nil> [nested 1]]", 6*round) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if known, err := add.Exists(ctx, c).Result(); err != nil || !known[0] {
		t.Errorf("SCRIPT EXISTS: %v, %v", known, err)
	}
	typed, err := c.Eval(ctx, `redis.setresp(3); return {double = 3.5}`, nil).Result()
	if err != nil || typed != 3.5 {
		t.Errorf("a double: %v, %v", typed, err)
	}
	if err := c.Eval(ctx, `return redis.error_reply('MINE it broke')`, nil).Err(); err == nil || err.Error() != "MINE it broke" {
		t.Errorf("an error reply: %v", err)
	}
	if err := c.EvalRO(ctx, `return redis.call('SET', KEYS[1], 1)`, []string{"ro"}).Err(); err == nil || !strings.Contains(err.Error(), "Write commands are not allowed from read-only scripts") {
		t.Errorf("a write in EVAL_RO: %v", err)
	}
}

func goRedisFunction(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	const library = `#!lua name=counters
redis.register_function('add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
redis.register_function{function_name='peek', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}`
	if name, err := c.FunctionLoad(ctx, library).Result(); err != nil || name != "counters" {
		t.Fatalf("FUNCTION LOAD: %q, %v", name, err)
	}
	if n, err := c.FCall(ctx, "add", []string{"f"}, 7).Int(); err != nil || n != 7 {
		t.Errorf("FCALL: %d, %v", n, err)
	}
	if s, err := c.FCallRo(ctx, "peek", []string{"f"}).Text(); err != nil || s != "7" {
		t.Errorf("FCALL_RO: %q, %v", s, err)
	}
	libraries, err := c.FunctionList(ctx, redis.FunctionListQuery{WithCode: true}).Result()
	if err != nil || len(libraries) != 1 || libraries[0].Name != "counters" || len(libraries[0].Functions) != 2 || libraries[0].Code != library {
		t.Errorf("FUNCTION LIST: %+v, %v", libraries, err)
	}
	dump, err := c.FunctionDump(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.FunctionFlush(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.FunctionRestore(ctx, dump).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.FCall(ctx, "add", []string{"f"}, 1).Int(); err != nil || n != 8 {
		t.Errorf("FCALL after FUNCTION RESTORE: %d, %v", n, err)
	}
}

// goRedisBlocking: who waited longest is served first, and a wait that is not
// served ends.
func goRedisBlocking(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	got := make(chan []string, 1)
	go func() {
		v, err := c.BLPop(ctx, 20*time.Second, "b:1", "b:2").Result()
		if err != nil {
			v = []string{err.Error()}
		}
		got <- v
	}()
	awaitBlocked(t, c, 1)
	if err := c.RPush(ctx, "b:2", "x", "y").Err(); err != nil {
		t.Fatal(err)
	}
	if v := <-got; fmt.Sprint(v) != "[b:2 x]" {
		t.Errorf("BLPOP: %v", v)
	}
	go func() {
		z, err := c.BZPopMin(ctx, 20*time.Second, "b:z").Result()
		if err != nil {
			got <- []string{err.Error()}
			return
		}
		got <- []string{z.Key, fmt.Sprint(z.Member), fmt.Sprint(z.Score)}
	}()
	awaitBlocked(t, c, 1)
	if err := c.ZAdd(ctx, "b:z", redis.Z{Score: 2.5, Member: "m"}).Err(); err != nil {
		t.Fatal(err)
	}
	if v := <-got; fmt.Sprint(v) != "[b:z m 2.5]" {
		t.Errorf("BZPOPMIN: %v", v)
	}
	if v, err := c.BLMove(ctx, "b:2", "b:3", "LEFT", "RIGHT", time.Second).Result(); err != nil || v != "y" {
		t.Errorf("BLMOVE: %q, %v", v, err)
	}
	if err := c.Do(ctx, "BLPOP", "b:none", "0.1").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("BLPOP that nobody serves: %v", err)
	}
}

// awaitBlocked waits until n clients are blocked.
func awaitBlocked(t *testing.T, c *redis.Client, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		info, err := c.Info(t.Context(), "clients").Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info, fmt.Sprintf("blocked_clients:%d\r\n", n)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d clients never blocked:\n%s", n, info)
		}
	}
}
