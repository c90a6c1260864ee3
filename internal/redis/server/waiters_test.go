package server

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// awaitBlocked waits until n clients are blocked.
func awaitBlocked(t *testing.T, s *Server, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d blocked clients", n), func() bool { return s.Status().Blocked == n })
}

func TestBlockingPop(t *testing.T) {
	s := serve(t)
	a, b, r := dial(t, s), dial(t, s), dial(t, s)
	a.send("BLPOP k1 k2 0\r\nPING\r\n")
	awaitBlocked(t, s, 1)
	b.send("BRPOP k2 0\r\n")
	awaitBlocked(t, s, 2)
	// The first in line is served before the pusher's next command.
	r.send("RPUSH k2 x y z\r\nLRANGE k2 0 -1\r\n")
	r.expect(":3\r\n*1\r\n$1\r\ny\r\n")
	a.expect("*2\r\n$2\r\nk2\r\n$1\r\nx\r\n+PONG\r\n")
	b.expect("*2\r\n$2\r\nk2\r\n$1\r\nz\r\n")
	awaitBlocked(t, s, 0)

	a.send("BLPOP k 0.02\r\nBLMOVE k d LEFT LEFT 0.02\r\n")
	a.expect("*-1\r\n*-1\r\n")
	a.send("MULTI\r\nBLPOP k 0\r\nEXEC\r\n")
	a.expect("+OK\r\n+QUEUED\r\n*1\r\n*-1\r\n")
	a.want("-ERR timeout is negative\r\n", "BLPOP", "k", "-1")
	a.want("-ERR timeout is not a float or out of range\r\n", "BLPOP", "k", "x")
}

func TestBlockedChain(t *testing.T) {
	s := serve(t)
	a, b, r := dial(t, s), dial(t, s), dial(t, s)
	a.send("BLMOVE l1 l2 RIGHT LEFT 0\r\n")
	awaitBlocked(t, s, 1)
	b.send("BLMOVE l2 l3 LEFT RIGHT 0\r\n")
	awaitBlocked(t, s, 2)
	r.send("RPUSH l1 foo\r\nEXISTS l1 l2\r\nLRANGE l3 0 -1\r\n")
	r.expect(":1\r\n:0\r\n*1\r\n$3\r\nfoo\r\n")
	a.expect("$3\r\nfoo\r\n")
	b.expect("$3\r\nfoo\r\n")
}

// What does not leave a list behind wakes nobody; whatever makes one does.
func TestWhatWakes(t *testing.T) {
	s := serve(t)
	a, r := dial(t, s), dial(t, s)
	for _, commands := range []string{
		"RPUSH other 1\r\nRENAME other k\r\n",
		"RPUSH other 1\r\nCOPY other k\r\n",
		"RPUSH other 1\r\nSORT other STORE k\r\n",
		"MULTI\r\nRPUSH k 2\r\nDEL k\r\nSET k v\r\nDEL k\r\nRPUSH k 1\r\nEXEC\r\n",
		"SELECT 1\r\nRPUSH k 1\r\nSELECT 0\r\nSWAPDB 0 1\r\n",
		"SELECT 1\r\nRPUSH k 1\r\nMOVE k 0\r\nSELECT 0\r\n",
	} {
		a.send("BLPOP k 0\r\n")
		awaitBlocked(t, s, 1)
		r.send("SET k v\r\nDEL k\r\nSADD k x\r\nDEL k\r\nZADD k 1 x\r\nDEL k\r\nMULTI\r\nRPUSH k no\r\nDEL k\r\nEXEC\r\n" + commands + "FLUSHALL\r\nECHO end\r\n")
		for r.reply() != "$3\r\nend\r\n" {
		}
		a.expect("*2\r\n$1\r\nk\r\n$1\r\n1\r\n")
	}
}

func TestUnblock(t *testing.T) {
	s := serve(t)
	a, r := dial(t, s), dial(t, s)
	id := strings.TrimSpace(a.do("CLIENT", "ID")[1:])
	for _, row := range [][2]string{{"TIMEOUT", "*-1\r\n"}, {"ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"}} {
		a.send("BZPOPMIN z 0\r\n")
		awaitBlocked(t, s, 1)
		r.want(":1\r\n", "CLIENT", "UNBLOCK", id, row[0])
		a.expect(row[1])
		r.want(":0\r\n", "CLIENT", "UNBLOCK", id, row[0])
	}
	a.send("BZMPOP 0 2 z y MAX COUNT 2\r\n")
	awaitBlocked(t, s, 1)
	r.want(":3\r\n", "ZADD", "y", "1", "a", "2", "b", "3", "c")
	a.expect("*2\r\n$1\r\ny\r\n*2\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n")
	// A waiter that is gone takes nothing.
	a.send("BLPOP k 0\r\n")
	awaitBlocked(t, s, 1)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	awaitBlocked(t, s, 0)
	r.want(":1\r\n", "RPUSH", "k", "x")
	r.want(":1\r\n", "LLEN", "k")
}

