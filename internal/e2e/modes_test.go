package e2e

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// TestModes works through both protocols in each combination of modes, by each way
// to set them, restarts, and looks for what must and must not be there.
func TestModes(t *testing.T) {
	type cell struct{ redis, postgres, persistence string }
	var cells []cell
	for _, r := range []string{"persistent", "actor"} {
		for _, p := range []string{"persistent", "actor"} {
			cells = append(cells, cell{r, p, "none"})
		}
	}
	cells = append(cells, cell{"actor", "actor", "snapshot"}, cell{"actor", "actor", "write-through"})
	for i, c := range cells {
		t.Run(fmt.Sprintf("%s, %s, %s", c.redis, c.postgres, c.persistence), func(t *testing.T) {
			dir := t.TempDir()
			var args []string
			switch i % 3 {
			case 0:
				args = []string{"--redis-mode", c.redis, "--postgres-mode", c.postgres, "--actor-persistence", c.persistence}
			case 1:
				t.Setenv("ORBIT_REDIS_MODE", c.redis)
				t.Setenv("ORBIT_POSTGRES_MODE", c.postgres)
				t.Setenv("ORBIT_ACTOR_PERSISTENCE", c.persistence)
			case 2:
				file := t.TempDir() + "/orbit.toml"
				text := fmt.Sprintf("[redis]\nmode = %q\n[postgres]\nmode = %q\n[actor]\npersistence = %q\n", c.redis, c.postgres, c.persistence)
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				args = []string{"--config", file}
			}
			o := start(t, dir, args...)
			workRedis(t, o)
			workSQL(t, o)
			o.stop(t)
			o = start(t, dir, args...)
			checkRedis(t, o, c.redis == "persistent" || c.persistence != "none")
			checkSQL(t, o, c.postgres == "persistent" || c.persistence != "none")
			if c.persistence == "write-through" {
				workRedis(t, o)
				o.kill()
				o = start(t, dir, args...)
				checkRedis(t, o, true)
				checkSQL(t, o, true)
			}
			o.stop(t)
		})
	}
}

// workRedis fills the keyspace with a key of each type, and meets expiry,
// transactions and scripts, whose keys lie in several partitions.
func workRedis(t *testing.T, o *orbit) {
	t.Helper()
	ctx := t.Context()
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	defer func() { _ = c.Close() }()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.FlushAll(ctx).Err())
	for i := range 200 {
		must(c.Set(ctx, fmt.Sprintf("string:%d", i), i, 0).Err())
	}
	must(c.HSet(ctx, "hash", "f", "v", "n", 1).Err())
	must(c.RPush(ctx, "list", "a", "b", "c").Err())
	must(c.SAdd(ctx, "set", "a", "b").Err())
	must(c.ZAdd(ctx, "zset", redis.Z{Score: 1, Member: "a"}, redis.Z{Score: 2, Member: "b"}).Err())
	must(c.XAdd(ctx, &redis.XAddArgs{Stream: "stream", Values: []string{"f", "v"}}).Err())
	must(c.Rename(ctx, "hash", "renamed").Err())
	must(c.Set(ctx, "brief", "x", 30*time.Millisecond).Err())
	_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "string:1")
		p.Incr(ctx, "string:2")
		p.RPopLPush(ctx, "list", "list2")
		return nil
	})
	must(err)
	must(c.Eval(ctx, `for i, k in ipairs(KEYS) do redis.call('INCRBY', k, 10) end return #KEYS`, []string{"string:3", "string:4", "string:5"}).Err())
	keys, cursor := 0, uint64(0)
	for {
		var page []string
		page, cursor, err = c.Scan(ctx, cursor, "string:*", 17).Result()
		must(err)
		keys += len(page)
		if cursor == 0 {
			break
		}
	}
	if keys != 200 {
		t.Errorf("SCAN gave %d keys", keys)
	}
	// Nobody reads the key: it goes by itself.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		n, err := c.DBSize(ctx).Result()
		must(err)
		if n == 206 { // strings, renamed, list, list2, set, zset, stream
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d keys; the one with a TTL is still there", n)
		}
	}
}

