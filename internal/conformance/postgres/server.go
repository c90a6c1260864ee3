package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// postgresBin is where Debian keeps the server's programs.
const postgresBin = "/usr/lib/postgresql/15/bin"

// server is the server that is judged: orbit, or PostgreSQL for the baseline. Started
// again after a crash, it has the data of before.
type server struct {
	*harness.Process
	orbit string // the program; empty for PostgreSQL
	mode  string
	dir   string // the data, and a copy of the suite's files that the server may read
	port  string
}

func newServer(ctx context.Context, orbit string, o *options) (*server, error) {
	dir, err := os.MkdirTemp("", "orbit-conformance-postgres")
	if err != nil {
		return nil, err
	}
	s := &server{orbit: orbit, mode: o.mode, dir: dir, port: o.port}
	if s.port == "" {
		if s.port, err = harness.FreePort(); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		return nil, err
	}
	if orbit == "" {
		if err := s.initdb(ctx); err != nil {
			return nil, err
		}
	}
	return s, s.start(ctx)
}

// start starts the server over its directory.
func (s *server) start(ctx context.Context) error {
	var cmd *exec.Cmd
	if s.orbit != "" {
		cmd = exec.CommandContext(ctx, s.orbit, "serve", "--postgres-mode", s.mode, "--data-dir", s.dir+"/data", "--redis-addr=",
			"--postgres-server-files",
			"--actor-persistence", "write-through", "--postgres-durability", "no", "--postgres-addr", "127.0.0.1:"+s.port, "--log-level", "warn")
	} else {
		cmd = exec.CommandContext(ctx, postgresBin+"/postgres", "-D", s.dir+"/data", "-p", s.port, "-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories="+s.dir, "-c", "max_prepared_transactions=2", "-c", "fsync=off", "-c", "log_min_messages=fatal")
		if err := asPostgres(cmd); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd.Stderr = log
	if s.Process, err = harness.Start(cmd, s.port); err != nil {
		return err
	}
	return s.ready(ctx)
}

// ready waits until the server takes sessions: PostgreSQL listens before it does.
func (s *server) ready(ctx context.Context) error {
	var err error
	for range 100 {
		var conn *pgconn.PgConn
		if conn, err = pgconn.Connect(ctx, "host=127.0.0.1 user=postgres dbname=postgres sslmode=disable connect_timeout=5 port="+s.port); err == nil {
			return conn.Close(ctx)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the server takes no sessions: %w", err)
}

func (s *server) logFile() string { return filepath.Join(s.dir, "server.log") }

// close ends the server and removes its files.
func (s *server) close() {
	if s.Process != nil {
		s.Stop()
	}
	_ = os.RemoveAll(s.dir)
}

// initdb makes a cluster with orbit's encoding and collation, which are one of those
// that the suite is written for.
func (s *server) initdb(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, postgresBin+"/initdb", "-D", s.dir+"/data", "-U", "postgres", "-A", "trust", "--locale=C", "--encoding=UTF8", "--no-sync")
	cmd.Dir = s.dir
	if err := asPostgres(cmd); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// asPostgres makes a command run as the user postgres if it would run as root, which
// PostgreSQL refuses.
func asPostgres(cmd *exec.Cmd) error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return nil
}
