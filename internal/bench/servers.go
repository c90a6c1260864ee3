package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// process is a server that bench started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func watch(cmd *exec.Cmd) *process {
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	return p
}

func awaitPort(ctx context.Context, port string) error {
	for range 200 {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("nothing listens on port %s", port)
}

// startOrbit starts orbit and returns its Redis and PostgreSQL ports.
func startOrbit(ctx context.Context, o *options, dir string) (p *process, redisPort, sqlPort string, err error) {
	cmd := exec.CommandContext(ctx, o.orbit, "serve", "--data-dir", dir, "--redis-addr", "127.0.0.1:0", "--postgres-addr", "127.0.0.1:0",
		"--redis-durability", o.redisDurability, "--postgres-durability", o.sqlDurability, "--log-level", "warn")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", "", err
	}
	connect := regexp.MustCompile(`-h \S+ -p (\d+)`)
	scan := bufio.NewScanner(out)
	for sqlPort == "" && scan.Scan() {
		if m := connect.FindStringSubmatch(scan.Text()); m != nil {
			if strings.Contains(scan.Text(), "redis-cli") {
				redisPort = m[1]
			} else {
				sqlPort = m[1]
			}
		}
	}
	p = watch(cmd)
	if sqlPort == "" {
		p.stop()
		return nil, "", "", errors.New("orbit did not start")
	}
	return p, redisPort, sqlPort, nil
}

// startRedis starts redis-server with an append-only file synced every second, unless
// more settings say otherwise.
func startRedis(ctx context.Context, dir string, more ...string) (*process, string, error) {
	port, err := harness.FreePort()
	if err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", err
	}
	args := []string{
		"--port", port, "--bind", "127.0.0.1", "--dir", dir,
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--loglevel", "warning",
	}
	cmd := exec.CommandContext(ctx, "redis-server", append(args, more...)...)
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p := watch(cmd)
	if err := awaitPort(ctx, port); err != nil {
		p.stop()
		return nil, "", err
	}
	return p, port, nil
}

// postgresBin is the newest installed PostgreSQL's directory of programs.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: apt-get install postgresql")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// startPostgres makes a cluster with default settings and starts it. PostgreSQL
// refuses to run as root, so root hands it to the user postgres.
func startPostgres(ctx context.Context, dir string) (*process, string, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, "", err
	}
	port, err := harness.FreePort()
	if err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", err
	}
	as := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		owner, err := user.Lookup("postgres")
		if err != nil {
			return nil, "", err
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, "", err
		}
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-k", dir, "-h", "127.0.0.1")
	cmd.SysProcAttr, cmd.Dir = as, dir
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p := watch(cmd)
	if err := awaitPort(ctx, port); err != nil {
		p.stop()
		return nil, "", err
	}
	return p, port, nil
}
