package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A replica that is killed while it takes the data set has what it had, or all of the
// new: started again it follows whom it followed. Promoted, it keeps what it has.
func TestAReplicaIsKilledDuringASync(t *testing.T) {
	const keys = 60_000
	ctx := context.Background()
	primary := start(t, t.TempDir(), "--postgres-addr=")
	source := newRedis(primary)
	defer func() { _ = source.Close() }()
	value := strings.Repeat("v", 300)
	for from := 0; from < keys; from += 2000 {
		if _, err := source.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := from; i < from+2000; i++ {
				p.Set(ctx, fmt.Sprint("key:", i), value, 0)
			}
			p.RPush(ctx, "list", from)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	host, port, err := net.SplitHostPort(primary.redis)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replica := start(t, dir, "--postgres-addr=")
	copied := newRedis(replica)
	if err := copied.Set(ctx, "own", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := copied.ReplicaOf(ctx, host, port).Err(); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		replica.kill()
		_ = copied.Close()
		replica = start(t, dir, "--postgres-addr=")
		copied = newRedis(replica)
		size, err := copied.DBSize(ctx).Result()
		if err != nil || size != 1 && size != keys+1 {
			t.Fatalf("after the crash it has %d keys: %v", size, err)
		}
	}
	awaitLink(t, copied)
	same := func() bool {
		one, err1 := source.Do(ctx, "DEBUG", "DIGEST").Text()
		other, err2 := copied.Do(ctx, "DEBUG", "DIGEST").Text()
		return err1 == nil && err2 == nil && one == other
	}
	if !same() {
		t.Error("the data is not the primary's")
	}
	if err := copied.Set(ctx, "own", "2", 0).Err(); err == nil || !strings.HasPrefix(err.Error(), "READONLY") {
		t.Errorf("a write to the replica: %v", err)
	}
	if err := source.Set(ctx, "late", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := source.Wait(ctx, 1, 20*time.Second).Result(); n != 1 || err != nil {
		t.Fatalf("WAIT: %d, %v", n, err)
	}
	if err := copied.ReplicaOf(ctx, "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	if err := copied.Set(ctx, "own", "2", 0).Err(); err != nil {
		t.Fatal(err)
	}
	replica.kill()
	_ = copied.Close()
	copied = newRedis(start(t, dir, "--postgres-addr="))
	defer func() { _ = copied.Close() }()
	values, err := copied.MGet(ctx, "own", "late", "key:7").Result()
	if err != nil || fmt.Sprint(values) != fmt.Sprint([]any{"2", "1", value}) {
		t.Errorf("after its promotion it has %v, %v", values, err)
	}
}

func awaitLink(t *testing.T, c *redis.Client) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if info, err := c.Info(context.Background(), "replication").Result(); err == nil && strings.Contains(info, "master_link_status:up") {
			return
		}
	}
	t.Fatal("the replica does not follow its primary")
}
