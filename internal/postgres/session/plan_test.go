package session

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// run runs SQL by the simple protocol and gives its rows.
func run(t testing.TB, s *Session, r *recorder, sql string) [][]string {
	t.Helper()
	r.rows = nil
	if err := s.Query(sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	s.Ready()
	return r.rows
}

// runWhole runs a statement by the extended protocol, which lifts nothing.
func runWhole(s *Session, r *recorder, sql string) ([][]string, error) {
	r.rows = nil
	err := s.ParseStatement("", sql, nil)
	if err == nil {
		err = s.Bind("", "", nil, nil, nil)
	}
	if err == nil {
		_, err = s.Execute("", 0)
	}
	if err == nil {
		err = s.Sync()
	}
	return r.rows, err
}

// A statement whose literals were lifted means what it meant before, errors too.
func TestLiftingChangesNothing(t *testing.T) {
	s, r := open(t)
	run(t, s, r, `CREATE TABLE t (a int PRIMARY KEY, b text, v varchar(3), n numeric(8,2), f float8, ts timestamp, d date, i8 bigint, i2 smallint, j jsonb, x int[]);
		INSERT INTO t VALUES (1, 'one', 'abc', 1.5, 2.5, '2024-01-02 03:04:05', '2024-01-02', 5000000000, 7, '{"k": [1, 2]}', '{1,2}'), (2, '2', 'x', -1, 0, '1999-01-01', '1999-01-01', 2, 2, '[]', '{}')`)
	for _, sql := range []string{
		"SELECT 1, -1, 2147483648, 1.50, 'x', 1e3, - 5", "SELECT 7 / 2, 7 / 2.0, -7 % 3, 2 + 3 * 4, 'a' || 'b', 1 || 'a', '3' + 4",
		"SELECT a FROM t WHERE b = 'one'", "SELECT a FROM t WHERE b = '2'", "SELECT a FROM t WHERE a = '2'", "SELECT a FROM t WHERE n = 1.5", "SELECT a FROM t WHERE n = 1",
		"SELECT a FROM t WHERE f > 2", "SELECT a FROM t WHERE i8 = 5000000000", "SELECT a FROM t WHERE i8 = 2", "SELECT a FROM t WHERE i2 = 7", "SELECT a FROM t WHERE i2 = 70000",
		"SELECT a FROM t WHERE ts < '2000-01-01'", "SELECT a FROM t WHERE d = '2024-01-02'", "SELECT d + 1, ts + '1 day', d - '2024-01-01' FROM t WHERE a = 1",
		"SELECT a FROM t WHERE a IN (1, 3)", "SELECT a FROM t WHERE a BETWEEN 2 AND 5", "SELECT a FROM t WHERE v = 'abc' AND b LIKE 'o%'", "SELECT a + 1 FROM t ORDER BY a + 1 DESC LIMIT 1",
		"SELECT a FROM t ORDER BY 1 DESC LIMIT 1 OFFSET 1", "SELECT CASE WHEN a = 1 THEN 'one' ELSE 'more' END FROM t ORDER BY a", "SELECT coalesce(NULL, 'x'), nullif(1, 2), greatest(1, 2.5)",
		"SELECT j->'k', j->'k'->0, j->>'k' FROM t WHERE a = 1", "SELECT x[1] FROM t WHERE 2 = ANY (x)", "SELECT 'abc'::varchar(2), '12'::int + 1, 1::text || 'a', cast('1.25' AS numeric(3, 1))",
		"SELECT substring('hello' from 2 for 3), round(2.567, 2), length('abc')", "SELECT 'x' UNION SELECT 'y' ORDER BY 1", "SELECT 1 UNION SELECT 2.5 ORDER BY 1", "VALUES (1, 'a'), (2, 'b')",
		"WITH c AS (SELECT 1 AS p, 'q' AS q) SELECT p + 1, q || 'r' FROM c", "SELECT (SELECT max(a) FROM t WHERE a < 2), EXISTS (SELECT 1 FROM t WHERE a = 9)",
		"SELECT interval '1 day', date '2024-01-01' + 1, '1 day'::interval * 2", "SELECT NULL = 1, 1 IS DISTINCT FROM 2, NOT 1 = 2",
		"SELECT 1 / 0", "SELECT 'x'::int", "SELECT a FROM t WHERE a = 'x'", "SELECT a FROM t WHERE d = 'x'", "SELECT 1 + 'x'", "SELECT nope FROM t WHERE a = 1", "SELECT 2147483647 + 1", "SELECT a FROM t WHERE b = 5",
		"SELECT a FROM t GROUP BY a + 1", "SELECT 'a' LIMIT -1", "SELECT f('x', 1)",
	} {
		want, wantErr := runWhole(s, r, sql)
		for range 2 { // the second time from the cache
			r.rows = nil
			err := s.Query(sql)
			if pgerr.Code(err) != pgerr.Code(wantErr) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%s: %v, as it stands %v", sql, err, wantErr)
			} else if err == nil && !reflect.DeepEqual(r.rows, want) {
				t.Errorf("%s: %v, as it stands %v", sql, r.rows, want)
			}
			if got, want := s.Error(orNone(err)).Position, s.Error(orNone(wantErr)).Position; got != want {
				t.Errorf("%s: position %d, as it stands %d", sql, got, want)
			}
			s.Ready()
		}
		if wantErr != nil {
			if err := s.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func orNone(err error) error {
	if err == nil {
		return pgerr.New("00000", "none")
	}
	return err
}

func TestShapesShareAPlan(t *testing.T) {
	s, r := open(t)
	run(t, s, r, "CREATE TABLE t (a int PRIMARY KEY, b text)")
	run(t, s, r, "INSERT INTO t VALUES (0, 'x')")
	misses := s.m.plans.misses.Load()
	for i := range 50 {
		run(t, s, r, fmt.Sprintf("INSERT INTO t VALUES (%d, 'it''s %d')", i+1, i))
	}
	if n := s.m.plans.misses.Load() - misses; n != 0 {
		t.Errorf("50 statements of one shape were planned %d times", n)
	}
	if got := run(t, s, r, "SELECT count(*), max(b) FROM t"); got[0][0] != "51" || !strings.HasPrefix(got[0][1], "x") {
		t.Errorf("got %v", got)
	}
	// A shape that could not be planned is tried again when the catalog changes.
	for i := range 3 {
		if err := s.Query(fmt.Sprintf("SELECT a FROM u WHERE a = %d", i)); pgerr.Code(err) != pgerr.UndefinedTable {
			t.Fatal(err)
		}
	}
	run(t, s, r, "CREATE TABLE u (a int PRIMARY KEY)")
	run(t, s, r, "SELECT a FROM u WHERE a = 0")
	misses = s.m.plans.misses.Load()
	run(t, s, r, "SELECT a FROM u WHERE a = 17")
	if n := s.m.plans.misses.Load() - misses; n != 0 {
		t.Error("the shape stays refused")
	}
}

// A plan made for an empty table gives way when the table has grown.
func TestPlansGrowWithTheirTables(t *testing.T) {
	s, r := open(t)
	s.m.lookAgain = 0
	run(t, s, r, "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE INDEX ON t (b)")
	plan := func() string {
		var lines []string
		for _, row := range run(t, s, r, "EXPLAIN (COSTS off) SELECT count(*) FROM t WHERE b = 5 AND a > 0") {
			lines = append(lines, row...)
		}
		return strings.Join(lines, "\n")
	}
	small := plan()
	run(t, s, r, "INSERT INTO t SELECT n, n FROM generate_series(1, 20000) n")
	if big := plan(); small == big || !strings.Contains(big, "t_b_idx") {
		t.Errorf("empty:\n%s\nfull:\n%s", small, big)
	}
	run(t, s, r, "TRUNCATE t")
	if again := plan(); again != small {
		t.Errorf("empty again:\n%s", again)
	}
}

// The cache keeps within its bound, and what it gives is what was put last.
func TestPlanCacheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := 256 * (planCost + 100)
		c := newPlanCache(limit)
		last := make(map[planKey]*planned)
		for range rapid.IntRange(1, 1200).Draw(t, "steps") {
			k := planKey{env: 1, text: fmt.Sprint(rapid.IntRange(0, 400).Draw(t, "key"))}
			if rapid.Bool().Draw(t, "put") {
				p := &planned{}
				c.put(k, p)
				last[k] = p
			}
			if p := c.get(k); p != nil && p != last[k] {
				t.Fatal("an older plan is given")
			}
			if c.used > limit || len(c.byKey) != len(c.ring) {
				t.Fatalf("%d of %d bytes, %d keys, %d in the ring", c.used, limit, len(c.byKey), len(c.ring))
			}
		}
		for i, p := range c.ring {
			if p.slot != i || c.byKey[p.key] != p {
				t.Fatal("the ring and the keys disagree")
			}
		}
	})
}

func TestWarnings(t *testing.T) {
	s, r := open(t)
	for sql, want := range map[string]string{
		"COMMIT": "WARNING 25P01", "ROLLBACK": "WARNING 25P01", "BEGIN; BEGIN; ROLLBACK": "WARNING 25001", "SET LOCAL jit = on": "WARNING 25P01",
		"SET TRANSACTION READ ONLY":               "WARNING 25P01",
		"SET client_min_messages = error; COMMIT": "",
	} {
		r.notices = nil
		run(t, s, r, sql)
		if got := strings.Join(r.notices, ","); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
		run(t, s, r, "RESET client_min_messages")
	}
}
