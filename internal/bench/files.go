package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// measureFiles compares importing and exporting an RDB file of strings of 64 bytes with
// redis-server's loading and saving of it. Ours are whole processes, which also open and
// close a directory.
func measureFiles(ctx context.Context, o *options, dir string) error {
	theirDir := filepath.Join(dir, "redis-server")
	theirs, port, err := startRedis(ctx, theirDir, "--appendonly", "no", "--enable-debug-command", "yes", "--dbfilename", "keys.rdb")
	if err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	defer theirs.stop()
	redis := func(args ...string) *exec.Cmd {
		return exec.CommandContext(ctx, "redis-cli", append([]string{"-e", "-p", port}, args...)...)
	}
	for _, args := range [][]string{{"DEBUG", "POPULATE", strconv.Itoa(o.elements), "key", "64"}, {"SAVE"}} {
		if out, err := redis(args...).CombinedOutput(); err != nil {
			return fmt.Errorf("redis-cli: %w: %s", err, out)
		}
	}
	keys := filepath.Join(theirDir, "keys.rdb")
	t := newTable()
	for round := range o.rounds {
		ours := filepath.Join(dir, fmt.Sprint("files", round))
		for _, step := range []struct {
			name string
			into map[string][]figure
			pid  int // whose time it is; 0: the command's own
			cmd  *exec.Cmd
		}{
			{"import", t.other, theirs.cmd.Process.Pid, redis("DEBUG", "RELOAD", "NOSAVE")},
			{"import", t.ours, 0, exec.CommandContext(ctx, o.orbit, "import", ours, keys)},
			{"export", t.other, theirs.cmd.Process.Pid, redis("SAVE")},
			{"export", t.ours, 0, exec.CommandContext(ctx, o.orbit, "export", ours, "-o", filepath.Join(dir, "ours.rdb"))},
		} {
			f, err := timed(step.cmd, step.pid, o.elements)
			if err != nil {
				return err
			}
			f.name = step.name
			t.add(step.into, []figure{f})
		}
		if err := os.RemoveAll(ours); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "redis-files: round %d of %d done\n", round+1, o.rounds)
	}
	fmt.Printf("### RDB files of %d strings of 64 bytes: orbit import and export, redis-server's DEBUG RELOAD and SAVE; keys a second\n\n", o.elements)
	t.print("redis-server")
	return nil
}

// timed runs a command that deals with so many keys.
func timed(cmd *exec.Cmd, pid, keys int) (f figure, err error) {
	before, began := processorTime(pid), time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return f, fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	took := time.Since(began)
	used := processorTime(pid) - before
	if pid == 0 {
		used = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return figure{rate: float64(keys) / took.Seconds(), cpu: used / time.Duration(keys)}, nil
}
