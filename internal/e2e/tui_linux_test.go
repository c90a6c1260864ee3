package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestTerminalUI opens the UI on a terminal, offline, looks at a key and quits: the
// terminal is as before, and the directory is free again. orbit alone opens it too.
func TestTerminalUI(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	o := start(t, data)
	host, port := hostPort(o.redis)
	run(t, "redis-cli", "-h", host, "-p", port, "SET", "greeting", "hello-from-a-key")
	o.stop(t)
	for _, args := range [][]string{{"tui", "--data-dir", data, "--debug-timing"}, {}} {
		cmd := exec.Command(program, args...)
		cmd.Env = []string{"TERM=xterm-256color", "HOME=" + dir, "ORBIT_DATA_DIR=" + data}
		master, slave := openTerminal(t)
		if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
			t.Fatal(err)
		}
		cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
		err := cmd.Start()
		_ = slave.Close()
		if err != nil {
			t.Fatal(err)
		}
		seen := watch(master)
		await := func(text string) {
			t.Helper()
			for end := time.Now().Add(30 * time.Second); !strings.Contains(seen.String(), text); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("orbit %q: %q never came: %q", args, text, seen.String())
				}
			}
		}
		press := func(keys string) {
			t.Helper()
			if _, err := master.WriteString(keys); err != nil {
				t.Fatal(err)
			}
		}
		await("greeting")
		press("\t\r")
		await("hello-from-a-key")
		press("q")
		if err := cmd.Wait(); err != nil {
			t.Fatalf("orbit %q: %v: %q", args, err, seen.String())
		}
		await("\x1b[?1049l")
		if len(args) > 0 {
			await("key to paint")
		}
		_ = master.Close()
	}
}
