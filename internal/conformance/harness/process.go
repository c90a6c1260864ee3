package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// BuildOrbit builds orbit into a new directory, which is the caller's to remove.
func BuildOrbit(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "orbit-conformance")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "orbit")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/orbit-server/orbit/cmd/orbit")
	build.Stderr = os.Stderr
	return path, build.Run()
}

// FreePort asks the kernel for a port that nobody uses just now.
func FreePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// Process is a server that a suite runs against.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Start starts cmd and waits until something listens on the port.
func Start(cmd *exec.Cmd, port string) (*Process, error) {
	// Whoever has the port already would be taken for the server.
	if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err != nil {
		return nil, err
	} else if err := listener.Close(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	for range 500 {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			return p, conn.Close()
		}
		if !p.Alive() {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.Stop()
	return nil, fmt.Errorf("the server does not answer on port %s", port)
}

// Alive reports whether the process still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Kill ends the process at once.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the process to end, and ends it if it does not in five seconds.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.Kill()
	}
}
