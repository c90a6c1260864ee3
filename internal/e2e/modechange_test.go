package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// TestModeChange moves both protocols' data there and back under writers. No
// command fails; what waits and what reads an old state goes on.
func TestModeChange(t *testing.T) {
	dir := t.TempDir()
	l := &ledger{}
	prepareSQL(t, dir)
	o := start(t, dir)
	l.verify(t, o, 0)
	ctx := t.Context()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	admin := connect(t, o)
	defer func() { _ = admin.Close(ctx) }()

	var writers sync.WaitGroup
	stopped := make(chan string, 8)
	for w := range l.redis {
		writers.Go(func() { l.redis[w].write(o, w); stopped <- "redis" })
	}
	for w := range l.sql {
		writers.Go(func() { l.sql[w].write(o, w); stopped <- "sql" })
	}
	for _, mode := range []string{"actor", "persistent", "actor", "persistent"} {
		popped := make(chan error, 1)
		go func() { popped <- blocked(o, mode) }()
		old := begin(t, o)
		if err := c.ConfigSet(ctx, "redis-mode", mode).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := c.ConfigGet(ctx, "*-mode").Result(); err != nil || got["redis-mode"] != mode {
			t.Errorf("CONFIG GET: %v, %v", got, err)
		}
		if _, err := admin.Exec(ctx, "ALTER SYSTEM SET orbit.postgres_mode = "+mode); err != nil {
			t.Fatal(err)
		}
		var shown string
		if err := admin.QueryRow(ctx, "SHOW orbit.postgres_mode").Scan(&shown); err != nil || shown != mode {
			t.Errorf("SHOW: %q, %v", shown, err)
		}
		if err := c.LPush(ctx, "waits-for-"+mode, "x").Err(); err != nil {
			t.Error(err)
		}
		if err := <-popped; err != nil {
			t.Errorf("who waited for a list: %v", err)
		}
		old.end(t)
	}
	select {
	case who := <-stopped:
		t.Errorf("a command of a writer failed: %s", who)
	default:
	}
	o.kill()
	writers.Wait()
	o = start(t, dir)
	l.verify(t, o, 1)
	l.verifyAll(t, o)
	o.stop(t)
}

// blocked waits for an element of a list.
func blocked(o *orbit, mode string) error {
	c := redis.NewClient(&redis.Options{Addr: o.redis, MaxRetries: -1})
	defer func() { _ = c.Close() }()
	got, err := c.BLPop(context.Background(), 30*time.Second, "waits-for-"+mode).Result()
	if err == nil && len(got) != 2 {
		err = fmt.Errorf("got %v", got)
	}
	return err
}

// oldTransaction sees the state at its beginning, with a cursor half-way.
type oldTransaction struct {
	conn *pgx.Conn
	tx   pgx.Tx
	sum  int64
}

