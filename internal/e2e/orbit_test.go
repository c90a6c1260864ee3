package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the orbit that the tests run, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

// testMain builds orbit unless E2E_ORBIT names one that is built: a release, or
// one with the race detector.
func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "orbit-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "orbit")
	if err := provide(program); err != nil {
		fmt.Fprintln(os.Stderr, "no orbit to test:", err)
		return 1
	}
	return m.Run()
}

// provide puts an orbit at path.
func provide(path string) error {
	if built := os.Getenv("E2E_ORBIT"); built != "" {
		built, err := filepath.Abs(built)
		if err != nil {
			return err
		}
		return os.Symlink(built, path)
	}
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "github.com/orbit-server/orbit/cmd/orbit")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	return build.Run()
}

// orbit is one running server.
type orbit struct {
	cmd          *exec.Cmd
	dir          string // its data
	redis, sql   string // host:port, "" when off
	redisTLS     string
	stderr       *output
	exited       chan struct{}
	exitErr      error
	stopDeadline time.Duration
}

// output collects what a process prints; safe to read while it does.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// connectLine finds the addresses in the commands that serve prints.
var connectLine = regexp.MustCompile(`-h (\S+) -p (\d+)`)

// start runs `orbit serve` on dir with ports of the kernel's choice, waits until
// it says that it is ready, and stops it at the test's end.
func start(t testing.TB, dir string, args ...string) *orbit {
	t.Helper()
	o := &orbit{dir: dir, stderr: &output{}, exited: make(chan struct{}), stopDeadline: 30 * time.Second}
	o.cmd = exec.Command(program, append([]string{
		"serve", "--data-dir", dir, "--redis-addr", "127.0.0.1:0", "--postgres-addr", "127.0.0.1:0",
	}, args...)...)
	o.cmd.Stderr = o.stderr
	stdout, err := o.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 8)
	go func() {
		scan := bufio.NewScanner(stdout)
		for scan.Scan() {
			lines <- scan.Text()
		}
		_, _ = io.Copy(io.Discard, stdout)
		o.exitErr = o.cmd.Wait()
		close(o.exited)
		close(lines)
	}()
	t.Cleanup(func() {
		o.kill()
		for _, bad := range []string{"panic:", "DATA RACE"} {
			if strings.Contains(o.stderr.String(), bad) {
				t.Errorf("orbit says %q:\n%s", bad, o.stderr)
			}
		}
	})
	protocols := 2
	for _, off := range []string{"--redis-addr=", "--postgres-addr="} {
		if slices.Contains(args, off) {
			protocols--
		}
	}
	if slices.Contains(args, "--redis-tls-addr") {
		protocols++
	}
	o.awaitReady(t, lines, protocols)
	return o
}

// awaitReady reads the addresses of the protocols from the welcome.
func (o *orbit) awaitReady(t testing.TB, lines <-chan string, protocols int) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for range protocols {
		o.awaitAddress(t, lines, deadline)
	}
}

func (o *orbit) awaitAddress(t testing.TB, lines <-chan string, deadline <-chan time.Time) {
	t.Helper()
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("orbit stopped at its start: %v\n%s", o.exitErr, o.stderr)
			}
			m := connectLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			addr := m[1] + ":" + m[2]
			switch {
			case strings.Contains(line, "redis-cli --tls"):
				o.redisTLS = addr
			case strings.Contains(line, "redis-cli"):
				o.redis = addr
			default:
				o.sql = addr
			}
			return
		case <-deadline:
			t.Fatalf("orbit was not ready in time\n%s", o.stderr)
		}
	}
}

// kill ends the server as a crash would.
func (o *orbit) kill() {
	_ = o.cmd.Process.Kill()
	<-o.exited
}

// stop asks the server to drain and close, and fails the test if it does not
// end well.
func (o *orbit) stop(t testing.TB) {
	t.Helper()
	if err := o.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-o.exited:
		if o.exitErr != nil {
			t.Fatalf("orbit ended with %v\n%s", o.exitErr, o.stderr)
		}
	case <-time.After(o.stopDeadline):
		t.Fatalf("orbit did not stop\n%s", o.stderr)
	}
}

// postgresURL is the connection string of the database postgres.
func (o *orbit) postgresURL() string { return "postgres://postgres@" + o.sql + "/postgres" }

// tool finds a client program; without it the test is skipped, or fails where
// the environment promises that all tools are there.
func tool(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if matches, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); err == nil && len(matches) > 0 {
		return matches[len(matches)-1]
	}
	if toolsRequired() {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// toolsRequired tells that the environment promises all client programs.
func toolsRequired() bool { return os.Getenv("E2E_REQUIRE_TOOLS") != "" }

// run runs a client program and returns what it printed; it fails the test when
// the program does.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
