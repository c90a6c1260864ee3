package wire

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// A failed block gives its locks back before its client ends it; what was done before
// the last savepoint keeps its own.
func TestAFailedTransactionHoldsNobodyUp(t *testing.T) {
	s := startServer(t, Options{})
	a, b := connect(t, s, ""), connect(t, s, "")
	exec(t, a, "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 1), (2, 2)")
	fail := func() {
		t.Helper()
		if _, err := a.Exec(background, "SELECT 1 / 0"); code(err) != pgerr.DivisionByZero {
			t.Fatal(err)
		}
	}
	exec(t, b, "SET lock_timeout = '50ms'")

	exec(t, a, "BEGIN; LOCK TABLE t; UPDATE t SET b = 0")
	fail()
	exec(t, b, "UPDATE t SET b = 5 WHERE a = 1")
	if _, err := a.Exec(background, "SELECT 1"); code(err) != pgerr.InFailedSQLTransaction {
		t.Errorf("in a failed transaction: %v", err)
	}
	exec(t, a, "COMMIT") // a rollback

	exec(t, a, "BEGIN; UPDATE t SET b = 7 WHERE a = 1; SAVEPOINT s; UPDATE t SET b = 8 WHERE a = 2; DECLARE c CURSOR FOR SELECT * FROM t")
	fail()
	exec(t, b, "UPDATE t SET b = 6 WHERE a = 2")
	if _, err := b.Exec(background, "UPDATE t SET b = 6 WHERE a = 1"); code(err) != pgerr.LockNotAvailable {
		t.Errorf("a row changed before the savepoint: %v", err)
	}
	exec(t, a, "ROLLBACK TO s; UPDATE t SET b = b + 1; COMMIT")
	var one, two int
	if err := a.QueryRow(background, "SELECT min(b), max(b) FROM t").Scan(&two, &one); err != nil || one != 8 || two != 7 {
		t.Errorf("rows are %d and %d, %v; want 8 and 7", one, two, err)
	}

	// Ending it when nothing is left works in all ways, and a new block begins well.
	for _, end := range []string{"ROLLBACK", "COMMIT", "ROLLBACK AND CHAIN; SELECT 1; COMMIT"} {
		exec(t, a, "BEGIN")
		fail()
		if _, err := a.Exec(background, "ROLLBACK TO none"); code(err) != pgerr.InvalidSavepointSpecification {
			t.Errorf("an unknown savepoint: %v", err)
		}
		exec(t, a, end)
		exec(t, a, "BEGIN; SELECT count(*) FROM t; COMMIT")
	}
}
