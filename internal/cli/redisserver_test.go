package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// TestThroughRedisServer has a real redis-server load what is exported, and imports
// what it writes.
func TestThroughRedisServer(t *testing.T) {
	dir := seeded(t)
	// Which 7.0 does not know.
	if code, _, stderr := call("redis", "--data-dir", dir, "DEL", "timed"); code != ExitOK {
		t.Fatal(stderr)
	}
	want := digest(t, dir)
	imported := func(files ...string) string {
		t.Helper()
		next := filepath.Join(t.TempDir(), "next")
		if code, _, stderr := call(append([]string{"import", next}, files...)...); code != ExitOK {
			t.Fatalf("import of %v: %s", files, stderr)
		}
		return next
	}

	home := t.TempDir()
	dump := filepath.Join(home, "dump.rdb")
	if code, _, stderr := call("export", dir, "-o", dump); code != ExitOK {
		t.Fatal(stderr)
	}
	r := commandtest.StartRedisIn(t, home)
	if got := string(r.Raw(t, "DBSIZE")); got != ":13\r\n" {
		t.Fatalf("redis-server has %q keys in database 0", got)
	}
	if err := os.Remove(dump); err != nil {
		t.Fatal(err)
	}
	if got := string(r.Raw(t, "SAVE")); got != "+OK\r\n" {
		t.Fatal(got)
	}
	if got := digest(t, imported(dump)); got != want {
		t.Errorf("its RDB file: got %s\nwant %s", got, want)
	}

	r.Raw(t, "CONFIG", "SET", "appendonly", "yes")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if info := string(r.Raw(t, "INFO", "persistence")); strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("redis-server does not end its rewriting")
		}
	}
	r.Raw(t, "SET", "appended", "a b")
	r.Raw(t, "CONFIG", "SET", "appendfsync", "always")
	r.Raw(t, "SET", "appended", "a c")
	next := imported(filepath.Join(home, "appendonlydir"))
	if code, out, stderr := call("redis", "--data-dir", next, "GETDEL", "appended"); code != ExitOK || out != "a c\n" {
		t.Errorf("%q, %s", out, stderr)
	}
	if got := digest(t, next); got != want {
		t.Errorf("its append-only file: got %s\nwant %s", got, want)
	}

	commands := filepath.Join(t.TempDir(), "keys.resp")
	if code, _, stderr := call("export", dir, "-o", commands); code != ExitOK {
		t.Fatal(stderr)
	}
	home = t.TempDir()
	r = commandtest.StartRedisIn(t, home)
	in, err := os.Open(commands)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	pipe := exec.Command("redis-cli", "-s", r.Socket, "--pipe")
	pipe.Stdin = in
	if out, err := pipe.CombinedOutput(); err != nil || !strings.Contains(string(out), "errors: 0") {
		t.Fatalf("%s, %v", out, err)
	}
	r.Raw(t, "SAVE")
	if got := digest(t, imported(filepath.Join(home, "dump.rdb"))); got != want {
		t.Errorf("the commands: got %s\nwant %s", got, want)
	}
}
