package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
)

const (
	accounts = 8
	balance  = 1000
	// tableRows are in every table that the DDL writer makes, tablesKept the
	// tables it leaves.
	tableRows  = 20
	tablesKept = 3
)

// sqlLedger is what one writer's transactions have come to.
type sqlLedger struct {
	commits int64 // acknowledged
	last    int64 // number of the newest one of them
	// tried is the highest number sent: a transaction whose reply never came may
	// or may not have happened.
	tried int64
}

// ddlLedger is what the writer of tables has done.
type ddlLedger struct{ created, tried int64 }

// prepareSQL makes the tables, once.
func prepareSQL(t *testing.T, dir string) {
	t.Helper()
	o := start(t, dir)
	conn := connect(t, o)
	for _, sql := range []string{
		"CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)",
		"CREATE TABLE entry (worker int, n bigint, note text, PRIMARY KEY (worker, n))",
		"CREATE INDEX entry_note ON entry (note)",
		"CREATE TABLE counter (worker int PRIMARY KEY, n bigint NOT NULL)",
		fmt.Sprintf("INSERT INTO account SELECT i, %d FROM generate_series(1, %d) i", balance, accounts),
		fmt.Sprintf("INSERT INTO counter SELECT i, 0 FROM generate_series(0, %d) i", len(ledger{}.sql)-1),
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.stop(t)
}

func connect(t *testing.T, o *orbit) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatalf("%v\n%s", err, o.stderr)
	}
	return conn
}

// write moves money and keeps a journal, each in one transaction, until the
// server is gone.
func (l *sqlLedger) write(o *orbit, w int) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	for {
		l.tried++
		if transfer(ctx, conn, w, l.tried) != nil {
			return
		}
		l.last = l.tried
		l.commits++
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

func verifyBalances(t *testing.T, conn *pgx.Conn, round int) {
	t.Helper()
	var sum int64
	if err := conn.QueryRow(t.Context(), "SELECT sum(balance) FROM account").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != accounts*balance {
		t.Fatalf("round %d: balances add up to %d", round, sum)
	}
}

func (l *sqlLedger) verify(t *testing.T, conn *pgx.Conn, w, round int) {
	t.Helper()
	var entries, byIndex, counter int64
	err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM entry WHERE worker = $1),
		(SELECT count(*) FROM entry WHERE worker = $1 AND note >= 'note'),
		(SELECT n FROM counter WHERE worker = $1)`, w).Scan(&entries, &byIndex, &counter)
	if err != nil {
		t.Fatal(err)
	}
	if entries != counter || entries != byIndex || entries < l.commits || entries > l.tried {
		t.Fatalf("round %d: writer %d has %d entries (%d by index), counter %d; acknowledged %d, tried %d",
			round, w, entries, byIndex, counter, l.commits, l.tried)
	}
	if l.commits == 0 {
		return
	}
	var present bool
	err = conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM entry WHERE worker = $1 AND n = $2 AND note = $3)",
		w, l.last, fmt.Sprintf("note %d", l.last)).Scan(&present)
	if err != nil {
		t.Fatal(err)
	}
	if !present {
		t.Fatalf("round %d: the last acknowledged entry %d of writer %d is gone", round, l.last, w)
	}
}

// write makes tables with rows and an index, each with the end of an older one
// in one transaction.
func (l *ddlLedger) write(o *orbit) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	for {
		l.tried++
		_, err := conn.Exec(ctx, fmt.Sprintf(`BEGIN; CREATE TABLE made_%[1]d (id serial PRIMARY KEY, v int UNIQUE);
			INSERT INTO made_%[1]d (v) SELECT * FROM generate_series(1, %[2]d); DROP TABLE IF EXISTS made_%[3]d; COMMIT`,
			l.tried, tableRows, l.tried-tablesKept))
		if err != nil {
			return
		}
		l.created = l.tried
	}
}

// verify checks that each table is there with all its rows or not at all, and so
// are those it replaced.
func (l *ddlLedger) verify(t *testing.T, conn *pgx.Conn, round int) {
	t.Helper()
	rows, err := conn.Query(t.Context(), "SELECT relname FROM pg_class WHERE relname ~ '^made_[0-9]+$' AND relkind = 'r'")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	there := map[int64]bool{}
	for _, name := range names {
		var number, count, highest int64
		if _, err := fmt.Sscanf(name, "made_%d", &number); err != nil {
			t.Fatal(err)
		}
		there[number] = true
		if err := conn.QueryRow(t.Context(), "SELECT count(*), max(v) FROM "+name).Scan(&count, &highest); err != nil {
			t.Fatalf("round %d: %s: %v", round, name, err)
		}
		if count != tableRows || highest != tableRows {
			t.Fatalf("round %d: %s has %d rows up to %d", round, name, count, highest)
		}
	}
	if l.created > 0 && !there[l.created] {
		t.Fatalf("round %d: table made_%d was acknowledged and is gone; there are %v", round, l.created, names)
	}
	for number := range there {
		if there[number+tablesKept] {
			t.Fatalf("round %d: made_%d replaced made_%d, and both are there", round, number+tablesKept, number)
		}
	}
}
