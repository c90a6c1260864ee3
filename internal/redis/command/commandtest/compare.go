package commandtest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// Compare runs command lines on the harness and on a redis-server, and reports
// where the replies differ. A line that begins with
// "~" is run on both without comparing (its reply is random or names the
// server), of one that begins with "%" the elements may come in any order.
// Without a redis-server on the machine the test is skipped.
func (h *Harness) Compare(lines []string) {
	h.t.Helper()
	r := StartRedis(h.t)
	for _, line := range lines {
		ignore := strings.HasPrefix(line, "~")
		anyOrder := strings.HasPrefix(line, "%")
		words := Split(h.t, strings.TrimLeft(line, "~%"))
		want := r.Raw(h.t, words...)
		got := h.Raw(words...)
		same := string(got) == string(want) || anyOrder && sortedLines(got) == sortedLines(want)
		if !ignore && !same {
			h.t.Errorf("%s\n  got %s\nredis %s", line, Text(got), Text(want))
		}
	}
}

// sortedLines is a reply's lines in order.
func sortedLines(reply []byte) string {
	lines := strings.Split(string(reply), "\r\n")
	slices.Sort(lines)
	return strings.Join(lines, "\r\n")
}

// Redis is a connection to a redis-server of the test's own.
type Redis struct {
	*Conn
	// Socket is where further connections reach it.
	Socket string
}

// StartRedis starts a redis-server that ends with the test, and skips the test
// if none is installed.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	return StartRedisIn(t, t.TempDir())
}

// StartRedisIn is StartRedis in a directory, whose dump.rdb the server loads.
func StartRedisIn(t testing.TB, dir string, options ...string) *Redis {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("E2E_REQUIRE_TOOLS") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	socket := dir + "/redis.sock"
	options = append([]string{"--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir, "--enable-debug-command", "yes"}, options...)
	cmd := exec.Command(path, options...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := Dial("unix", socket)
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			return &Redis{conn, socket}
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server does not answer: %v", err)
		}
	}
}

// Raw sends one command and returns the bytes of its reply.
func (r *Redis) Raw(t testing.TB, args ...string) []byte {
	t.Helper()
	if err := r.Send(args); err != nil {
		t.Fatal(err)
	}
	reply, err := r.Receive()
	if err != nil {
		t.Fatal(err)
	}
	return reply
}
