package e2e

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

const (
	// maxResident is what the victim may take at any moment, bytes. Its caches are
	// small; the rest is room for what a client may legally have in flight, and
	// for the garbage collector, which doubles it.
	maxResident = 2 << 30
	// raceFactor is how much more a build with the race detector takes.
	raceFactor = 4
	// slack is what a case may add where an earlier one has gone too far already.
	slack = 256 << 20
)

// idleClients are as many as connect to each port and do nothing.
const idleClients = 5000

// victim is the server that all hostile clients meet, one after another. Two
// well-behaved clients stay connected all the time.
type victim struct {
	*orbit
	redis *redis.Client
	sql   *pgx.Conn
	bound int // of resident memory in this case, bytes
}

// TestHostileClients sends what no client should. Each case gets its error or
// its limit; after each, the server answers old clients and new ones, and its
// memory has stayed within bounds.
func TestHostileClients(t *testing.T) {
	v := newVictim(t)
	for _, group := range []struct {
		name  string
		cases []hostileCase
	}{
		{"redis", redisHostility}, {"postgres", postgresHostility}, {"connections", connectionHostility},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					v.measure(t)
					c.run(t, v)
					v.mustBeWell(t)
				})
			}
		})
	}
	if log := v.stderr.String(); strings.Contains(log, "panic") {
		t.Errorf("the server's log tells of a panic:\n%s", log)
	}
	v.stop(t)
}

// hostileCase is one thing that no client should do.
type hostileCase struct {
	name string
	run  func(t *testing.T, v *victim)
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	limit := strconv.Itoa(idleClients + 500)
	v := &victim{orbit: start(t, t.TempDir(), "--redis-cache", "16MB", "--postgres-cache", "16MB",
		"--maxclients", limit, "--max-connections", limit)}
	v.redis = patient(v.orbit)
	t.Cleanup(func() { _ = v.redis.Close() })
	var err error
	if v.sql, err = pgx.Connect(t.Context(), v.postgresURL()); err != nil {
		t.Fatal(err)
	}
	v.measure(t)
	v.mustBeWell(t)
	return v
}

// patient is a client that waits for a server which has much to do.
func patient(o *orbit) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: o.redis, PoolSize: 1, MaxRetries: -1, DialTimeout: 30 * time.Second, ReadTimeout: 30 * time.Second,
	})
}

// mustBeWell checks that the server answers its old clients and new ones, and
// what it has taken of memory.
func (v *victim) mustBeWell(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := patient(v.orbit)
	defer func() { _ = c.Close() }()
	conn, err := pgx.Connect(ctx, v.postgresURL())
	if err != nil {
		t.Fatalf("no new PostgreSQL client: %v\n%s", err, v.stderr)
	}
	defer func() { _ = conn.Close(ctx) }()
	for who, redis := range map[string]*redis.Client{"old": v.redis, "new": c} {
		if err := redis.Ping(ctx).Err(); err != nil {
			t.Fatalf("the %s Redis client gets %v\n%s", who, err, v.stderr)
		}
	}
	for who, conn := range map[string]*pgx.Conn{"old": v.sql, "new": conn} {
		var one int
		if err := conn.QueryRow(ctx, "SELECT 1").Scan(&one); err != nil || one != 1 {
			t.Fatalf("the %s PostgreSQL client gets %d, %v\n%s", who, one, err, v.stderr)
		}
	}
	if peak := v.peak(t); peak > v.bound {
		t.Errorf("the server took %d MB; %d MB are allowed", peak>>20, v.bound>>20)
	} else if peak > 0 {
		t.Logf("at most %d MB resident", peak>>20)
	}
}

// measure begins a new measurement of memory (proc(5), clear_refs). Where that is
// not allowed, peaks are since the start, which only makes the check stricter.
func (v *victim) measure(t *testing.T) {
	t.Helper()
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", v.cmd.Process.Pid), []byte("5"), 0)
	v.bound = maxResident
	if withRaceDetector() {
		v.bound *= raceFactor
	}
	v.bound = max(v.bound, v.peak(t)+slack)
}

// withRaceDetector tells how the server was built.
func withRaceDetector() bool {
	info, err := buildinfo.ReadFile(program)
	return err == nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// peak is the most memory that was resident since measure, bytes; 0 where the
// system does not tell.
func (v *victim) peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kb int
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	t.Fatalf("no VmHWM in\n%s", status)
	return 0
}

// raw is a connection without manners.
type raw struct {
	net.Conn
	t *testing.T
}

// dial connects; whatever happens takes no longer than the deadline.
func dial(t *testing.T, addr string) raw {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return raw{c, t}
}

// send writes as far as the server takes it: one that has closed is none of the
// sender's errors.
func (r raw) send(parts ...[]byte) {
	r.t.Helper()
	for _, p := range parts {
		if _, err := r.Write(p); err != nil {
			if isTimeout(err) {
				r.t.Fatalf("the server neither reads nor closes: %v", err)
			}
			return
		}
	}
}

// rest reads until the server closes the connection.
func (r raw) rest() string {
	r.t.Helper()
	var b bytes.Buffer
	if _, err := io.Copy(&b, r); isTimeout(err) {
		r.t.Fatalf("the server did not close the connection; it said %.300q", b.String())
	}
	return b.String()
}

// until reads until the server has said what is wanted.
func (r raw) until(want string) string {
	r.t.Helper()
	var b bytes.Buffer
	chunk := make([]byte, 64<<10)
	for !strings.Contains(b.String(), want) {
		n, err := r.Read(chunk)
		b.Write(chunk[:n])
		if err != nil {
			r.t.Fatalf("the server said %.300q, then %v; it should say %q", b.String(), err, want)
		}
	}
	return b.String()
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// mustContain checks what a server said.
func mustContain(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("the server said %.300q, which lacks %q", got, want)
	}
}

// openFiles raises the limit of open files and tells how many clients may
// connect: all, or as many as the limit leaves room for. The server has the same
// limit as the test.
func openFiles(t *testing.T, want int) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	const others = 500 // files that are no clients'
	if room := int(min(limit.Max, 1<<20)) - others; room < want {
		t.Logf("the limit of open files leaves room for %d clients instead of %d", room, want)
		return max(room, 0)
	}
	return want
}

// atOnce runs n clients, some at a time, and returns the first error.
func atOnce(n int, client func(i int) error) error {
	const hands = 64
	var wg sync.WaitGroup
	first := make(chan error, 1)
	for hand := range hands {
		wg.Go(func() {
			for i := hand; i < n; i += hands {
				if err := client(i); err != nil {
					select {
					case first <- fmt.Errorf("client %d: %w", i, err):
					default:
					}
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-first:
		return err
	default:
		return nil
	}
}
