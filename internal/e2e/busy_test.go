package e2e

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// TestBusyScript runs a script that never ends on one core and on two, with both
// protocols in actor mode: it holds up its own protocol, as redis-server's do, and
// nothing else, until it is killed.
func TestBusyScript(t *testing.T) {
	for _, cores := range []string{"1", "2"} {
		t.Run("GOMAXPROCS="+cores, func(t *testing.T) {
			t.Setenv("GOMAXPROCS", cores)
			o := start(t, t.TempDir(), "--redis-mode", "actor", "--postgres-mode", "actor")
			ctx := t.Context()
			c := redis.NewClient(&redis.Options{Addr: o.redis, ReadTimeout: -1})
			defer func() { _ = c.Close() }()
			if err := c.Set(ctx, "key", "value", 0).Err(); err != nil {
				t.Fatal(err)
			}
			conn := connectSQL(t, o)
			mustExec(t, conn, `CREATE TABLE n (i int PRIMARY KEY)`)

			// One that ends delays others, and is not seen by them.
			short := make(chan error, 1)
			go func() { short <- c.Eval(ctx, `for i = 1, 3000000 do end return 1`, nil).Err() }()
			for range 50 {
				if got, err := c.Get(ctx, "key").Result(); err != nil || got != "value" {
					t.Fatalf("GET beside a short script: %q, %v", got, err)
				}
			}
			if err := <-short; err != nil {
				t.Fatal(err)
			}

			if err := c.ConfigSet(ctx, "busy-reply-threshold", "100").Err(); err != nil {
				t.Fatal(err)
			}
			long := make(chan error, 1)
			go func() { long <- c.Eval(ctx, `while true do end`, nil).Err() }()
			for { // PING is delayed until the script counts as long
				if err := c.Ping(ctx).Err(); err != nil {
					if !strings.HasPrefix(err.Error(), "BUSY ") {
						t.Fatalf("PING beside a long script: %v", err)
					}
					break
				}
			}
			for i := range 300 {
				if tag, err := conn.Exec(ctx, `INSERT INTO n VALUES ($1)`, i); err != nil || tag.RowsAffected() != 1 {
					t.Fatalf("INSERT %d beside a long script: %v, %v", i, tag, err)
				}
			}
			if err := c.Get(ctx, "key").Err(); err == nil || !strings.HasPrefix(err.Error(), "BUSY ") {
				t.Errorf("GET beside a long script: %v", err)
			}
			select {
			case err := <-long:
				t.Fatalf("the script ended: %v", err)
			default:
			}
			if err := c.ScriptKill(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			if err := <-long; err == nil || !strings.Contains(err.Error(), "killed by user") {
				t.Errorf("the script: %v", err)
			}
			if err := c.Set(ctx, "key", "later", 0).Err(); err != nil {
				t.Errorf("SET after the script: %v", err)
			}
			if n := mustExec(t, conn, `SELECT FROM n`).RowsAffected(); n != 300 {
				t.Errorf("%d rows, want 300", n)
			}
			o.stop(t)
		})
	}
}
