package e2e

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

// deleteEvery is how many SETs there are to a DEL.
const deleteEvery = 10

// redisLedger is what one writer's commands have come to. Only the writer
// changes it, and only while it runs.
type redisLedger struct {
	// set and pairs are the numbers of the last SET and MSET acknowledged. What
	// was not acknowledged is sent again by the next round.
	set, pairs int64
	// deleted: of every deleteEvery keys up to here, the last one is deleted.
	deleted int64
	// transactions are MULTIs acknowledged, tried those sent.
	transactions, tried int64
	// verified is up to where earlier rounds have looked.
	verified int64
}

func newRedis(o *orbit) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: o.redis, MaxRetries: -1, PoolSize: 1, DialerRetries: 1})
}

// write numbers its writes and notes each reply, until the server is gone.
func (l *redisLedger) write(o *orbit, w int) {
	ctx := context.Background()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for {
		if c.Set(ctx, setKey(w, l.set+1), l.set+1, 0).Err() != nil {
			return
		}
		l.set++

		if next := l.deleted + deleteEvery; next <= l.set {
			if c.Del(ctx, setKey(w, next)).Err() != nil {
				return
			}
			l.deleted = next
		}

		i := l.pairs + 1
		if c.MSet(ctx, leftKey(w, i), i, rightKey(w, i), i).Err() != nil {
			return
		}
		l.pairs = i

		l.tried++
		pipe := c.TxPipeline()
		for range 3 {
			pipe.Incr(ctx, fmt.Sprintf("incr:%d", w))
		}
		pipe.HSet(ctx, fmt.Sprintf("hash:%d", w), strconv.FormatInt(l.tried, 10), i)
		pipe.RPush(ctx, fmt.Sprintf("list:%d", w), i)
		pipe.ZAdd(ctx, fmt.Sprintf("zset:%d", w), redis.Z{Score: float64(i), Member: l.tried})
		if _, err := pipe.Exec(ctx); err != nil {
			return
		}
		l.transactions++
	}
}

func setKey(w int, i int64) string   { return fmt.Sprintf("set:%d:%d", w, i) }
func leftKey(w int, i int64) string  { return fmt.Sprintf("left:%d:%d", w, i) }
func rightKey(w int, i int64) string { return fmt.Sprintf("right:%d:%d", w, i) }

func (l *redisLedger) verify(t *testing.T, c *redis.Client, w, round int) {
	t.Helper()
	const step = 500
	first := max(l.verified-step, 0) + 1 // what could have been in the memtable, again
	for ; first <= max(l.set, l.pairs)+1; first += step {
		l.verifyKeys(t, c, w, round, first, first+step)
	}
	l.verified = min(l.set, l.pairs)

	// A transaction is one batch: its increments, its field, its element and its
	// member.
	ctx := t.Context()
	incr, err := c.Get(ctx, fmt.Sprintf("incr:%d", w)).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		t.Fatal(err)
	}
	for name, count := range map[string]*redis.IntCmd{
		"fields":   c.HLen(ctx, fmt.Sprintf("hash:%d", w)),
		"elements": c.LLen(ctx, fmt.Sprintf("list:%d", w)),
		"members":  c.ZCard(ctx, fmt.Sprintf("zset:%d", w)),
	} {
		if n, err := count.Result(); err != nil || n*3 != incr {
			t.Fatalf("round %d: writer %d has %d %s for %d increments, %v", round, w, n, name, incr, err)
		}
	}
	if n := incr / 3; n < l.transactions || n > l.tried {
		t.Fatalf("round %d: of writer %d there are %d transactions; acknowledged %d, tried %d", round, w, n, l.transactions, l.tried)
	}
}

// verifyKeys looks at the keys with numbers from first up to end.
func (l *redisLedger) verifyKeys(t *testing.T, c *redis.Client, w, round int, first, end int64) {
	t.Helper()
	var keys []string
	for i := first; i < end; i++ {
		keys = append(keys, setKey(w, i), leftKey(w, i), rightKey(w, i))
	}
	got, err := c.MGet(t.Context(), keys...).Result()
	if err != nil {
		t.Fatal(err)
	}
	for i := first; i < end; i++ {
		at := 3 * (i - first)
		set, left, right := got[at], got[at+1], got[at+2]
		text := strconv.FormatInt(i, 10)
		switch deletable := i%deleteEvery == 0; {
		case deletable && i <= l.deleted:
			if set != nil {
				t.Fatalf("round %d: %s is %v, and its DEL was acknowledged", round, setKey(w, i), set)
			}
		case deletable && i == l.deleted+deleteEvery && set == nil: // a DEL without reply
		case i <= l.set && set != text:
			t.Fatalf("round %d: %s is %v, and its SET was acknowledged", round, setKey(w, i), set)
		}
		if left != right || i <= l.pairs && left != text {
			t.Fatalf("round %d: pair %d of writer %d is %v and %v; acknowledged up to %d", round, i, w, left, right, l.pairs)
		}
	}
}