func checkRedis(t *testing.T, o *orbit, kept bool) {
	t.Helper()
	ctx := t.Context()
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	defer func() { _ = c.Close() }()
	n, err := c.DBSize(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	if !kept {
		if n != 0 {
			t.Errorf("%d keys outlived the process", n)
		}
		return
	}
	if n != 206 {
		t.Errorf("%d keys after a restart, want 206", n)
	}
	for key, want := range map[string]string{"string:1": "2", "string:5": "15", "string:9": "9"} {
		if got, err := c.Get(ctx, key).Result(); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", key, got, err, want)
		}
	}
	if got, err := c.HGet(ctx, "renamed", "f").Result(); err != nil || got != "v" {
		t.Errorf("hash field: %q, %v", got, err)
	}
	if got, err := c.LRange(ctx, "list", 0, -1).Result(); err != nil || fmt.Sprint(got) != "[a b]" {
		t.Errorf("list: %v, %v", got, err)
	}
	if got, err := c.ZScore(ctx, "zset", "b").Result(); err != nil || got != 2 {
		t.Errorf("score: %v, %v", got, err)
	}
}

func workSQL(t *testing.T, o *orbit) {
	t.Helper()
	ctx := t.Context()
	conn := connectSQL(t, o)
	for _, sql := range []string{
		`CREATE TABLE account (id serial PRIMARY KEY, name text UNIQUE, balance numeric NOT NULL)`,
		`CREATE TABLE entry (account int NOT NULL, amount numeric NOT NULL)`,
		`CREATE INDEX ON entry (account)`,
		`INSERT INTO account (name, balance) SELECT 'n' || i, 100 FROM generate_series(1, 500) i`,
		`BEGIN`,
		`UPDATE account SET balance = balance - 10 WHERE id = 1`,
		`INSERT INTO entry VALUES (1, -10), (2, 10)`,
		`UPDATE account SET balance = balance + 10 WHERE id = 2`,
		`COMMIT`,
		`BEGIN`,
		`DELETE FROM account`,
		`DROP TABLE entry`,
		`ROLLBACK`,
		`ALTER TABLE account ADD COLUMN note text DEFAULT 'none'`,
		`CREATE VIEW rich AS SELECT name FROM account WHERE balance > 100`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	var unique *pgconn.PgError
	if _, err := conn.Exec(ctx, `INSERT INTO account (name, balance) VALUES ('n7', 0)`); !errors.As(err, &unique) || unique.Code != "23505" {
		t.Errorf("a second n7: %v", err)
	}
	queryFound(t, conn)
}

func checkSQL(t *testing.T, o *orbit, kept bool) {
	t.Helper()
	conn := connectSQL(t, o)
	if kept {
		queryFound(t, conn)
		return
	}
	var none *pgconn.PgError
	if _, err := conn.Exec(t.Context(), `SELECT * FROM account`); !errors.As(err, &none) || none.Code != "42P01" {
		t.Errorf("a table outlived the process: %v", err)
	}
}

// queryFound checks what workSQL has left.
func queryFound(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for sql, want := range map[string]string{
		`SELECT count(*)::text FROM account`:                                                             "500",
		`SELECT sum(balance)::text FROM account`:                                                         "50000",
		`SELECT string_agg(name, ',' ORDER BY name) FROM rich`:                                           "n2",
		`SELECT sum(e.amount)::text FROM entry e JOIN account a ON a.id = e.account WHERE a.name = 'n1'`: "-10",
		`SELECT note FROM account WHERE name = 'n400'`:                                                   "none",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", sql, got, err, want)
		}
	}
}

// TestTablesInMemoryAreBounded fills a table until there is no room: the statement
// that would go beyond it fails, nothing of it is there, and deleting makes room.
func TestTablesInMemoryAreBounded(t *testing.T) {
	o := start(t, t.TempDir(), "--postgres-mode", "actor", "--actor-table-memory", "4MB", "--redis-addr=")
	conn := connectSQL(t, o)
	mustExec(t, conn, `CREATE TABLE blob (id serial PRIMARY KEY, data text)`)
	const row = `INSERT INTO blob (data) VALUES (repeat('x', 100000))`
	rows, failed := 0, ""
	for rows < 1000 {
		if failed = code(t, conn, row); failed != "" {
			break
		}
		rows++
	}
	if failed != "53200" || rows < 10 {
		t.Fatalf("after %d rows: SQLSTATE %q, want 53200", rows, failed)
	}
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM blob`).Scan(&n); err != nil || n != rows {
		t.Errorf("%d rows, %v, want %d", n, err, rows)
	}
	mustExec(t, conn, `DELETE FROM blob WHERE id % 2 = 0`)
	mustExec(t, conn, row)
}
