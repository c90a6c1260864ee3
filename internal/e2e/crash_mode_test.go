package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// TestModeChangesLoseNothing has both protocols change their modes over and over
// under writers and kills the server at random moments: everything acknowledged must
// be there when it is started again. With write-through this holds for data in
// actors too. E2E_CRASH_ROUNDS sets the number of rounds.
func TestModeChangesLoseNothing(t *testing.T) {
	rounds := crashRounds(t)
	dir := t.TempDir()
	args := []string{"--actor-persistence", "write-through"}
	l := &ledger{}
	prepareSQL(t, dir)
	var changes [2]int
	for round := range rounds {
		o := start(t, dir, args...)
		l.verify(t, o, round)
		var wg sync.WaitGroup
		for w := range l.redis {
			wg.Go(func() { l.redis[w].write(o, w) })
		}
		for w := range l.sql {
			wg.Go(func() { l.sql[w].write(o, w) })
		}
		wg.Go(func() { changes[0] += restlessRedis(t, o) })
		wg.Go(func() { changes[1] += restlessSQL(t, o) })
		time.Sleep(time.Duration(100+rand.IntN(500)) * time.Millisecond)
		o.kill()
		wg.Wait()
		if rand.IntN(3) == 0 {
			killRecovering(t, dir, args...)
		}
	}
	o := start(t, dir, args...)
	l.verify(t, o, rounds)
	l.verifyAll(t, o)
	o.stop(t)
	writes, commits, _ := l.acknowledged()
	t.Logf("%d rounds; acknowledged: %d Redis writes, %d commits; modes were changed %d times", rounds, writes, commits, changes)
	if writes == 0 || commits == 0 {
		t.Errorf("%d Redis writes and %d commits were acknowledged", writes, commits)
	}
}

// restlessRedis changes the mode of Redis until the server is gone, and counts.
func restlessRedis(t *testing.T, o *orbit) (changes int) {
	ctx := context.Background()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for {
		now, err := c.ConfigGet(ctx, "redis-mode").Result()
		if err != nil {
			return changes
		}
		if err := c.ConfigSet(ctx, "redis-mode", otherMode(now["redis-mode"])).Err(); err != nil {
			var refused redis.Error
			if errors.As(err, &refused) {
				t.Errorf("the mode of Redis was not changed: %v", err)
			}
			return changes
		}
		changes++
	}
}

// restlessSQL does so with the mode of PostgreSQL.
func restlessSQL(t *testing.T, o *orbit) (changes int) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close(ctx) }()
	for {
		var now string
		if conn.QueryRow(ctx, "SHOW orbit.postgres_mode").Scan(&now) != nil {
			return changes
		}
		if _, err := conn.Exec(ctx, "ALTER SYSTEM SET orbit.postgres_mode = '"+otherMode(now)+"'"); err != nil {
			var refused *pgconn.PgError
			if errors.As(err, &refused) {
				t.Errorf("the mode of PostgreSQL was not changed: %v", err)
			}
			return changes
		}
		changes++
	}
}

func otherMode(mode string) string {
	if mode == "actor" {
		return "persistent"
	}
	return "actor"
}
