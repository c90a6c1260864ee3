package e2e

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestNothingAcknowledgedIsLost writes to both protocols from several
// connections, kills the server at a random moment, starts it again and looks
// for every acknowledged write, torn batches and half transactions. Now and then
// the server is killed while it recovers from the last time. E2E_CRASH_ROUNDS
// sets the number of rounds.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	rounds := crashRounds(t)
	dir := t.TempDir()
	l := &ledger{}
	prepareSQL(t, dir)
	for round := range rounds {
		o := start(t, dir)
		l.verify(t, o, round)
		var wg sync.WaitGroup
		for w := range l.redis {
			wg.Go(func() { l.redis[w].write(o, w) })
		}
		for w := range l.sql {
			wg.Go(func() { l.sql[w].write(o, w) })
		}
		wg.Go(func() { l.ddl.write(o) })
		time.Sleep(time.Duration(50+rand.IntN(350)) * time.Millisecond)
		o.kill()
		wg.Wait()
		if rand.IntN(4) == 0 {
			killRecovering(t, dir)
		}
	}
	o := start(t, dir)
	l.verify(t, o, rounds)
	l.verifyAll(t, o)
	o.stop(t)
	writes, commits, tables := l.acknowledged()
	if writes == 0 || commits == 0 || tables == 0 {
		t.Fatalf("nothing was acknowledged: %d Redis writes, %d commits, %d tables", writes, commits, tables)
	}
	t.Logf("%d rounds; acknowledged: %d Redis writes, %d commits, %d tables", rounds, writes, commits, tables)
}

func crashRounds(t *testing.T) int {
	t.Helper()
	s := os.Getenv("E2E_CRASH_ROUNDS")
	if s == "" {
		return 6
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("E2E_CRASH_ROUNDS: %v", err)
	}
	return n
}

// ledger is what the server has acknowledged, by writer.
type ledger struct {
	redis [4]redisLedger
	sql   [4]sqlLedger
	ddl   ddlLedger
}

// verify checks what came since the last time, and what counts.
func (l *ledger) verify(t *testing.T, o *orbit, round int) {
	t.Helper()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for w := range l.redis {
		l.redis[w].verify(t, c, w, round)
	}
	conn := connect(t, o)
	defer func() { _ = conn.Close(t.Context()) }()
	verifyBalances(t, conn, round)
	for w := range l.sql {
		l.sql[w].verify(t, conn, w, round)
	}
	l.ddl.verify(t, conn, round)
}

// verifyAll checks everything that was ever acknowledged.
func (l *ledger) verifyAll(t *testing.T, o *orbit) {
	t.Helper()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for w := range l.redis {
		l.redis[w].verified = 0
		l.redis[w].verify(t, c, w, -1)
	}
}

func (l *ledger) acknowledged() (writes, commits, tables int64) {
	for w := range l.redis {
		r := &l.redis[w]
		writes += r.set + r.deleted/deleteEvery + r.pairs + r.transactions
	}
	for w := range l.sql {
		commits += l.sql[w].commits
	}
	return writes, commits, l.ddl.created
}

// killRecovering starts the server and kills it before it is ready, or just
// after.
func killRecovering(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, append([]string{
		"serve", "--data-dir", dir, "--redis-addr", "127.0.0.1:0", "--postgres-addr", "127.0.0.1:0",
	}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("a server that recovers ended with %v before it was killed", err)
	}
}
