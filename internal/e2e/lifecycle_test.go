package e2e

import (
	"errors"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// TestStartUpTime tells how long it takes from the start of the process until
// both protocols answer. It asserts nothing: the machine may be busy.
func TestStartUpTime(t *testing.T) {
	dir := t.TempDir()
	for _, directory := range []string{"an empty directory", "one that has data"} {
		began := time.Now()
		o := start(t, dir)
		t.Logf("ready on %s after %v", directory, time.Since(began).Round(time.Millisecond))
		o.stop(t)
	}
}

// TestDrain lets a client finish what it began, while others are told to go.
func TestDrain(t *testing.T) {
	o := start(t, t.TempDir())
	idle, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	busy := sleeping(t, o, "SELECT pg_sleep(1)")
	if err := o.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-busy; err != nil {
		t.Errorf("the statement that ran got %v", err)
	}
	<-o.exited
	if o.exitErr != nil {
		t.Errorf("orbit ended with %v\n%s", o.exitErr, o.stderr)
	}
	if err := idle.Ping(t.Context()); err == nil {
		t.Error("the idle client is still served")
	}
	for _, addr := range []string{o.redis, o.sql} {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			t.Errorf("%s still takes connections", addr)
		}
	}
}

// TestSecondSignalStopsAtOnce does not wait for the statement that holds up the
// first one.
func TestSecondSignalStopsAtOnce(t *testing.T) {
	dir := t.TempDir()
	o := start(t, dir)
	if err := redis.NewClient(&redis.Options{Addr: o.redis}).Set(t.Context(), "acknowledged", "yes", 0).Err(); err != nil {
		t.Fatal(err)
	}
	busy := sleeping(t, o, "SELECT pg_sleep(3600)")
	if err := o.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	o.awaitLog(t, "stopping: clients may finish what they began")
	if err := o.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-o.exited
	var exit *exec.ExitError
	if !errors.As(o.exitErr, &exit) || exit.ExitCode() != 130 {
		t.Errorf("orbit ended with %v, want exit code 130\n%s", o.exitErr, o.stderr)
	}
	if err := <-busy; err == nil {
		t.Error("the statement ended well")
	}

	o = start(t, dir)
	if got, err := redis.NewClient(&redis.Options{Addr: o.redis}).Get(t.Context(), "acknowledged").Result(); err != nil || got != "yes" {
		t.Errorf("the acknowledged write is %q, %v", got, err)
	}
	o.stop(t)
}

// sleeping runs a statement that takes its time and returns when the server
// works on it; its end comes through the channel.
func sleeping(t *testing.T, o *orbit, sql string) <-chan error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	watch, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watch.Close(t.Context()) }()
	done := make(chan error, 1)
	go func() {
		_, err := conn.Exec(t.Context(), sql)
		done <- err
	}()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var state string
		err := watch.QueryRow(t.Context(), "SELECT state FROM pg_stat_activity WHERE pid = $1", int32(conn.PgConn().PID())).Scan(&state)
		switch {
		case err != nil:
			t.Fatal(err)
		case state == "active":
			return done
		case time.Now().After(deadline):
			t.Fatalf("the statement does not run; its session is %s", state)
		}
	}
}

// awaitLog waits until the server has logged the text.
func (o *orbit) awaitLog(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(o.stderr.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log lacks %q:\n%s", text, o.stderr)
		}
	}
}

// TestShutdownCommand stops the server by a client's word. NOSAVE loses nothing:
// what was acknowledged is on disk already.
func TestShutdownCommand(t *testing.T) {
	tool(t, "redis-cli")
	dir := t.TempDir()
	for i, args := range [][]string{{"SHUTDOWN"}, {"SHUTDOWN", "NOSAVE"}, {"SHUTDOWN", "SAVE", "NOW"}} {
		o := start(t, dir)
		host, port := hostPort(o.redis)
		cli := func(args ...string) string {
			return run(t, "redis-cli", append([]string{"-h", host, "-p", port}, args...)...)
		}
		cli("RPUSH", "shutdowns", strings.Join(args, " "))
		if got := cli("LLEN", "shutdowns"); strings.TrimSpace(got) != []string{"1", "2", "3"}[i] {
			t.Errorf("after %d shutdowns there are %q elements", i, got)
		}
		cli(args...)
		<-o.exited
		if o.exitErr != nil {
			t.Errorf("%v: orbit ended with %v\n%s", args, o.exitErr, o.stderr)
		}
	}
}

// TestColours are for terminals only, and not for those who say NO_COLOR.
func TestColours(t *testing.T) {
	for _, tc := range []struct {
		name     string
		env      []string
		terminal bool
		want     bool
	}{
		{"terminal", []string{"TERM=xterm-256color"}, true, true},
		{"NO_COLOR", []string{"TERM=xterm-256color", "NO_COLOR=1"}, true, false},
		{"dumb terminal", []string{"TERM=dumb"}, true, false},
		{"pipe", []string{"TERM=xterm-256color"}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := exec.Command(program, "serve", "--help")
			cmd.Env = tc.env
			var out string
			if tc.terminal {
				out = onTerminal(t, cmd)
			} else {
				b, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, b)
				}
				out = string(b)
			}
			if !strings.Contains(out, "--data-dir") {
				t.Fatalf("this is no help:\n%s", out)
			}
			// Bold and underlined text are no colours.
			if got := strings.Contains(out, "\x1b[38;") || strings.Contains(out, "\x1b[3") || strings.Contains(out, "\x1b[9"); got != tc.want {
				t.Errorf("colours: %t, want %t\n%q", got, tc.want, out)
			}
		})
	}
}
