package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

func hostPort(addr string) (host, port string) {
	i := strings.LastIndexByte(addr, ':')
	return addr[:i], addr[i+1:]
}

// TestRestartKeepsEverything is the first promise: stop, start, and all is there.
func TestRestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	o := start(t, dir)
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	if err := c.HSet(ctx, "user:1", "name", "Ada", "age", 36).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(ctx, "binary", "\x00\xff\x00", 0).Err(); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL, price numeric(8,2), tags text[])`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `INSERT INTO item (name, price, tags) VALUES ('Lamp', 19.90, '{a,b}'), ('Desk', NULL, NULL)`); err != nil {
		t.Fatal(err)
	}
	o.stop(t)

	o = start(t, dir)
	c = redis.NewClient(&redis.Options{Addr: o.redis})
	if got, err := c.HGetAll(ctx, "user:1").Result(); err != nil || got["name"] != "Ada" || got["age"] != "36" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := c.Get(ctx, "binary").Result(); err != nil || got != "\x00\xff\x00" {
		t.Errorf("got %q, %v", got, err)
	}
	conn, err = pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	var id int
	if err := conn.QueryRow(ctx, `INSERT INTO item (name) VALUES ('Chair') RETURNING id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	if id < 3 {
		t.Errorf("the sequence gave %d again", id)
	}
	var name, tags string
	var price *string
	if err := conn.QueryRow(ctx, `SELECT name, price::text, tags::text FROM item WHERE id = 1`).Scan(&name, &price, &tags); err != nil {
		t.Fatal(err)
	}
	if name != "Lamp" || price == nil || *price != "19.90" || tags != "{a,b}" {
		t.Errorf("got %q %v %q", name, price, tags)
	}
	if err := conn.QueryRow(ctx, `SELECT price::text FROM item WHERE id = 2`).Scan(&price); err != nil || price != nil {
		t.Errorf("NULL came back as %v, %v", price, err)
	}
	o.stop(t)
}

// TestRedisBenchmark runs every default test of redis-benchmark.
func TestRedisBenchmark(t *testing.T) {
	tool(t, "redis-benchmark")
	o := start(t, t.TempDir())
	host, port := hostPort(o.redis)
	out := run(t, "redis-benchmark", "-h", host, "-p", port, "-q", "-n", "2000", "-r", "1000")
	for _, name := range []string{
		"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP",
		"ZADD", "ZPOPMIN", "LRANGE_100", "LRANGE_300", "LRANGE_500", "LRANGE_600", "MSET",
	} {
		if !strings.Contains(out, name) {
			t.Errorf("no result for %s", name)
		}
	}
	if strings.Contains(out, "Error") || strings.Contains(out, "ERR") {
		t.Errorf("redis-benchmark reports errors:\n%s", out)
	}
}

func TestRedisCLI(t *testing.T) {
	tool(t, "redis-cli")
	o := start(t, t.TempDir())
	host, port := hostPort(o.redis)
	for _, protocol := range []string{"-2", "-3"} {
		cli := func(args ...string) string {
			return run(t, "redis-cli", append([]string{"-h", host, "-p", port, protocol}, args...)...)
		}
		if got := cli("SET", "k", "v"); got != "OK\n" {
			t.Errorf("SET: %q", got)
		}
		if got := cli("HSET", "h", "f", "v"); got != "1\n" && got != "0\n" {
			t.Errorf("HSET: %q", got)
		}
		if got := cli("--no-raw", "HGETALL", "h"); !strings.Contains(got, `"f"`) {
			t.Errorf("HGETALL: %q", got)
		}
		if got := cli("--scan", "--pattern", "k*"); got != "k\n" {
			t.Errorf("--scan: %q", got)
		}
		if got := cli("--bigkeys"); !strings.Contains(got, "Sampled 2 keys") {
			t.Errorf("--bigkeys: %q", got)
		}
		if n, err := strconv.Atoi(strings.TrimSpace(cli("COMMAND", "COUNT"))); err != nil || n < 150 {
			t.Errorf("COMMAND COUNT: %d, %v", n, err)
		}
	}
}

