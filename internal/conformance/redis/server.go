package main

import (
	"context"
	"os"
	"os/exec"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// process is a server that runs one unit, in a directory of its own.
type process struct {
	*harness.Process
	dir string
}

func (p *process) stop() {
	p.Stop()
	_ = os.RemoveAll(p.dir)
}

// startServer starts orbit, or redis-server if orbit is empty, on a free port in
// a directory of its own.
func startServer(ctx context.Context, orbit, mode string) (*process, string, error) {
	dir, err := os.MkdirTemp("", "orbit-conformance-data")
	if err != nil {
		return nil, "", err
	}
	port, err := harness.FreePort()
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
	p, err := harness.Start(cmd, port)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, "", err
	}
	return &process{Process: p, dir: dir}, port, nil
}
