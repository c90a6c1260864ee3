package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/orbit-server/orbit/internal/admin"
)

// TestScript runs the scripts of testdata/script, which drive the command line
// as a user at a shell does. Besides testscript's own commands they have
//
//	code N program args...  run it; it must end with exit code N
//	ready DIR [REDIS SQL]   wait until DIR's server accepts connections; set
//	                        $PID, $REDIS_PORT, $POSTGRES_PORT (or the names given)
//	signal NAME PID         send TERM, INT or KILL
//	occupy NAME             listen on a free port for the rest of the script and
//	                        set NAME to its address
//	overwrite FILE TEXT     write TEXT over the beginning of a file
//	damage HOW PERCENT FILE flip a bit, zero a block, or cut a file, at a share of its
//	                        length; of several the largest, whose name is $DAMAGED then
//	stray DIR N             put N entries of nobody into the store of Redis keys
//	terminal N STEPS program args...
//	                        run it on a terminal (Linux), with the steps of a file, one
//	                        a line: see TEXT, since the last key; press "KEYS", as Go
//	                        quotes them; kill. It must end with exit code N (-1 when it
//	                        was killed) and leave the terminal as it was; what it wrote
//	                        is in the file shown
//
// and the condition [tools], true when redis-cli and psql are installed.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
			// Outside the script's directory, whose path may be too long for a socket.
			dir, err := os.MkdirTemp("", "orbit")
			if err != nil {
				return err
			}
			env.Defer(func() { _ = os.RemoveAll(dir) })
			env.Setenv("DATA", filepath.Join(dir, "data"))
			env.Setenv("PGUSER", "postgres")
			env.Setenv("PSQLRC", os.DevNull)
			return nil
		},
		Condition:          scriptCondition,
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":      scriptCode,
			"ready":     scriptReady,
			"signal":    scriptSignal,
			"occupy":    scriptOccupy,
			"overwrite": scriptOverwrite,
			"damage":    scriptDamage,
			"stray":     scriptStray,
			"terminal":  scriptTerminal,
		},
	})
}

func scriptCondition(name string) (bool, error) {
	if name != "tools" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	for _, program := range []string{"redis-cli", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			if toolsRequired() {
				return false, err
			}
			return false, nil
		}
	}
	return true, nil
}

func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 && len(args) != 3 {
		ts.Fatalf("usage: ready DIR [REDIS SQL]")
	}
	names := slices.Concat(args, []string{"REDIS_PORT", "POSTGRES_PORT"})[1:3]
	client, err := admin.NewClient(ts.MkAbs(args[0]))
	ts.Check(err)
	var status admin.Status
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if status, err = client.Status(context.Background()); err == nil && status.Ready {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no server is ready on %s: %v", args[0], err)
		}
	}
	ts.Setenv("PID", strconv.Itoa(status.PID))
	if status.Redis != nil {
		_, port := hostPort(status.Redis.Addr)
		ts.Setenv(names[0], port)
	}
	if status.Postgres != nil {
		_, port := hostPort(status.Postgres.Addr)
		ts.Setenv(names[1], port)
	}
}

func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	if neg || len(args) != 2 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal TERM|INT|KILL PID")
	}
	pid, err := strconv.Atoi(args[1])
	ts.Check(err)
	// Only processes of this script: a wrong number must not hit another.
	if !slices.ContainsFunc(ts.BackgroundCmds(), func(c *exec.Cmd) bool { return c.Process.Pid == pid }) {
		ts.Fatalf("process %d is not this script's", pid)
	}
	ts.Check(syscall.Kill(pid, signals[args[0]]))
}

func scriptOccupy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: occupy NAME")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = ln.Close() })
	ts.Setenv(args[0], ln.Addr().String())
}
