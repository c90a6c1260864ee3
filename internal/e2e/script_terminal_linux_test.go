package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// scriptTerminal is the command terminal: it runs a program on a pseudo-terminal of 80 by
// 24 and takes steps from a file. What was shown is the file shown then.
func scriptTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: terminal CODE STEPS program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	master, slave, err := newTerminal()
	ts.Check(err)
	defer func() { _, _ = master.Close(), slave.Close() }()
	ts.Check(unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	ts.Check(err)

	path, err := exec.LookPath(args[2])
	if args[2] == "orbit" {
		path, err = program, nil
	}
	ts.Check(err)
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"TERM", "NO_COLOR", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "PATH"} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	ts.Check(cmd.Start())
	seen := watch(master)
	defer func() {
		if cmd.ProcessState == nil { // a step failed
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	await := func(text string, from int) {
		for end := time.Now().Add(30 * time.Second); !strings.Contains(seen.String()[from:], text); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				ts.Fatalf("%q never came: %q", text, seen.String()[from:])
			}
		}
	}
	from := 0 // of what is seen, since the last key
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		verb, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "see":
			await(text, from)
		case "press":
			keys, err := strconv.Unquote(text)
			ts.Check(err)
			from = len(seen.String())
			_, err = master.WriteString(keys)
			ts.Check(err)
		case "kill":
			ts.Check(cmd.Process.Kill())
		default:
			ts.Fatalf("there is no step %q", verb)
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		ts.Fatalf("exit code %d, want %d: %q", code, want, seen.String())
	}
	if want >= 0 { // what was killed restores nothing
		await("\x1b[?1049l", 0)
		after, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
		ts.Check(err)
		if *after != *before {
			ts.Fatalf("the terminal was %+v, and is %+v", *before, *after)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("shown"), []byte(seen.String()), 0o600))
}
