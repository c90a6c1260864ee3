package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestNode runs the scripts of testdata/node: ioredis, queues of BullMQ that are
// worked off, and two ORMs. Each says "all well" at its end, or what was not.
func TestNode(t *testing.T) {
	npm, node := tool(t, "npm"), tool(t, "node")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "node"))); err != nil {
		t.Fatal(err)
	}
	// What these packages would compile at their installation is optional.
	if out, err := runIn(t, dir, 3*time.Minute, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		if toolsRequired() {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
		t.Skipf("the packages cannot be had: npm ci: %v\n%s", err, out)
	}
	o := start(t, t.TempDir())
	for script, addr := range map[string]string{"ioredis.js": o.redis, "bullmq.js": o.redis, "sequelize.js": o.sql, "typeorm.js": o.sql} {
		t.Run(script, func(t *testing.T) {
			if out, err := runIn(t, dir, time.Minute, node, script, addr); err != nil || out != "all well\n" {
				t.Errorf("%s: %v\n%s", script, err, out)
			}
		})
	}
}

// runIn runs a program in dir, for a bounded time, and returns what it printed.
func runIn(t *testing.T, dir string, limit time.Duration, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // children may hold its output open
	out, err := cmd.CombinedOutput()
	return string(out), err
}
