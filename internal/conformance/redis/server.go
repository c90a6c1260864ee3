package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a server that runs one unit.
type process struct {
	cmd  *exec.Cmd
	dir  string
	done chan struct{}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	_ = os.RemoveAll(p.dir)
}

// freePort asks the kernel for a port that nobody uses just now.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// startServer starts orbit, or redis-server if orbit is empty, on a free port in
// a directory of its own.
func startServer(ctx context.Context, orbit, mode string) (*process, string, error) {
	dir, err := os.MkdirTemp("", "orbit-conformance-data")
	if err != nil {
		return nil, "", err
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, "redis-server", "--port", port, "--dir", dir, "--save", "", "--enable-debug-command", "yes",
		"--enable-protected-configs", "yes", "--loglevel", "warning")
	if orbit != "" {
		cmd = exec.CommandContext(ctx, orbit, "serve", "--redis-mode", mode, "--data-dir", dir+"/data",
			"--actor-persistence", "write-through", // without, units that set appendfsync would end there
			"--redis-addr", "127.0.0.1:"+port, "--postgres-addr=", "--log-level", "error")
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p := &process{cmd: cmd, dir: dir, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	for range 200 {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			return p, port, conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.stop()
	return nil, "", fmt.Errorf("the server does not answer on port %s", port)
}
