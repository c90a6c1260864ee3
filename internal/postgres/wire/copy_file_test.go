package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/session"
)

func TestSuperusersCopyFilesIfTheServerAllowsIt(t *testing.T) {
	s := startServerWith(t, Options{}, session.Options{ServerFiles: true})
	c := connect(t, s, "")
	dir := t.TempDir()
	file := filepath.Join(dir, "rows")
	exec(t, c, "CREATE TABLE t (a int, b text); INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 10000) g")
	exec(t, c, "COPY t TO '"+file+"'")
	exec(t, c, "COPY (SELECT 1, 'a,b') TO '"+file+".csv' CSV")
	if b, err := os.ReadFile(file + ".csv"); err != nil || string(b) != "1,\"a,b\"\n" {
		t.Errorf("wrote %q, %v", b, err)
	}
	exec(t, c, "CREATE TABLE u (LIKE t); COPY u FROM '"+file+"'")
	same := func(format string) {
		t.Helper()
		var same bool
		sql := "SELECT (SELECT count(*) FROM u) = 10000 AND NOT EXISTS (SELECT * FROM t EXCEPT SELECT * FROM u)"
		if err := c.QueryRow(background, sql).Scan(&same); err != nil || !same {
			t.Errorf("%s: what came back differs, %v", format, err)
		}
	}
	same("text")
	exec(t, c, "COPY t TO '"+file+"' (FORMAT binary); TRUNCATE u; COPY u FROM '"+file+"' (FORMAT binary)")
	same("binary")
	for _, x := range []struct{ sql, code string }{
		{"COPY t TO 'rows'", pgerr.InvalidName},
		{"COPY t FROM '" + dir + "/none'", pgerr.UndefinedFile},
		{"COPY t TO '" + dir + "/none/rows'", pgerr.UndefinedFile},
		{"COPY t FROM '" + dir + "'", pgerr.WrongObjectType},
		{"COPY t FROM '/dev/zero'", pgerr.WrongObjectType},
		{"COPY t FROM PROGRAM 'true'", pgerr.FeatureNotSupported},
	} {
		if _, err := c.Exec(background, x.sql); code(err) != x.code {
			t.Errorf("%s: %v, want %s", x.sql, err, x.code)
		}
	}
	exec(t, c, "CREATE ROLE other; SET ROLE other")
	if _, err := c.Exec(background, "COPY t FROM '"+file+"'"); code(err) != pgerr.InsufficientPrivilege {
		t.Errorf("who is no superuser gets %v", err)
	}
}

func TestFilesOfTheServerAreClosedUnlessItIsTold(t *testing.T) {
	c := connect(t, startServer(t, Options{}), "")
	exec(t, c, "CREATE TABLE t (a int)")
	for _, sql := range []string{"COPY t FROM '/etc/passwd'", "COPY t TO '" + t.TempDir() + "/rows'"} {
		if _, err := c.Exec(background, sql); code(err) != pgerr.InsufficientPrivilege {
			t.Errorf("%s: %v, want %s", sql, err, pgerr.InsufficientPrivilege)
		}
	}
}

func TestASessionsBlockersAreToldApart(t *testing.T) {
	s := startServer(t, Options{})
	holder, bystander, waiter := connect(t, s, ""), connect(t, s, ""), connect(t, s, "")
	exec(t, holder, "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 1), (2, 2)")
	exec(t, holder, "BEGIN; UPDATE t SET b = 0 WHERE a = 1")
	exec(t, bystander, "BEGIN; UPDATE t SET b = 0 WHERE a = 2")
	done := make(chan error, 1)
	go func() {
		_, err := waiter.Exec(background, "UPDATE t SET b = 5 WHERE a = 1")
		done <- err
	}()
	look := connect(t, s, "")
	sql := fmt.Sprintf("SELECT pg_blocking_pids(%[1]d), pg_isolation_test_session_is_blocked(%[1]d, '{%[2]d,7}'), "+
		"pg_isolation_test_session_is_blocked(%[1]d, '{%[3]d}')", waiter.PgConn().PID(), holder.PgConn().PID(), bystander.PgConn().PID())
	var pids []int32
	var blocked, byOther bool
	for len(pids) == 0 {
		time.Sleep(time.Millisecond)
		if err := look.QueryRow(background, sql).Scan(&pids, &blocked, &byOther); err != nil {
			t.Fatal(err)
		}
	}
	if len(pids) != 1 || uint32(pids[0]) != holder.PgConn().PID() || !blocked || byOther {
		t.Errorf("blocked by %v (%v, %v), want only %d", pids, blocked, byOther, holder.PgConn().PID())
	}
	exec(t, holder, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
}