// TestPsqlBackslash is what a person looks at first.
func TestPsqlBackslash(t *testing.T) {
	tool(t, "psql")
	o := start(t, t.TempDir())
	host, port := hostPort(o.sql)
	psql := func(commands ...string) string {
		args := []string{"-X", "-h", host, "-p", port, "-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1"}
		for _, c := range commands {
			args = append(args, "-c", c)
		}
		return run(t, "psql", args...)
	}
	psql(`CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(80) UNIQUE NOT NULL, born date DEFAULT now(), CHECK (email <> ''))`,
		`CREATE INDEX customer_born ON customer (born DESC)`, `CREATE VIEW adults AS SELECT * FROM customer WHERE born < '2000-01-01'`,
		`CREATE SEQUENCE ticket`, `CREATE SCHEMA shop`)
	for _, tc := range []struct {
		command string
		want    []string
	}{
		{`\l`, []string{"postgres", "UTF8"}},
		{`\dt`, []string{"customer", "table", "postgres"}},
		{`\d customer`, []string{
			`"public.customer"`, "generated always as identity", "character varying(80)", "not null", `"customer_pkey" PRIMARY KEY, btree (id)`,
			`"customer_born" btree (born DESC)`, `"customer_email_key" UNIQUE CONSTRAINT, btree (email)`, "Check constraints",
		}},
		{`\di`, []string{"customer_pkey", "customer_born", "index"}},
		{`\dv`, []string{"adults", "view"}},
		{`\ds`, []string{"ticket", "customer_id_seq"}},
		{`\dn`, []string{"public", "shop"}},
		{`\d adults`, []string{"born", "date"}},
	} {
		got := psql(tc.command)
		for _, want := range tc.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", tc.command, want, got)
			}
		}
	}
	csv := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(csv, []byte("email,born\nada@example.org,1815-12-10\n\"q\"\"uote\",\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	psql(`\copy customer (email, born) FROM '` + csv + `' CSV HEADER`)
	if got := psql(`\copy customer (email, born) TO STDOUT CSV HEADER`); got != "email,born\nada@example.org,1815-12-10\n\"q\"\"uote\",\n" {
		t.Errorf("\\copy: %q", got)
	}
}

// TestPgbench runs TPC-B and select-only in each protocol mode; the books must
// balance afterwards.
func TestPgbench(t *testing.T) {
	tool(t, "pgbench")
	o := start(t, t.TempDir())
	host, port := hostPort(o.sql)
	base := []string{"-h", host, "-p", port, "-U", "postgres"}
	bench := func(args ...string) string {
		return run(t, "pgbench", append(append(append([]string{}, base...), args...), "postgres")...)
	}
	scale := "1"
	if s := os.Getenv("E2E_PGBENCH_SCALE"); s != "" {
		scale = s
	}
	bench("-i", "-q", "-s", scale)
	for _, mode := range []string{"simple", "extended", "prepared"} {
		for _, script := range []string{"tpcb-like", "select-only"} {
			out := bench("-M", mode, "-b", script, "-c", "8", "-j", "2", "-t", "50", "-n")
			if !strings.Contains(out, "number of transactions actually processed: 400/400") {
				t.Errorf("%s %s:\n%s", mode, script, out)
			}
		}
	}
	conn, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	var a, b, c, h, n int64
	err = conn.QueryRow(t.Context(), `SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(bbalance) FROM pgbench_branches),
		(SELECT sum(tbalance) FROM pgbench_tellers), (SELECT sum(delta) FROM pgbench_history), (SELECT count(*) FROM pgbench_history)`).Scan(&a, &b, &c, &h, &n)
	if err != nil {
		t.Fatal(err)
	}
	if a != b || b != c || c != h || n != 1200 {
		t.Errorf("the books do not balance: accounts %d, branches %d, tellers %d, history %d in %d rows", a, b, c, h, n)
	}
}