func begin(t *testing.T, o *orbit) *oldTransaction {
	t.Helper()
	old := &oldTransaction{conn: connect(t, o)}
	var err error
	if old.tx, err = old.conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead}); err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{
		"CREATE TABLE IF NOT EXISTS mode_change (n int)", "INSERT INTO mode_change SELECT generate_series(1, 100)",
		"DECLARE half CURSOR FOR SELECT n FROM mode_change", "FETCH 10 FROM half",
	} {
		if _, err := old.tx.Exec(t.Context(), stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	if err := old.tx.QueryRow(t.Context(), "SELECT count(*) FROM mode_change").Scan(&old.sum); err != nil {
		t.Fatal(err)
	}
	return old
}

func (old *oldTransaction) end(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	var sum int64
	if err := old.tx.QueryRow(ctx, "SELECT count(*) FROM mode_change").Scan(&sum); err != nil || sum != old.sum {
		t.Errorf("the transaction sees %d, %v, and saw %d before", sum, err, old.sum)
	}
	rows, err := old.tx.Query(ctx, "FETCH ALL FROM half")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := pgx.CollectRows(rows, pgx.RowTo[int]); err != nil || int64(len(all)) != old.sum-10 {
		t.Errorf("the cursor gave %d rows more, %v, want %d", len(all), err, old.sum-10)
	}
	if err := old.tx.Commit(ctx); err != nil {
		t.Error(err)
	}
	if err := old.conn.QueryRow(ctx, "SELECT count(*) FROM mode_change").Scan(&sum); err != nil || sum != old.sum {
		t.Errorf("after commit there are %d rows, %v, want %d", sum, err, old.sum)
	}
	if err := old.conn.Close(ctx); err != nil {
		t.Error(err)
	}
}

// orbitMode runs `orbit mode`.
func orbitMode(t *testing.T, o *orbit, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(program, append([]string{"mode", "--data-dir", o.dir}, args...)...).CombinedOutput()
	return string(out), err
}

func TestModeVerb(t *testing.T) {
	dir := t.TempDir()
	o := start(t, dir)
	ctx := t.Context()
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if out, err := orbitMode(t, o, "redis", "actor"); err != nil || !strings.Contains(out, "redis is in mode actor") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := orbitMode(t, o, "--json"); err != nil || !strings.Contains(out, `"mode": "actor"`) {
		t.Errorf("%s, %v", out, err)
	}
	// The mode is remembered; without persistence the data is not.
	o.stop(t)
	o = start(t, dir)
	c = redis.NewClient(&redis.Options{Addr: o.redis})
	if n, err := c.DBSize(ctx).Result(); err != nil || n != 0 {
		t.Errorf("%d keys, %v", n, err)
	}
	if out, err := orbitMode(t, o, "redis"); err != nil || !strings.Contains(out, "actor") {
		t.Errorf("%s, %v", out, err)
	}
	o.stop(t)

	// What a flag has put elsewhere is warned of, and in the way later.
	o = start(t, dir, "--redis-mode", "persistent")
	if !strings.Contains(o.stderr.String(), "--redis-mode actor") {
		t.Errorf("no warning:\n%s", o.stderr)
	}
	c = redis.NewClient(&redis.Options{Addr: o.redis})
	if err := c.Set(ctx, "old", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	o.stop(t)
	o = start(t, dir)
	c = redis.NewClient(&redis.Options{Addr: o.redis})
	if err := c.Set(ctx, "new", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if out, err := orbitMode(t, o, "redis", "persistent"); err == nil || !strings.Contains(out, "--replace") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := orbitMode(t, o, "redis", "persistent", "--replace", "--yes"); err != nil {
		t.Errorf("%s, %v", out, err)
	}
	if keys, err := c.Keys(ctx, "*").Result(); err != nil || fmt.Sprint(keys) != "[new]" {
		t.Errorf("keys %v, %v", keys, err)
	}
	if out, err := orbitMode(t, o, "redis", "actor", "--discard", "--yes"); err != nil || !strings.Contains(out, "empty") {
		t.Errorf("%s, %v", out, err)
	}
	if n, err := c.DBSize(ctx).Result(); err != nil || n != 0 {
		t.Errorf("%d keys after --discard, %v", n, err)
	}
	if err := c.Set(ctx, "after", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	o.stop(t)

	// Half of a move, as a crash leaves it, is removed.
	if err := os.WriteFile(filepath.Join(dir, "MODES"), []byte(`{"redis": {"chosen": "actor", "moving_to": "persistent"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "redis", "half")
	if err := os.WriteFile(half, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o = start(t, dir)
	if _, err := os.Stat(half); err == nil {
		t.Error("half of a move is still there")
	}
	if out, err := orbitMode(t, o, "redis", "persistent"); err != nil {
		t.Errorf("%s, %v", out, err)
	}
	o.stop(t)
	if out, err := orbitMode(t, o, "redis", "actor"); err == nil || !strings.Contains(out, "no server runs") {
		t.Errorf("%s, %v", out, err)
	}
}