// No wake-up is lost, and nothing is served twice, whatever the loops do.
func TestManyWaiters(t *testing.T) {
	s := serve(t, func(_ *testing.T, o *Options) { o.Loops = 4 })
	const clients, each = 8, 200
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		seen  = make(map[string]int)
	)
	for i := range clients {
		popper, pusher := dial(t, s), dial(t, s)
		group.Add(2)
		go func() {
			defer group.Done()
			for n := range each {
				line := "BLPOP a b 0\r\n"
				if n%3 == i%3 {
					line = "BLMPOP 0 2 b a LEFT\r\n"
				}
				popper.send(line)
				words := strings.Split(popper.reply(), "\r\n")
				mu.Lock()
				seen[words[len(words)-2]]++
				mu.Unlock()
			}
		}()
		go func() {
			defer group.Done()
			for n := range each {
				key := []string{"a", "b"}[n%2]
				value := strconv.Itoa(i*each + n)
				if n%5 == 0 {
					pusher.do("RPUSH", key+"-other-"+strconv.Itoa(i), value)
					pusher.do("LMOVE", key+"-other-"+strconv.Itoa(i), key, "LEFT", "RIGHT")
				} else {
					pusher.do("RPUSH", key, value)
				}
			}
		}()
	}
	group.Wait()
	if len(seen) != clients*each {
		t.Fatalf("%d of %d elements arrived", len(seen), clients*each)
	}
	if s.Status().Blocked != 0 {
		t.Error("somebody still waits")
	}
}

// Whatever takes the stream or its group away answers those who read for the
// group, in a transaction or a script as well as alone.
func TestWhatUnblocksReadersOfGroups(t *testing.T) {
	s := serve(t)
	a, r := dial(t, s), dial(t, s)
	const gone, noGroup = "-UNBLOCKED the stream key no longer exists\r\n", "-NOGROUP the consumer group this client was blocked on no longer exists\r\n"
	for _, row := range [][2]string{
		{"DEL k", gone},
		{"UNLINK k", gone},
		{"SET k v", gone},
		{"FLUSHALL", gone},
		{"FLUSHDB ASYNC", gone},
		{"SWAPDB 0 1", gone},
		{"MOVE k 1", gone},
		{"RENAME k other", gone},
		{"PEXPIRE k 5\r\nDEBUG SLEEP 0.01\r\nEXISTS k", gone},
		{"PEXPIREAT k 1", gone},
		{"EVAL \"redis.call('flushall')\" 0", gone},
		{"MULTI\r\nSWAPDB 1 0\r\nEXEC", gone},
		{"MULTI\r\nDEL k\r\nSADD k e\r\nEXEC", gone},
		{"XGROUP DESTROY k g", noGroup},
		{"XADD other 1 f v\r\nRENAME other k", noGroup},
		{"XGROUP CREATE other g 0 MKSTREAM\r\nXADD other 1 f v\r\nRENAME other k", "*1\r\n*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"},
	} {
		r.send("FLUSHALL\r\nXGROUP CREATE k g $ MKSTREAM\r\nXGROUP CREATE still g $ MKSTREAM\r\nECHO start\r\n")
		for r.reply() != "$5\r\nstart\r\n" {
		}
		a.send("XREADGROUP GROUP g c BLOCK 0 STREAMS k still > >\r\n")
		awaitBlocked(t, s, 1)
		r.send(row[0] + "\r\nECHO end\r\n")
		if got := a.reply(); got != row[1] {
			t.Errorf("%s: got %q, want %q", row[0], got, row[1])
		}
		for r.reply() != "$3\r\nend\r\n" {
		}
		awaitBlocked(t, s, 0)
	}
}

// A command that blocks counts once, when it is over, and as failed if it ends
// with an error.
func TestBlockedCommandsCountOnce(t *testing.T) {
	s := serve(t)
	a, r := dial(t, s), dial(t, s)
	stat := func(want string) {
		t.Helper()
		got := r.do("INFO", "commandstats")
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	r.do("XGROUP", "CREATE", "k", "g", "$", "MKSTREAM")
	a.send("XREADGROUP GROUP g c BLOCK 0 STREAMS k >\r\n")
	awaitBlocked(t, s, 1)
	if got := r.do("INFO", "commandstats"); strings.Contains(got, "cmdstat_xreadgroup") {
		t.Error("counted while it waits")
	}
	r.want(":1\r\n", "XGROUP", "DESTROY", "k", "g")
	a.reply()
	r.do("CONFIG", "RESETSTAT")
	for _, commands := range []string{"RPUSH l 1\r\n", "RPUSH l 1\r\n"} {
		a.send("BLPOP l 0\r\n")
		awaitBlocked(t, s, 1)
		r.send(commands)
		r.reply()
		a.reply()
	}
	stat("cmdstat_blpop:calls=2,")
	r.do("XGROUP", "CREATE", "k", "g", "$")
	a.send("XREADGROUP GROUP g c BLOCK 0 STREAMS k >\r\n")
	awaitBlocked(t, s, 1)
	r.do("DEL", "k")
	a.reply()
	if got := r.do("INFO", "commandstats"); !strings.Contains(got, "cmdstat_xreadgroup:calls=1,") || !strings.Contains(got, "rejected_calls=0,failed_calls=1") {
		t.Errorf("got %q", got)
	}
	if got := r.do("INFO", "errorstats"); !strings.Contains(got, "errorstat_UNBLOCKED:count=1") {
		t.Errorf("got %q", got)
	}
}
