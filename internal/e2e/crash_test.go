package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

const (
	redisWriters = 4
	sqlWriters   = 4
	accounts     = 8
	balance      = 1000
)

// TestNothingAcknowledgedIsLost writes to both protocols from several
// connections, kills the server at a random moment, starts it again and looks
// for every acknowledged write, torn batches and half transactions.
// E2E_CRASH_ROUNDS sets the number of rounds.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	rounds := 5
	if s := os.Getenv("E2E_CRASH_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	dir := t.TempDir()
	ledger := newLedger()
	prepare(t, dir)
	total := int64(0)
	for round := range rounds {
		o := start(t, dir)
		verify(t, o, ledger, round)
		var wg sync.WaitGroup
		stopping := &atomic.Bool{}
		for w := range redisWriters {
			wg.Go(func() { writeRedis(o, ledger, w, stopping) })
		}
		for w := range sqlWriters {
			wg.Go(func() { writeSQL(o, ledger, w, stopping) })
		}
		time.Sleep(time.Duration(50+rand.IntN(350)) * time.Millisecond)
		o.kill()
		stopping.Store(true)
		wg.Wait()
	}
	o := start(t, dir)
	verify(t, o, ledger, rounds)
	o.stop(t)
	for w := range redisWriters {
		total += ledger.set[w].Load() + ledger.pairs[w].Load() + ledger.incr[w].Load()
	}
	sqlTotal := int64(0)
	for w := range sqlWriters {
		sqlTotal += ledger.commits[w].Load()
	}
	if total == 0 || sqlTotal == 0 {
		t.Fatalf("nothing was acknowledged: %d Redis writes, %d commits", total, sqlTotal)
	}
	t.Logf("%d rounds, %d acknowledged Redis writes, %d acknowledged commits", rounds, total, sqlTotal)
}

// ledger is what the server has acknowledged, per writer.
type ledger struct {
	set, pairs [redisWriters]atomic.Int64 // highest number acknowledged
	incr       [redisWriters]atomic.Int64 // increments acknowledged
	triedIncr  [redisWriters]atomic.Int64
	commits    [sqlWriters]atomic.Int64 // transactions acknowledged
	last       [sqlWriters]atomic.Int64 // number of the newest one
	// tried is the highest number sent: a transaction whose reply never came may
	// or may not have happened.
	tried [sqlWriters]atomic.Int64
}

func newLedger() *ledger { return &ledger{} }

func prepare(t *testing.T, dir string) {
	t.Helper()
	o := start(t, dir)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)",
		"CREATE TABLE entry (worker int, n bigint, note text, PRIMARY KEY (worker, n))",
		"CREATE INDEX entry_note ON entry (note)",
		"CREATE TABLE counter (worker int PRIMARY KEY, n bigint NOT NULL)",
		fmt.Sprintf("INSERT INTO account SELECT i, %d FROM generate_series(1, %d) i", balance, accounts),
		fmt.Sprintf("INSERT INTO counter SELECT i, 0 FROM generate_series(0, %d) i", sqlWriters-1),
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := conn.Close(ctx); err != nil {
		t.Fatal(err)
	}
	o.stop(t)
}

func newRedis(o *orbit) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: o.redis, MaxRetries: -1, PoolSize: 1, DialerRetries: 1})
}

// writeRedis numbers its writes and notes each reply, until the server is gone.
func writeRedis(o *orbit, l *ledger, w int, stopping *atomic.Bool) {
	ctx := context.Background()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for !stopping.Load() {
		// What was not acknowledged is sent again by the next round.
		i := l.set[w].Load() + 1
		if c.Set(ctx, fmt.Sprintf("set:%d:%d", w, i), i, 0).Err() != nil {
			return
		}
		l.set[w].Store(i)

		i = l.pairs[w].Load() + 1
		if c.MSet(ctx, fmt.Sprintf("left:%d:%d", w, i), i, fmt.Sprintf("right:%d:%d", w, i), i).Err() != nil {
			return
		}
		l.pairs[w].Store(i)

		l.triedIncr[w].Add(3)
		pipe := c.TxPipeline()
		for range 3 {
			pipe.Incr(ctx, fmt.Sprintf("incr:%d", w))
		}
		pipe.HSet(ctx, fmt.Sprintf("hash:%d", w), "n", i)
		pipe.RPush(ctx, fmt.Sprintf("list:%d", w), i)
		if _, err := pipe.Exec(ctx); err != nil {
			return
		}
		l.incr[w].Add(3)
	}
}

