package wire

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestForeignKeysUnderConcurrency has several clients make and remove rows and what they
// refer to: whatever the isolation level, no row is left that refers to nothing.
func TestForeignKeysUnderConcurrency(t *testing.T) {
	for _, isolation := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
		t.Run(isolation, func(t *testing.T) {
			s := startServer(t, Options{})
			c := connect(t, s, "")
			exec(t, c, `CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE);
				CREATE TABLE plain (id int, pid int REFERENCES p);
				CREATE TABLE cascading (id int, code int REFERENCES p (code) ON DELETE CASCADE ON UPDATE CASCADE);
				CREATE TABLE cleared (id int, pid bigint REFERENCES p ON DELETE SET NULL);
				CREATE TABLE late (id int, code int REFERENCES p (code) DEFERRABLE INITIALLY DEFERRED);
				INSERT INTO p SELECT i, i FROM generate_series(1, 6) i`)
			var wait sync.WaitGroup
			done := make([]int, 4)
			for w := range done {
				conn := connect(t, s, "")
				wait.Go(func() { done[w] = changeReferred(t, conn, isolation) })
			}
			wait.Wait()
			if slices.Min(done) == 0 {
				t.Errorf("of the clients' transactions %v were committed", done)
			}
			for _, orphans := range []string{
				"plain x LEFT JOIN p ON p.id = x.pid WHERE x.pid IS NOT NULL AND p.id IS NULL",
				"cascading x LEFT JOIN p ON p.code = x.code WHERE x.code IS NOT NULL AND p.id IS NULL",
				"cleared x LEFT JOIN p ON p.id = x.pid WHERE x.pid IS NOT NULL AND p.id IS NULL",
				"late x LEFT JOIN p ON p.code = x.code WHERE x.code IS NOT NULL AND p.id IS NULL",
			} {
				if got := query(t, c, "SELECT count(*) FROM "+orphans); got != "0" {
					t.Errorf("%s rows refer to nothing: %s", got, orphans)
				}
			}
		})
	}
}

// changeReferred runs random transactions and tells how many were committed.
func changeReferred(t *testing.T, c *pgx.Conn, isolation string) (committed int) {
	ctx := context.Background()
	for i := range 60 {
		var b strings.Builder
		b.WriteString("BEGIN ISOLATION LEVEL " + isolation + "; SELECT count(*) FROM p; ")
		for range 1 + rand.IntN(3) {
			id := 1 + rand.IntN(6)
			b.WriteString([]string{
				fmt.Sprintf("INSERT INTO plain VALUES (%d, %d);", i, id),
				fmt.Sprintf("INSERT INTO cascading VALUES (%d, %d);", i, id),
				fmt.Sprintf("INSERT INTO cleared VALUES (%d, %d);", i, id),
				fmt.Sprintf("INSERT INTO late VALUES (%d, %d);", i, id),
				fmt.Sprintf("DELETE FROM plain WHERE pid = %d;", id),
				fmt.Sprintf("DELETE FROM late WHERE code = %d;", id),
				fmt.Sprintf("DELETE FROM p WHERE id = %d;", id),
				fmt.Sprintf("DELETE FROM p WHERE id = %d;", id),
				fmt.Sprintf("INSERT INTO p VALUES (%d, %d) ON CONFLICT DO NOTHING;", id, id),
				fmt.Sprintf("UPDATE p SET code = %d WHERE id = %d;", 1+rand.IntN(6), id),
			}[rand.IntN(10)])
			fmt.Fprintf(&b, "SELECT pg_sleep(%f);", rand.Float64()/300) // others come between
		}
		_, err := c.Exec(ctx, b.String()+"COMMIT")
		if err == nil {
			committed++
			continue
		}
		e, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || !slices.Contains([]string{"23503", "23505", "40001", "40P01"}, e.Code) {
			t.Errorf("%s: %v", b.String(), err)
			return committed
		}
		if _, err := c.Exec(ctx, "ROLLBACK"); err != nil {
			t.Error(err)
			return committed
		}
	}
	return committed
}

// A transaction that keeps one snapshot must not remove a key that a row refers to
// which has come since.
func TestForeignKeySeesNewRows(t *testing.T) {
	for _, isolation := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
		s := startServer(t, Options{})
		c, other := connect(t, s, ""), connect(t, s, "")
		exec(t, c, `CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2); CREATE TABLE c (id int, pid int REFERENCES p)`)
		exec(t, c, "BEGIN ISOLATION LEVEL "+isolation)
		exec(t, c, "SELECT count(*) FROM c")
		exec(t, other, "INSERT INTO c VALUES (1, 1)")
		_, err := c.Exec(context.Background(), "DELETE FROM p WHERE id = 1")
		if e, ok := errors.AsType[*pgconn.PgError](err); !ok || e.Code != "23503" || e.ConstraintName != "c_pid_fkey" || e.TableName != "c" {
			t.Errorf("%s: %v", isolation, err)
		}
		exec(t, c, "ROLLBACK")
	}
}
