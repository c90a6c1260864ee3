package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Bounds of one file. A server that passes them is ended and started again.
const (
	maxOutput   = 64 << 20 // of psql
	maxResident = 4 << 30  // of the server
)

// setupTest makes the tables that most other files use.
const setupTest = "test_setup"

// regression runs files of the regression suite.
type regression struct {
	o      *options
	suite  *suite
	server *server
	files  string // the suite where the server may read it
	libs   string
}

func newRegression(ctx context.Context, o *options, s *suite, srv *server) (*regression, error) {
	r := &regression{o: o, suite: s, server: srv, files: filepath.Join(srv.dir, "regress"), libs: filepath.Join(srv.dir, "lib")}
	if err := os.CopyFS(r.files, os.DirFS(s.regress)); err != nil {
		return nil, err
	}
	for _, dir := range []string{r.libs, filepath.Join(r.files, "results")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			return nil, err
		}
	}
	if srv.orbit == "" {
		if err := buildLibrary(ctx, s, r.libs); err != nil {
			return nil, err
		}
	}
	return r, r.createDatabase(ctx)
}

// createDatabase makes the database as pg_regress does. What orbit cannot set is so
// without being set.
func (r *regression) createDatabase(ctx context.Context) error {
	cmd := r.psql(ctx, "postgres", "setup")
	cmd.Stdin = strings.NewReader("CREATE DATABASE regression TEMPLATE=template0;\n" +
		"SELECT 'CREATE DATABASE regression' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'regression')\n\\gexec\n" +
		"ALTER DATABASE regression SET lc_messages TO 'C';ALTER DATABASE regression SET lc_monetary TO 'C';" +
		"ALTER DATABASE regression SET lc_numeric TO 'C';ALTER DATABASE regression SET lc_time TO 'C';" +
		"ALTER DATABASE regression SET bytea_output TO 'hex';ALTER DATABASE regression SET timezone_abbreviations TO 'Default';\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("create the database: %w: %s", err, out)
	}
	return nil
}

// psql is a psql in the environment that pg_regress gives it.
func (r *regression) psql(ctx context.Context, database, test string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "psql", "-X", "-a", "-q", "-d", database, "-v", "HIDE_TABLEAM=on", "-v", "HIDE_TOAST_COMPRESSION=on")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG")
	})
	cmd.Env = append(cmd.Env, "LANG=C", "LC_MESSAGES=C", "PGTZ=America/Los_Angeles", "PGDATESTYLE=Postgres, MDY",
		"PGOPTIONS=-c intervalstyle=postgres_verbose", "PGHOST=127.0.0.1", "PGPORT="+r.server.port, "PGUSER=postgres", "PGAPPNAME=pg_regress/"+test,
		"PG_ABS_SRCDIR="+r.files, "PG_ABS_BUILDDIR="+r.files, "PG_LIBDIR="+r.libs, "PG_DLSUFFIX=.so", "PGCONNECT_TIMEOUT=10")
	cmd.Dir = r.files
	// psql starts programs of its own: a time limit ends all of them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs a file and scores it.
func (r *regression) run(ctx context.Context, test string) (*result, error) {
	script, err := os.ReadFile(filepath.Join(r.suite.regress, "sql", test+".sql"))
	if err != nil {
		return nil, err
	}
	outputs, err := expectedOutputs(r.suite.regress, test)
	if err != nil {
		return nil, err
	}
	parts := cut(string(script), outputs[0])
	output, ended, err := r.feed(ctx, test, marked(parts))
	if err != nil {
		return nil, err
	}
	res := judge(parts, shownBy(output), outputs)
	res.Ended = ended
	return res, r.o.keepOutput(test, output, res)
}

// feed gives psql a script and returns what it showed, and why it ended early.
func (r *regression) feed(ctx context.Context, test, script string) (output, ended string, err error) {
	limited, cancel := context.WithTimeout(ctx, r.o.limit)
	defer cancel()
	cmd := r.psql(limited, "regression", test)
	cmd.Stdin = strings.NewReader(script)
	var out bounded
	cmd.Stdout, cmd.Stderr = &out, &out
	stop := make(chan struct{})
	tooLarge := make(chan bool, 1)
	go func() { tooLarge <- r.watchMemory(stop) }()
	err = cmd.Run()
	close(stop)
	large := <-tooLarge
	var exit *exec.ExitError
	switch {
	case large:
		ended = fmt.Sprintf("the server took more than %d MB", maxResident>>20)
	case limited.Err() != nil && ctx.Err() == nil:
		ended = "time limit"
	case !r.server.Alive():
		ended = "the server crashed"
	case out.over:
		ended = "too much output"
	case err != nil && !errors.As(err, &exit):
		return "", "", err
	}
	if err := r.recoverServer(ctx, ended); err != nil {
		return "", "", err
	}
	return out.String(), ended, ctx.Err()
}

// recoverServer starts the server again if it is gone, or was left with a statement
// that does not end.
func (r *regression) recoverServer(ctx context.Context, ended string) error {
	if r.server.Alive() && ended != "time limit" {
		return nil
	}
	r.server.Stop()
	return r.server.start(ctx)
}

// watchMemory ends the server when it takes too much memory, and says whether it did.
func (r *regression) watchMemory(stop chan struct{}) bool {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return false
		case <-tick.C:
			if resident(r.server.Pid()) > maxResident {
				r.server.Kill()
				<-stop
				return true
			}
		}
	}
}

// resident is the memory of a process that is in use, 0 if unknown.
func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// bounded keeps output up to a limit, and refuses more.
type bounded struct {
	bytes.Buffer
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		b.over = true
		return 0, errors.New("too much output")
	}
	return b.Buffer.Write(p)
}

// keepOutput keeps what a test showed, and its differences, if that is asked for.
func (o *options) keepOutput(test, output string, r *result) error {
	if o.keep == "" {
		return nil
	}
	if err := os.MkdirAll(o.keep, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.keep, test+".diff"), []byte(r.differences.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.keep, test+".out"), []byte(output), 0o644)
}