// writeSQL moves money and keeps a journal, each in one transaction.
func writeSQL(o *orbit, l *ledger, w int, stopping *atomic.Bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	for !stopping.Load() {
		n := l.tried[w].Add(1)
		if err := transfer(ctx, conn, w, n); err != nil {
			return
		}
		l.last[w].Store(n)
		l.commits[w].Add(1)
	}
}

func transfer(ctx context.Context, conn *pgx.Conn, w int, n int64) error {
	from := 1 + rand.IntN(accounts-1)
	to := from + 1 + rand.IntN(accounts-from) // in key order: no deadlock
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE account SET balance = balance - 1 WHERE id = $1", []any{from}},
		{"UPDATE account SET balance = balance + 1 WHERE id = $1", []any{to}},
		{"INSERT INTO entry VALUES ($1, $2, $3)", []any{w, n, fmt.Sprintf("note %d", n)}},
		{"UPDATE counter SET n = n + 1 WHERE worker = $1", []any{w}},
	} {
		if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

func verify(t *testing.T, o *orbit, l *ledger, round int) {
	t.Helper()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for w := range redisWriters {
		verifyRedis(t, c, l, w, round)
	}
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	verifySQL(t, conn, l, round)
}

func verifyRedis(t *testing.T, c *redis.Client, l *ledger, w, round int) {
	t.Helper()
	ctx := t.Context()
	for first := int64(1); first <= l.set[w].Load(); first += 500 {
		keys := []string{}
		for i := first; i < first+500 && i <= l.set[w].Load(); i++ {
			keys = append(keys, fmt.Sprintf("set:%d:%d", w, i))
		}
		got, err := c.MGet(ctx, keys...).Result()
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if v != strconv.FormatInt(first+int64(i), 10) {
				t.Fatalf("round %d: %s is %v", round, keys[i], v)
			}
		}
	}
	for i := int64(1); i <= l.pairs[w].Load()+1; i++ {
		got, err := c.MGet(ctx, fmt.Sprintf("left:%d:%d", w, i), fmt.Sprintf("right:%d:%d", w, i)).Result()
		if err != nil {
			t.Fatal(err)
		}
		if got[0] != got[1] || got[0] == nil && i <= l.pairs[w].Load() {
			t.Fatalf("round %d: pair %d of writer %d is %v", round, i, w, got)
		}
	}
	n, err := c.Get(ctx, fmt.Sprintf("incr:%d", w)).Int64()
	if err != nil && err != redis.Nil {
		t.Fatal(err)
	}
	if n < l.incr[w].Load() || n > l.triedIncr[w].Load() {
		t.Fatalf("round %d: counter of writer %d is %d, acknowledged %d, tried %d", round, w, n, l.incr[w].Load(), l.triedIncr[w].Load())
	}
	// A transaction is one batch: its increments, its field and its element.
	list, err := c.LLen(ctx, fmt.Sprintf("list:%d", w)).Result()
	if err != nil {
		t.Fatal(err)
	}
	if list*3 != n {
		t.Fatalf("round %d: writer %d has %d elements for %d increments", round, w, list, n)
	}
}

func verifySQL(t *testing.T, conn *pgx.Conn, l *ledger, round int) {
	t.Helper()
	ctx := t.Context()
	var sum int64
	if err := conn.QueryRow(ctx, "SELECT sum(balance) FROM account").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != accounts*balance {
		t.Fatalf("round %d: balances add up to %d", round, sum)
	}
	for w := range sqlWriters {
		var entries, byIndex, counter int64
		err := conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM entry WHERE worker = $1),
			(SELECT count(*) FROM entry WHERE worker = $1 AND note >= 'note'),
			(SELECT n FROM counter WHERE worker = $1)`, w).Scan(&entries, &byIndex, &counter)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged := l.commits[w].Load()
		if entries != counter || entries != byIndex || entries < acknowledged || entries > l.tried[w].Load() {
			t.Fatalf("round %d: writer %d has %d entries (%d by index), counter %d; acknowledged %d, tried %d",
				round, w, entries, byIndex, counter, acknowledged, l.tried[w].Load())
		}
		var present bool
		if acknowledged > 0 {
			if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM entry WHERE worker = $1 AND n = $2)", w, l.last[w].Load()).Scan(&present); err != nil {
				t.Fatal(err)
			}
			if !present {
				t.Fatalf("round %d: the last acknowledged entry %d of writer %d is gone", round, l.last[w].Load(), w)
			}
		}
	}
}
